//! Verifying the official receipt (UPO).

mod parse;

use core::fmt;
use std::collections::BTreeSet;

use ksef_core::port::{UpoExpectation, UpoMismatch, UpoVerifier};
use ksef_core::submission::ReceiptSigner;
use ksef_core::{
    CertificateFingerprint, Environment, InvoiceDate, KsefNumber, Nip, ReferenceNumber,
    Sha256Digest, Timestamp, UpoXml,
};

use super::certificate::LastCertificate;
use super::verify::verify_by;
use super::{Policy, SignatureFault, Verified};

/// Verifies receipts: that the signature holds, and that the receipt is for our document.
///
/// The Ministry does not publish the certificates with which it signs, so none is pinned to begin
/// with, and a sound receipt then has a [`ReceiptSigner::Unknown`]. Pin the fingerprints that you
/// have seen and trust, for each environment: TEST and DEMO have shared a certificate, which is
/// why the environment is read from the receipt's own words too.
///
/// ```
/// use ksef_client::xades::UpoSignatureVerifier;
/// use ksef_core::{CertificateFingerprint, Environment};
///
/// let ministry = CertificateFingerprint::of_der(b"the certificate");
/// let verifier = UpoSignatureVerifier::new().pin(Environment::Production, ministry);
/// assert!(verifier.is_pinned(Environment::Production, &ministry));
/// assert!(!verifier.is_pinned(Environment::Test, &ministry));
/// ```
#[derive(Clone, Debug, Default)]
pub struct UpoSignatureVerifier {
    policy: Policy,
    pins: [BTreeSet<CertificateFingerprint>; Environment::ALL.len()],
    last: LastCertificate,
}

/// A receipt as the schema has it (UPO v4-3, `Potwierdzenie`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Upo {
    /// Which KSeF issued it, by the suffix of `NazwaPodmiotuPrzyjmujacego`.
    ///
    /// Production has none, TEST says `(TE)`. What DEMO says was not seen; any other suffix is
    /// taken for it.
    pub environment: Environment,
    /// `NumerReferencyjnySesji`: the session in which the documents were sent.
    pub session: Option<ReferenceNumber>,
    /// `Uwierzytelnienie`: the login with which they were sent.
    pub login: Option<UpoLogin>,
    /// `OpisPotwierdzenia`: which page of a session's receipt it is, and of how many.
    pub page: Option<(u32, u32)>,
    /// `KodFormularza`, for example `FA (3)`.
    pub form_code: String,
    /// `Dokument`, one for a single invoice and up to 10,000 for a page of a session.
    pub documents: Vec<UpoDocument>,
}

/// With what somebody had logged in (`Uwierzytelnienie`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the schema's choice of two")]
pub enum UpoLogin {
    /// A KSeF token, by its reference number.
    Token(ReferenceNumber),
    /// A signed `AuthTokenRequest`, by the SHA-256 of its bytes.
    SignedDocument(Sha256Digest),
}

/// One document of a receipt (`Dokument`).
///
/// Seller, KSeF number and hash are what a receipt is compared by, so it has them or is none. Of
/// the rest, what cannot be read is `None`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct UpoDocument {
    /// `NipSprzedawcy`.
    pub seller: Nip,
    /// `NumerKSeFDokumentu`, check digits included.
    pub ksef_number: KsefNumber,
    /// `SkrotDokumentu`.
    pub digest: Sha256Digest,
    /// `NumerFaktury`.
    pub invoice_number: Option<String>,
    /// `DataWystawieniaFaktury`.
    pub issue_date: Option<InvoiceDate>,
    /// `DataPrzeslaniaDokumentu`: when KSeF received it.
    pub received_at: Option<Timestamp>,
    /// `DataNadaniaNumeruKSeF`: when it got its number.
    pub accepted_at: Option<Timestamp>,
    /// `TrybWysylki`: whether it is taken for issued offline.
    pub is_offline: Option<bool>,
}

/// A receipt whose signature holds.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct VerifiedUpo {
    /// What it says.
    pub upo: Upo,
    /// The signature.
    pub signature: Verified,
}

/// Why a receipt is not believed, whatever it is for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UpoFault {
    /// The signature does not hold.
    #[error("the signature of the UPO does not hold")]
    Signature(#[source] SignatureFault),
    /// The signed document is no receipt of schema v4-3.
    #[error("the signed document is no UPO of schema v4-3")]
    Schema,
}

impl UpoSignatureVerifier {
    /// A verifier without pins, with the default policy.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another policy.
    #[must_use]
    pub const fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The same with one more certificate of the Ministry for this environment.
    #[must_use]
    pub fn pin(mut self, environment: Environment, certificate: CertificateFingerprint) -> Self {
        for (pinned, pins) in Environment::ALL.into_iter().zip(&mut self.pins) {
            if pinned == environment {
                pins.insert(certificate);
            }
        }
        self
    }

    /// Whether a certificate is pinned for an environment.
    #[must_use]
    pub fn is_pinned(
        &self,
        environment: Environment,
        certificate: &CertificateFingerprint,
    ) -> bool {
        let mut pins = Environment::ALL.into_iter().zip(&self.pins);
        pins.any(|(pinned, pins)| pinned == environment && pins.contains(certificate))
    }

    /// Checks the signature and reads what was signed, for no document in particular.
    ///
    /// # Errors
    ///
    /// When the signature does not hold, with the reason, or it is no receipt.
    pub fn read(&self, upo: &UpoXml) -> Result<VerifiedUpo, UpoFault> {
        let verified = verify_by(upo.as_bytes(), &self.policy, |der| self.last.read(der));
        let signature = verified.map_err(UpoFault::Signature)?;
        let upo = Upo::parse(signature.content()).ok_or(UpoFault::Schema)?;
        Ok(VerifiedUpo { upo, signature })
    }
}

impl UpoVerifier for UpoSignatureVerifier {
    fn verify(
        &self,
        upo: &UpoXml,
        expected: &UpoExpectation<'_>,
    ) -> Result<ReceiptSigner, UpoMismatch> {
        let verified = self.read(upo).map_err(|fault| match fault {
            UpoFault::Signature(
                SignatureFault::Malformed
                | SignatureFault::Encoding
                | SignatureFault::Dtd
                | SignatureFault::TooDeep
                | SignatureFault::TooLarge,
            )
            | UpoFault::Schema => UpoMismatch::Malformed,
            UpoFault::Signature(_) => UpoMismatch::Signature,
        })?;
        verified.upo.compare(expected)?;
        let signer = verified.signature.signer.fingerprint();
        let is_pinned = self.is_pinned(expected.environment, &signer);
        Ok(if is_pinned { ReceiptSigner::Pinned } else { ReceiptSigner::Unknown })
    }
}

impl Upo {
    fn compare(&self, expected: &UpoExpectation<'_>) -> Result<(), UpoMismatch> {
        if self.environment != expected.environment {
            return Err(UpoMismatch::Environment);
        }
        if self.form_code != expected.form_code.system_code() {
            return Err(UpoMismatch::FormCode);
        }
        let ours = self.documents.iter().filter(|document| document.digest == expected.digest);
        let ours: Vec<&UpoDocument> = ours.collect();
        if ours.is_empty() {
            return Err(UpoMismatch::Digest);
        }
        let ours = ours.into_iter().find(|document| document.ksef_number == *expected.ksef_number);
        let ours = ours.ok_or(UpoMismatch::KsefNumber)?;
        if ours.seller == expected.seller { Ok(()) } else { Err(UpoMismatch::Seller) }
    }
}

/// Shows how many documents there are, and none of them.
impl fmt::Debug for VerifiedUpo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedUpo")
            .field("documents", &self.upo.documents.len())
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}
