//! Receipts (UPO): fetched in three ways and by links, kept byte for byte, verified.

use std::sync::Arc;

use ksef_core::port::{UpoExpectation, UpoMismatch};
use ksef_core::submission::ReceiptSigner;
use ksef_core::{KsefNumber, ReferenceNumber, UpoXml};

use super::{Link, OutgoingInvoice};
use crate::auth::AuthSession;
use crate::client::Client;
use crate::error::{Error, InputError};
use crate::pipeline::{ApiRequest, xml};
use crate::wire::operation::Operation;

/// A receipt (UPO) that fits a document of ours.
///
/// Its signature holds, and it names the hash of our bytes, the KSeF number, the seller, the form
/// and the environment.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Receipt {
    /// The receipt, byte for byte. Keep it.
    pub xml: UpoXml,
    /// Whether its signer is one of the pinned certificates of the Ministry.
    pub signer: ReceiptSigner,
}

impl AuthSession {
    /// The receipt of an accepted invoice, by the reference number of the invoice.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 21178 while there is none, or as every reading request.
    pub async fn upo_by_invoice(
        &self,
        session: ReferenceNumber,
        invoice: ReferenceNumber,
    ) -> Result<UpoXml, Error> {
        let request = ApiRequest::new(Operation::UpoByInvoiceReference);
        upo(&self.call(&request.parameter(&session).parameter(&invoice), xml).await?)
    }

    /// The receipt of an accepted invoice, by its KSeF number, in the session that holds it.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 21178 while there is none, or as every reading request.
    pub async fn upo_by_ksef_number(
        &self,
        session: ReferenceNumber,
        ksef_number: KsefNumber,
    ) -> Result<UpoXml, Error> {
        let request = ApiRequest::new(Operation::UpoByKsefNumber);
        upo(&self.call(&request.parameter(&session).parameter(&ksef_number), xml).await?)
    }

    /// A page of the collective receipt of a processed session.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 21178 while there is none, or as every reading request.
    pub async fn session_upo(
        &self,
        session: ReferenceNumber,
        page: ReferenceNumber,
    ) -> Result<UpoXml, Error> {
        let request = ApiRequest::new(Operation::SessionUpo);
        upo(&self.call(&request.parameter(&session).parameter(&page), xml).await?)
    }
}

impl Client {
    /// The receipt behind a link, which needs no login and is not limited.
    ///
    /// # Errors
    ///
    /// [`InputError::ForeignLink`] when it does not lead into the storage of the same KSeF,
    /// [`Error::Refused`] with 403 when its time is over.
    pub async fn download_upo(&self, link: &Link) -> Result<UpoXml, Error> {
        upo(&self.pipeline().call(&ApiRequest::download(&link.url), None, xml).await?)
    }

    /// Verifies that a receipt is genuine and is the one for this invoice.
    ///
    /// # Errors
    ///
    /// [`Error::Receipt`] with the first thing that does not fit; [`InputError::NoUpoVerifier`].
    pub fn verify_upo(
        &self,
        upo: UpoXml,
        invoice: &OutgoingInvoice,
        ksef_number: &KsefNumber,
    ) -> Result<Receipt, Error> {
        let signer = self.upo_signer(&upo, invoice, ksef_number)?;
        Ok(Receipt { xml: upo, signer: signer.map_err(Error::Receipt)? })
    }

    pub(super) fn upo_signer(
        &self,
        upo: &UpoXml,
        invoice: &OutgoingInvoice,
        ksef_number: &KsefNumber,
    ) -> Result<Result<ReceiptSigner, UpoMismatch>, InputError> {
        self.signer_of(
            upo,
            &UpoExpectation {
                digest: invoice.xml().digest(),
                ksef_number,
                seller: invoice.seller(),
                form_code: invoice.form_code(),
                environment: self.environment(),
            },
        )
    }
}

impl Client {
    pub(super) fn signer_of(
        &self,
        upo: &UpoXml,
        expected: &UpoExpectation<'_>,
    ) -> Result<Result<ReceiptSigner, UpoMismatch>, InputError> {
        let verifier = self.upo_verifier().ok_or(InputError::NoUpoVerifier)?;
        Ok(verifier.verify(upo, expected))
    }
}

fn upo(bytes: &[u8]) -> Result<UpoXml, Error> {
    // The reader of XML has refused an empty one.
    UpoXml::new(Arc::<[u8]>::from(bytes)).map_err(|_| Error::Receipt(UpoMismatch::Malformed))
}
