//! Collective identifiers (IZ): one number for the invoices that a payment covers.
//!
//! ```no_run
//! use ksef_client::collective_identifiers::InvoiceToCollect;
//! use ksef_client::AuthSession;
//! use ksef_core::KsefNumber;
//!
//! # async fn example(auth: AuthSession, a: KsefNumber, b: KsefNumber) -> Result<(), Box<dyn std::error::Error>> {
//! let first = InvoiceToCollect::new(a).payment("1234.56".parse()?, "PLN");
//! let second = InvoiceToCollect::new(b).description("The rest");
//! let number = auth.collective_identifiers().generate(&[first, second]).await?;
//! println!("{number}");
//! # Ok(())
//! # }
//! ```

use ksef_core::{Amount, CollectiveIdentifier, KsefNumber, Timestamp};
use serde_json::value::RawValue;

use crate::auth::AuthSession;
use crate::error::{Error, InputError};
use crate::listing::Listing;
use crate::pipeline::{ApiRequest, json, page};
use crate::retrieval::MetadataAmount;
use crate::wire::collective_identifiers as wire;
use crate::wire::operation::Operation;

/// The most identifiers that a page has.
const PAGE_SIZE: u32 = 200;
/// The most invoices that a page has.
const INVOICES_PAGE_SIZE: u32 = 500;

/// The collective identifiers of a context, by a login to it:
/// [`AuthSession::collective_identifiers`].
#[derive(Clone, Debug)]
pub struct CollectiveIdentifiers(AuthSession);

/// An invoice for a collective identifier, and what of it is paid.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvoiceToCollect {
    ksef_number: KsefNumber,
    payment: Option<(Amount, String)>,
    description: Option<String>,
}

/// What of an invoice is paid.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Payment {
    /// How much.
    pub amount: MetadataAmount,
    /// In which currency, as the API writes it: `PLN`.
    pub currency: String,
}

/// A collective identifier in a list (OpenAPI, `CollectiveIdentifiersQueryResponseItem`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListedCollectiveIdentifier {
    /// The number.
    pub collective_identifier_number: CollectiveIdentifier,
    /// When it was generated.
    pub date_created: Timestamp,
    /// How many invoices it stands for.
    pub invoice_count: u32,
    /// Whether it was generated in this context.
    pub created_in_current_context: bool,
}

/// An invoice of a collective identifier (OpenAPI,
/// `CollectiveIdentifierInvoicesQueryResponseItem`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CollectedInvoice {
    /// The invoice.
    pub ksef_number: KsefNumber,
    /// The identifier that it belongs to.
    pub collective_identifier_number: CollectiveIdentifier,
    /// What of it is paid.
    pub payment: Option<Payment>,
    /// The description that was given to it.
    pub description: Option<String>,
    /// Whether payment and description are hidden, because the invoice is not accessible.
    pub details_hidden: bool,
}

/// A collective identifier that an invoice belongs to (OpenAPI,
/// `CollectiveIdentifiersByKsefNumberQueryResponseItem`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CollectiveIdentifierMembership {
    /// The number.
    pub collective_identifier_number: CollectiveIdentifier,
    /// Whether it was generated in this context.
    pub created_in_current_context: bool,
    /// When it was generated.
    pub date_created: Timestamp,
}

/// Which collective identifiers are listed (OpenAPI, `CollectiveIdentifiersQueryRequest`).
#[derive(Clone, Debug)]
#[must_use = "a query finds nothing before it is asked"]
pub struct CollectiveIdentifierQuery {
    body: wire::QueryBody,
}

impl InvoiceToCollect {
    /// The invoice with this KSeF number.
    #[must_use]
    pub const fn new(ksef_number: KsefNumber) -> Self {
        Self { ksef_number, payment: None, description: None }
    }

    /// The same with what of it is paid, and in which currency (ISO 4217).
    #[must_use]
    pub fn payment(mut self, amount: Amount, currency: impl Into<String>) -> Self {
        self.payment = Some((amount, currency.into()));
        self
    }

    /// The same with a description of up to 512 characters.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    fn body(&self) -> Result<wire::InvoiceBody<'_>, InputError> {
        let description = self.description.as_deref();
        InputError::check_length("description", description.unwrap_or_default(), 0..=512)?;
        let payment = self.payment.as_ref().map(|(amount, currency)| {
            let amount = RawValue::from_string(amount.to_string()).map_err(|_| InputError::Http)?;
            Ok::<_, InputError>(wire::PaymentRequest { amount, currency })
        });
        let (ksef_number, payment) = (self.ksef_number, payment.transpose()?);
        Ok(wire::InvoiceBody { ksef_number, payment, description })
    }
}

impl CollectiveIdentifierQuery {
    /// Those that were generated in this time, of up to 100 days.
    pub const fn new(from: Timestamp, to: Timestamp) -> Self {
        Self {
            body: wire::QueryBody {
                date_created_from: from,
                date_created_to: to,
                collective_identifier_number: None,
                invoice_count_from: None,
                invoice_count_to: None,
                created_in_current_context: None,
            },
        }
    }

    /// The one with this number.
    pub const fn number(mut self, number: CollectiveIdentifier) -> Self {
        self.body.collective_identifier_number = Some(number);
        self
    }

    /// Those that stand for so many invoices at least.
    pub const fn invoices_from(mut self, count: u32) -> Self {
        self.body.invoice_count_from = Some(count);
        self
    }

    /// Those that stand for so many invoices at most.
    pub const fn invoices_to(mut self, count: u32) -> Self {
        self.body.invoice_count_to = Some(count);
        self
    }

    /// Those that were generated in this context, or those that were not.
    pub const fn created_in_current_context(mut self, is_so: bool) -> Self {
        self.body.created_in_current_context = Some(is_so);
        self
    }
}

impl AuthSession {
    /// The collective identifiers of the context.
    #[must_use]
    pub fn collective_identifiers(&self) -> CollectiveIdentifiers {
        CollectiveIdentifiers(self.clone())
    }
}

/// Permission of all: `InvoiceRead`, `InvoiceWrite` or `CollectiveIdentifierManage`. Limits of
/// all: `collectiveIdentifier`.
impl CollectiveIdentifiers {
    /// Generates an identifier for at least two invoices of one seller, and at most as many as
    /// the context admits (500 unless it has another limit).
    ///
    /// `POST /collective-identifiers`.
    ///
    /// # Errors
    ///
    /// [`InputError::Count`] for fewer than two; [`Error::Refused`] with 71001 for an invoice that
    /// there is not, 71002 for one in too many identifiers, 71004 for several sellers, 71005 for
    /// one that is named twice. [`Error::OutcomeUnknown`] when the answer is lost:
    /// [`CollectiveIdentifiers::of_invoice`] says whether there is one.
    pub async fn generate(
        &self,
        invoices: &[InvoiceToCollect],
    ) -> Result<CollectiveIdentifier, Error> {
        InputError::check_count("invoices", invoices, 2..=5_000)?;
        let invoices = invoices.iter().map(InvoiceToCollect::body).collect::<Result<_, _>>()?;
        let request = ApiRequest::new(Operation::CreateCollectiveIdentifier)
            .json(&wire::GenerateRequest { invoices })?;
        let body: wire::GenerateResponse = self.0.call(&request, json).await?;
        Ok(body.collective_identifier_number)
    }

    /// The identifiers of the context, the youngest first.
    ///
    /// `POST /collective-identifiers/query`.
    pub fn query(&self, query: &CollectiveIdentifierQuery) -> Listing<ListedCollectiveIdentifier> {
        let request = ApiRequest::new(Operation::QueryCollectiveIdentifiers).json(&query.body);
        Listing::of(&self.0, request, PAGE_SIZE, page::<wire::QueryPage, _>)
    }

    /// The invoices of up to 10 identifiers.
    ///
    /// `POST /collective-identifiers/invoices`.
    pub fn invoices(&self, numbers: &[CollectiveIdentifier]) -> Listing<CollectedInvoice> {
        let counted = InputError::check_count("collectiveIdentifierNumbers", numbers, 1..=10);
        let body = wire::InvoicesRequest { collective_identifier_numbers: numbers };
        let request = counted
            .and_then(|()| ApiRequest::new(Operation::CollectiveIdentifierInvoices).json(&body));
        Listing::of(&self.0, request, INVOICES_PAGE_SIZE, page::<wire::InvoicesPage, _>)
    }

    /// The identifiers that an invoice belongs to.
    ///
    /// `GET /collective-identifiers/ksef/{ksefNumber}`.
    pub fn of_invoice(&self, invoice: KsefNumber) -> Listing<CollectiveIdentifierMembership> {
        let operation = Operation::CollectiveIdentifiersOfInvoice;
        let request = Ok(ApiRequest::new(operation).parameter(&invoice));
        Listing::of(&self.0, request, PAGE_SIZE, page::<wire::MembershipsPage, _>)
    }
}
