//! `POST /invoices/query/metadata`, and what it says about an invoice.

use ksef_core::{Currency, FormCode, InvoiceDate, KsefNumber, Sha256Digest, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::query::{Filters, MOST_INVOICES, high_water_mark};
use super::summary::{AuthorizedSubject, InvoiceType, Party, Seller, ThirdSubject};
use super::{InvoicingMode, Stored};
use crate::exception::ExceptionCode;
use crate::exchange::{Call, Refusal, Reply};

/// `InvoiceMetadata`, which queries answer and packages contain.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvoiceMetadata<'a> {
    ksef_number: KsefNumber,
    invoice_number: &'a str,
    issue_date: InvoiceDate,
    invoicing_date: Timestamp,
    acquisition_date: Timestamp,
    permanent_storage_date: Timestamp,
    seller: &'a Seller,
    buyer: &'a Party,
    #[serde(with = "crate::decimal")]
    net_amount: Decimal,
    #[serde(with = "crate::decimal")]
    gross_amount: Decimal,
    #[serde(with = "crate::decimal")]
    vat_amount: Decimal,
    currency: Currency,
    invoicing_mode: InvoicingMode,
    invoice_type: InvoiceType,
    form_code: &'a FormCode,
    is_self_invoicing: bool,
    has_attachment: bool,
    invoice_hash: Sha256Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash_of_corrected_invoice: Option<Sha256Digest>,
    third_subjects: &'a [ThirdSubject],
    #[serde(skip_serializing_if = "Option::is_none")]
    authorized_subject: Option<&'a AuthorizedSubject>,
}

/// `QueryInvoicesMetadataResponse`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    has_more: bool,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    permanent_storage_hwm_date: Option<Timestamp>,
    invoices: Vec<InvoiceMetadata<'a>>,
}

/// `sortOrder`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
enum SortOrder {
    Asc,
    Desc,
}

impl<'a> From<&Stored<'a>> for InvoiceMetadata<'a> {
    fn from(&Stored { invoice, accepted, summary }: &Stored<'a>) -> Self {
        Self {
            ksef_number: accepted.ksef_number,
            invoice_number: &summary.invoice_number,
            issue_date: summary.issue_date,
            invoicing_date: invoice.invoicing_date,
            acquisition_date: accepted.acquisition_date,
            permanent_storage_date: accepted.permanent_storage_date,
            seller: &summary.seller,
            buyer: &summary.buyer,
            net_amount: summary.net_amount,
            gross_amount: summary.gross_amount,
            vat_amount: summary.vat_amount,
            currency: summary.currency,
            invoicing_mode: invoice.mode,
            invoice_type: summary.invoice_type,
            form_code: &summary.form_code,
            is_self_invoicing: summary.is_self_invoicing,
            has_attachment: summary.has_attachment,
            invoice_hash: invoice.hash,
            hash_of_corrected_invoice: invoice.corrects,
            third_subjects: &summary.third_subjects,
            authorized_subject: summary.authorized_subject.as_ref(),
        }
    }
}

/// `POST /invoices/query/metadata`
pub(crate) fn query(call: &Call<'_>) -> Result<Reply, Refusal> {
    let order = sort_order(call)?;
    let offset = call.query.number("pageOffset", 0..=i32::MAX as usize, 0)?;
    let size = call.query.number("pageSize", 10..=250, 10)?;
    let mut query = call.json::<Filters>()?.read("", call.now)?;
    let high_water_mark = high_water_mark(call);
    if query.date_range.begins_beyond(high_water_mark) {
        return Err(ExceptionCode::BeyondAvailableData.detail(BEYOND_AVAILABLE_DATA).into());
    }
    let permanent_storage_hwm_date = query.date_range.complete_up_to(high_water_mark);
    query.date_range.restrict(high_water_mark);

    let world = call.world();
    let mut found = query.select(&world, &call.caller()?.context, call.now);
    if order == SortOrder::Desc {
        found.reverse();
    }
    let count = found.len();
    found.truncate(MOST_INVOICES);
    let start = offset.saturating_mul(size).min(found.len());
    let end = start.saturating_add(size).min(found.len());
    let invoices = found.get(start..end).unwrap_or_default();
    Ok(Reply::ok(&Page {
        has_more: end < count,
        // On the last page that there is; on those before it the next one is to be asked for.
        is_truncated: end == MOST_INVOICES && end < count,
        permanent_storage_hwm_date,
        invoices: invoices.iter().map(InvoiceMetadata::from).collect(),
    }))
}

/// The detail of 21183 and of status 420 of an export.
pub(crate) const BEYOND_AVAILABLE_DATA: &str = "Parametr dateRange.from jest późniejszy niż \
    PermanentStorageHwmDate przy włączonym restrictToPermanentStorageHwmDate.";

fn sort_order(call: &Call<'_>) -> Result<SortOrder, Refusal> {
    match call.query.first("sortOrder") {
        None => Ok(SortOrder::Asc),
        Some(text) if text.eq_ignore_ascii_case("Asc") => Ok(SortOrder::Asc),
        Some(text) if text.eq_ignore_ascii_case("Desc") => Ok(SortOrder::Desc),
        Some(_) => {
            let sentence = "'sortOrder' is not in the correct format.";
            Err(ExceptionCode::InvalidInput.detail(sentence).into())
        }
    }
}
