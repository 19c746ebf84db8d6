//! Reading sessions and their invoices.

use std::collections::HashSet;

use bytes::Bytes;
use ksef_core::{KsefNumber, ReferenceNumber};
use serde::de::DeserializeOwned;

use super::{InvoiceStatus, SessionStatus};
use crate::auth::AuthSession;
use crate::error::{Error, LostAnswer, NoAnswer, Unreadable};
use crate::pipeline::{ApiRequest, json, xml};
use crate::wire::operation::Operation;
use crate::wire::sessions::{
    InvoiceStatusResponse, SessionInvoicesResponse, SessionStatusResponse,
};

/// The most items that a page of a list has.
const PAGE_SIZE: u32 = 1_000;

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
        let request = ApiRequest::new(operation).parameter(&session);
        let read = |page: SessionInvoicesResponse| (page.invoices, page.continuation_token);
        let invoices = self.list_all(&request, read).await?;
        Ok(invoices.into_iter().map(InvoiceStatus::from).collect())
    }

    /// All items of a list that is continued by tokens.
    pub(super) async fn list_all<P: DeserializeOwned, T>(
        &self,
        request: &ApiRequest,
        read: fn(P) -> (Vec<T>, Option<String>),
    ) -> Result<Vec<T>, Error> {
        let request = request.clone().query("pageSize", &PAGE_SIZE);
        let (mut items, mut tokens) = (Vec::new(), HashSet::new());
        let mut token: Option<String> = None;
        loop {
            let request = request.clone().continued(token.as_deref())?;
            let (page, next) = read(self.call(&request, json).await?);
            items.extend(page);
            let Some(next) = next.filter(|next| !next.is_empty()) else {
                return Ok(items);
            };
            if !tokens.insert(next.clone()) {
                let operation = request.operation();
                let cause = LostAnswer::Unreadable(Unreadable::EndlessList);
                return Err(Error::NoAnswer(Box::new(NoAnswer { operation, cause })));
            }
            token = Some(next);
        }
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
