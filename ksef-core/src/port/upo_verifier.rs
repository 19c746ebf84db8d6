//! Verifying the official receipt (UPO).

use core::fmt::Debug;

use crate::submission::{ReasonCode, ReceiptSigner};
use crate::{Environment, FormCode, KsefNumber, Nip, Sha256Digest, UpoXml};

/// Verifies that a receipt is genuine and that it is for our document.
///
/// `ksef-client` implements it with a real XML signature check. Whoever marks a document as
/// accepted, in the ledger or in an export, goes through this.
pub trait UpoVerifier: Debug + Send + Sync {
    /// Who signed `upo`, provided that it is sound and says what is expected.
    ///
    /// # Errors
    ///
    /// The first thing that does not fit. The document is then not accepted and not failed
    /// either: the receipt is kept apart, and a person looks at it.
    fn verify(
        &self,
        upo: &UpoXml,
        expected: &UpoExpectation<'_>,
    ) -> Result<ReceiptSigner, UpoMismatch>;
}

/// What a receipt for our document has to say.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller; a new field is a new check")]
pub struct UpoExpectation<'a> {
    /// The SHA-256 of the document that was sent (`SkrotDokumentu`).
    pub digest: Sha256Digest,
    /// The number that KSeF gave it (`NumerKSeFDokumentu`).
    pub ksef_number: &'a KsefNumber,
    /// The seller (`NipSprzedawcy`).
    pub seller: Nip,
    /// The form code (`KodFormularza`).
    pub form_code: &'a FormCode,
    /// The environment that issued it (`NazwaPodmiotuPrzyjmujacego` names all but Production).
    pub environment: Environment,
}

/// In which way a receipt is not the one for our document.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UpoMismatch {
    /// It is not a receipt that can be read.
    #[error("this is not a readable UPO")]
    Malformed,
    /// The signature is missing, broken, or does not cover the whole receipt.
    #[error("the UPO's signature does not hold")]
    Signature,
    /// No document in it has the hash of ours.
    #[error("the UPO is for a document with another hash")]
    Digest,
    /// The document with our hash has another KSeF number.
    #[error("the UPO names another KSeF number")]
    KsefNumber,
    /// The document with our hash has another seller.
    #[error("the UPO names another seller")]
    Seller,
    /// It is for a document of another form.
    #[error("the UPO names another form code")]
    FormCode,
    /// It comes from another environment.
    #[error("the UPO comes from another environment")]
    Environment,
}

impl UpoMismatch {
    /// The code for [`Fact::ReceiptMismatched`](crate::submission::Fact::ReceiptMismatched).
    #[must_use]
    pub const fn reason(self) -> ReasonCode {
        ReasonCode::from_static(match self {
            Self::Malformed => "upo_malformed",
            Self::Signature => "upo_signature",
            Self::Digest => "upo_digest",
            Self::KsefNumber => "upo_ksef_number",
            Self::Seller => "upo_seller",
            Self::FormCode => "upo_form_code",
            Self::Environment => "upo_environment",
        })
    }
}

/// A [`UpoVerifier`] for tests that answers what it was told to.
#[cfg(feature = "test-util")]
#[derive(Clone, Copy, Debug)]
pub struct ScriptedUpoVerifier {
    answer: Result<ReceiptSigner, UpoMismatch>,
}

#[cfg(feature = "test-util")]
impl ScriptedUpoVerifier {
    /// Answers each call with `answer`.
    #[must_use]
    pub const fn new(answer: Result<ReceiptSigner, UpoMismatch>) -> Self {
        Self { answer }
    }
}

#[cfg(feature = "test-util")]
impl UpoVerifier for ScriptedUpoVerifier {
    fn verify(&self, _: &UpoXml, _: &UpoExpectation<'_>) -> Result<ReceiptSigner, UpoMismatch> {
        self.answer
    }
}
