//! Reading sessions and their invoices.

use bytes::Bytes;
use ksef_core::{KsefNumber, ReferenceNumber};

use super::{InvoiceStatus, SessionStatus};
use crate::auth::AuthSession;
use crate::error::Error;
use crate::listing::Listing;
use crate::pipeline::{ApiRequest, json, page, xml};
use crate::wire::operation::Operation;
use crate::wire::sessions::{
    InvoiceStatusResponse, SessionInvoicesResponse, SessionStatusResponse,
};

/// The most items that a page of a list has.
pub(super) const PAGE_SIZE: u32 = 1_000;

impl AuthSession {
    /// The status of a session, and the pages of its receipt.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 21173 when there is no such session, or as every reading request.
    pub async fn session_status(&self, session: ReferenceNumber) -> Result<SessionStatus, Error> {
        let request = ApiRequest::new(Operation::SessionStatus).parameter(&session);
        let body: SessionStatusResponse = self.call(&request, json).await?;
        Ok(body.into())
    }

    /// The status of an invoice.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn invoice_status(
        &self,
        session: ReferenceNumber,
        invoice: ReferenceNumber,
    ) -> Result<InvoiceStatus, Error> {
        let request = ApiRequest::new(Operation::SessionInvoiceStatus);
        let request = request.parameter(&session).parameter(&invoice);
        let body: InvoiceStatusResponse = self.call(&request, json).await?;
        Ok(body.into())
    }

    /// All invoices of a session, in a list that is read to its end.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn session_invoices(
        &self,
        session: ReferenceNumber,
    ) -> Result<Vec<InvoiceStatus>, Error> {
        self.list(Operation::ListSessionInvoices, session).await
    }

    /// The rejected invoices of a session, in a list that is read to its end.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn failed_session_invoices(
        &self,
        session: ReferenceNumber,
    ) -> Result<Vec<InvoiceStatus>, Error> {
        self.list(Operation::ListFailedSessionInvoices, session).await
    }

    async fn list(
        &self,
        operation: Operation,
        session: ReferenceNumber,
    ) -> Result<Vec<InvoiceStatus>, Error> {
        let request = Ok(ApiRequest::new(operation).parameter(&session));
        Listing::of(self, request, PAGE_SIZE, page::<SessionInvoicesResponse, _>).all().await
    }

    /// The exact bytes of an invoice at KSeF, whose hash is that of the answer's header.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 21164 when there is none for this login, and with 21165 while KSeF
    /// has not stored it for good.
    pub async fn invoice(&self, ksef_number: KsefNumber) -> Result<Bytes, Error> {
        let request = ApiRequest::new(Operation::DownloadInvoice).parameter(&ksef_number);
        self.call(&request, xml).await
    }
}
