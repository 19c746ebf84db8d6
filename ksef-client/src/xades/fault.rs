//! `SignatureFault`, why a signature is refused.

/// Declares reasons for a refusal: each with its code and its text in both languages.
macro_rules! faults {
    (
        $(#[$about:meta])* $type:ident;
        $($(#[$documentation:meta])* $name:ident, $code:literal, $english:literal, $polish:literal;)*
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, thiserror::Error)]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$documentation])* #[error($english)] $name,)*
        }

        impl $type {
            /// All of them, in the order in which they are looked for, as far as there is one.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// A stable code, for logs and records.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The reason in Polish.
            #[must_use]
            pub const fn polish(self) -> &'static str {
                match self { $(Self::$name => $polish,)* }
            }
        }
    };
}

pub(crate) use faults;

faults! {
    /// Why a signed document is refused.
    ///
    /// KSeF answers most of these with its error 9105 and no reason. `Display` is English;
    /// [`SignatureFault::polish`] is the same in Polish. Neither contains anything of the
    /// document.
    ///
    /// ```
    /// use ksef_client::xades::{Policy, SignatureFault, verify};
    ///
    /// let fault = verify(b"<Potwierdzenie/>", &Policy::default()).unwrap_err();
    /// assert_eq!(fault, SignatureFault::NoSignature);
    /// assert_eq!(fault.to_string(), "the document is not signed");
    /// assert_eq!(fault.polish(), "dokument nie jest podpisany");
    /// ```
    SignatureFault;
    /// More bytes than the policy allows.
    TooLarge, "too_large", "the document is larger than allowed", "dokument jest większy, niż wolno";
    /// Not UTF-8, or declared to be something else.
    Encoding, "encoding", "the document is not UTF-8", "dokument nie jest zapisany w UTF-8";
    /// Not well-formed XML 1.0 with namespaces.
    Malformed, "malformed", "the document is not well-formed XML",
        "dokument nie jest poprawnym składniowo plikiem XML";
    /// It has a document type declaration, which may change what it says.
    Dtd, "dtd", "the document has a DTD", "dokument zawiera DTD";
    /// More nested elements than the policy allows.
    TooDeep, "too_deep", "the elements are nested deeper than allowed",
        "elementy są zagnieżdżone głębiej, niż wolno";
    /// There is no `ds:Signature`.
    NoSignature, "no_signature", "the document is not signed", "dokument nie jest podpisany";
    /// There is more than one `ds:Signature`: one could be read and another one checked.
    SeveralSignatures, "several_signatures", "the document has more than one signature",
        "dokument zawiera więcej niż jeden podpis";
    /// A part of `ds:Signature` is missing, doubled or where it does not belong.
    Structure, "structure", "the signature lacks a part or has one too many",
        "w podpisie brakuje części lub jest ich za dużo";
    /// `ds:CanonicalizationMethod` is not on the list.
    Canonicalization, "canonicalization", "the canonicalization algorithm is not accepted",
        "algorytm kanonikalizacji nie jest akceptowany";
    /// SHA-1, as the digest or in the signature.
    Sha1, "sha1", "SHA-1 is not accepted any more", "SHA-1 nie jest już akceptowane";
    /// `ds:SignatureMethod` is not on the list.
    SignatureAlgorithm, "signature_algorithm", "the signature algorithm is not accepted",
        "algorytm podpisu nie jest akceptowany";
    /// `ds:DigestMethod` is not on the list.
    DigestAlgorithm, "digest_algorithm", "the digest algorithm is not accepted",
        "algorytm skrótu nie jest akceptowany";
    /// A transform that is not on the list, or in an order that means something else.
    Transform, "transform", "a transform of the signature is not accepted",
        "przekształcenie w podpisie nie jest akceptowane";
    /// A value is not Base64.
    Base64, "base64", "a value in the signature is not Base64",
        "wartość w podpisie nie jest zapisana w Base64";
    /// A reference points out of the document: the signature is detached.
    ExternalReference, "external_reference", "the signature refers to something outside the document",
        "podpis odwołuje się do treści spoza dokumentu";
    /// A reference names an identifier that no element has, or more than one.
    Reference, "reference", "the signature refers to an element that is missing or not unique",
        "podpis odwołuje się do elementu, którego nie ma lub który nie jest jedyny";
    /// A reference covers a part of the document only, as in signature wrapping.
    PartialReference, "partial_reference", "the signature refers to a part of the document only",
        "podpis obejmuje tylko część dokumentu";
    /// No reference covers the whole document.
    DocumentNotCovered, "document_not_covered", "the signature does not cover the whole document",
        "podpis nie obejmuje całego dokumentu";
    /// No reference of the right type covers `xades:SignedProperties`: plain XMLDSIG, not XAdES.
    PropertiesNotCovered, "properties_not_covered", "the signature does not cover its XAdES properties",
        "podpis nie obejmuje swoich właściwości XAdES";
    /// `ds:KeyInfo` has no certificate.
    NoCertificate, "no_certificate", "the signature carries no certificate",
        "podpis nie zawiera certyfikatu";
    /// The certificate cannot be read.
    Certificate, "certificate", "the certificate cannot be read",
        "nie można odczytać certyfikatu";
    /// `xades:SigningCertificate` (or V2) is missing: the signer could be exchanged.
    NoSigningCertificate, "no_signing_certificate", "the XAdES properties do not name the certificate",
        "właściwości XAdES nie wskazują certyfikatu";
    /// No certificate of `ds:KeyInfo` has the digest in the XAdES properties.
    SigningCertificate, "signing_certificate", "the XAdES properties name another certificate",
        "właściwości XAdES wskazują inny certyfikat";
    /// `xades:SigningTime` is missing or cannot be read.
    SigningTime, "signing_time", "the signing time is missing or cannot be read",
        "brakuje czasu podpisu lub nie można go odczytać";
    /// The certificate was not valid yet.
    CertificateNotYetValid, "certificate_not_yet_valid", "the certificate was not valid yet",
        "certyfikat nie był jeszcze ważny";
    /// The certificate was not valid any more.
    CertificateExpired, "certificate_expired", "the certificate had expired",
        "certyfikat stracił ważność";
    /// The key is neither RSA nor on P-256, P-384 or P-521.
    KeyKind, "key_kind", "the kind of key is not accepted", "rodzaj klucza nie jest akceptowany";
    /// RSA below 2048 bits or a curve below 256.
    KeyTooShort, "key_too_short", "the key is too short: RSA needs 2048 bits, a curve 256",
        "klucz jest za krótki: RSA wymaga 2048 bitów, krzywa eliptyczna 256";
    /// The algorithm is for another kind of key than the certificate's.
    KeyMismatch, "key_mismatch", "the signature algorithm does not fit the key of the certificate",
        "algorytm podpisu nie pasuje do klucza z certyfikatu";
    /// libxmlsec1 refuses the signature, without saying why.
    Refused, "refused", "libxmlsec1 refuses the signature", "libxmlsec1 odrzuca podpis";
    /// The document was changed after it was signed.
    DocumentDigest, "document_digest", "the document was changed after it was signed",
        "dokument zmieniono po podpisaniu";
    /// The XAdES properties were changed after they were signed.
    PropertiesDigest, "properties_digest", "the XAdES properties were changed after they were signed",
        "właściwości XAdES zmieniono po podpisaniu";
    /// An ECDSA value in ASN.1 DER, as most libraries make it, in place of `R‖S`.
    EcdsaDer, "ecdsa_der", "the ECDSA value is ASN.1 DER and has to be R‖S",
        "wartość ECDSA jest zapisana w ASN.1 DER, a musi być zapisana jako R‖S";
    /// The signature value was not made with this key over this content.
    SignatureValue, "signature_value", "the signature value does not match",
        "wartość podpisu się nie zgadza";
}
