//! `LinkFault`, why KSeF refuses a KOD II link.

use crate::xades::fault::faults;

faults! {
    /// Why KSeF refuses a KOD II link, which its page does not tell.
    ///
    /// ```
    /// use ksef_client::verification_link::LinkFault;
    ///
    /// let fault = LinkFault::DoubleHashed;
    /// assert_eq!(fault.to_string(), "the link was hashed before it was signed: sign the text itself");
    /// assert_eq!(fault.polish(), "link podpisano po dodatkowym skrócie: podpisz sam tekst");
    /// ```
    LinkFault;
    /// It starts with neither `https://` nor the address of a sandbox.
    Scheme, "scheme", "the link must start with https://", "link musi zaczynać się od https://";
    /// It leads to another host than the environment's.
    Host, "host", "the link leads to another environment or host",
        "link prowadzi do innego środowiska lub hosta";
    /// It has other parts than a KOD II link.
    Parts, "parts",
        "a link of KOD II is /certificate/ and six parts, without a slash at the end",
        "link KOD II to /certificate/ i sześć części, bez ukośnika na końcu";
    /// The context is none.
    Context, "context", "the context is no Nip, InternalId, NipVatUe or PeppolId",
        "kontekst nie jest Nip, InternalId, NipVatUe ani PeppolId";
    /// The NIP of the seller is none.
    Seller, "seller", "the NIP of the seller is no NIP", "NIP sprzedawcy nie jest numerem NIP";
    /// The serial number is not written as KSeF writes it.
    SerialNumberFormat, "serial_number_format",
        "the serial number of the certificate must be 16 upper-case hexadecimal digits",
        "numer seryjny certyfikatu musi mieć 16 wielkich cyfr szesnastkowych";
    /// The hash is not in URL-safe Base64 without padding.
    HashFormat, "hash_format", "the hash must be 43 characters of URL-safe Base64 without padding",
        "skrót musi mieć 43 znaki Base64 URL bez dopełnienia";
    /// The signature is not in URL-safe Base64 without padding.
    SignatureFormat, "signature_format",
        "the signature must be URL-safe Base64 without padding: no + / =",
        "podpis musi być zapisany w Base64 URL bez dopełnienia: bez + / =";
    /// The link names another certificate.
    SerialNumber, "serial_number", "the link names another certificate",
        "link wskazuje inny certyfikat";
    /// The link is that of other bytes.
    Hash, "hash", "the link is that of another document", "link dotyczy innego dokumentu";
    /// The certificate is not of the type Offline.
    CertificateType, "certificate_type",
        "the certificate must be of the type Offline (nonRepudiation), not Authentication",
        "certyfikat musi być typu Offline (nonRepudiation), a nie Authentication";
    /// The certificate is not valid yet.
    CertificateNotYetValid, "certificate_not_yet_valid", "the certificate is not valid yet",
        "certyfikat nie jest jeszcze ważny";
    /// The certificate is not valid any more.
    CertificateExpired, "certificate_expired", "the certificate has expired",
        "certyfikat stracił ważność";
    /// The key is neither RSA nor on P-256.
    KeyKind, "key_kind", "the key must be RSA or P-256", "klucz musi być RSA lub P-256";
    /// RSA below 2048 bits.
    KeyTooShort, "key_too_short", "the RSA key must have at least 2048 bits",
        "klucz RSA musi mieć co najmniej 2048 bitów";
    /// The signature has another length than the key gives.
    SignatureLength, "signature_length",
        "the signature has the wrong length: all of an RSA value, or R‖S of 64 bytes, or DER",
        "podpis ma złą długość: cała wartość RSA albo 64 bajty R‖S, albo DER";
    /// RSA with the padding of PKCS#1 v1.5, as logins have it.
    Pkcs1, "pkcs1", "RSA must sign with PSS here, not with PKCS#1 v1.5",
        "RSA musi tu podpisywać z PSS, a nie z PKCS#1 v1.5";
    /// The text was hashed, and the hash was signed as a text.
    DoubleHashed, "double_hashed",
        "the link was hashed before it was signed: sign the text itself",
        "link podpisano po dodatkowym skrócie: podpisz sam tekst";
    /// The text was signed with `https://`.
    SignedWithScheme, "signed_with_scheme",
        "the link was signed with https://: sign it without",
        "link podpisano razem z https://: podpisz bez tego";
    /// The text was signed with a slash at its end.
    SignedWithSlash, "signed_with_slash",
        "the link was signed with a slash at its end: sign it without",
        "link podpisano z ukośnikiem na końcu: podpisz bez niego";
    /// The signature was not made with this key over this link, or with another salt than 32 bytes.
    SignatureValue, "signature_value",
        "the signature does not match: another key, another link, or PSS with another hash or salt",
        "podpis się nie zgadza: inny klucz, inny link albo PSS z innym skrótem lub solą";
}
