//! Bodies of collective identifiers.

use ksef_core::{CollectiveIdentifier, KsefNumber, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{answers, pages};
use crate::collective_identifiers::{
    CollectedInvoice, CollectiveIdentifierMembership, ListedCollectiveIdentifier, Payment,
};
use crate::retrieval::MetadataAmount;

#[derive(Serialize)]
pub(crate) struct GenerateRequest<'a> {
    pub(crate) invoices: Vec<InvoiceBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvoiceBody<'a> {
    pub(crate) ksef_number: KsefNumber,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payment: Option<PaymentRequest<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct PaymentRequest<'a> {
    pub(crate) amount: Box<RawValue>,
    pub(crate) currency: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GenerateResponse {
    pub(crate) collective_identifier_number: CollectiveIdentifier,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryBody {
    pub(crate) date_created_from: Timestamp,
    pub(crate) date_created_to: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) collective_identifier_number: Option<CollectiveIdentifier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invoice_count_from: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invoice_count_to: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_in_current_context: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvoicesRequest<'a> {
    pub(crate) collective_identifier_numbers: &'a [CollectiveIdentifier],
}

#[derive(Deserialize)]
pub(crate) struct PaymentBody {
    amount: Box<RawValue>,
    currency: String,
}

impl From<PaymentBody> for Payment {
    fn from(body: PaymentBody) -> Self {
        Self { amount: MetadataAmount::of(&body.amount), currency: body.currency }
    }
}

answers! {
    QueryItem => ListedCollectiveIdentifier {
        collective_identifier_number: CollectiveIdentifier,
        date_created: Timestamp,
        invoice_count: u32,
        created_in_current_context: bool,
    }

    InvoiceItem => CollectedInvoice {
        ksef_number: KsefNumber,
        collective_identifier_number: CollectiveIdentifier,
        #[serde(default, deserialize_with = "super::maybe_by::<_, PaymentBody, _>")]
        payment: Option<Payment>,
        #[serde(default)]
        description: Option<String>,
        details_hidden: bool,
    }

    MembershipItem => CollectiveIdentifierMembership {
        collective_identifier_number: CollectiveIdentifier,
        created_in_current_context: bool,
        date_created: Timestamp,
    }
}

pages! { continued:
    QueryPage { collective_identifiers: QueryItem => ListedCollectiveIdentifier }
    InvoicesPage { invoices: InvoiceItem => CollectedInvoice }
    MembershipsPage { collective_identifiers: MembershipItem => CollectiveIdentifierMembership }
}
