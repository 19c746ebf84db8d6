//! Single objects: invoices, credit notes, tax rates.

use serde_json::value::{RawValue, to_raw_value};

use super::json::{Page, RawObject, id_of};
use super::stripe::check_id;
use super::{FetchError, Stripe};

/// An object with all of its lines.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct FetchedObject {
    /// The object as JSON, to be stored as the source and to be mapped.
    ///
    /// The bytes that came. Where not all lines came with it, its `lines` holds the lines of all
    /// pages instead; every line and every other member still is as it came.
    pub json: Vec<u8>,
}

/// What differs from one reading to the next although nothing happened, and the lines, of which a
/// reading has only the first: a line that changes also changes the totals, or it does not matter.
const LEFT_ASIDE: [&str; 4] = ["lines", "hosted_invoice_url", "invoice_pdf", "pdf"];

/// How often an object is read anew because it changed meanwhile.
const READINGS: usize = 3;

impl Stripe {
    /// An invoice (`in_…`) with all lines, its discounts, tax numbers and payments.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or changes all the time.
    pub async fn invoice(&self, id: &str) -> Result<FetchedObject, FetchError> {
        let expand = ["discounts", "payments", "account_tax_ids"];
        self.with_lines("/v1/invoices", id, &expand).await
    }

    /// A credit note (`cn_…`) with all lines.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or changes all the time.
    pub async fn credit_note(&self, id: &str) -> Result<FetchedObject, FetchError> {
        self.with_lines("/v1/credit_notes", id, &[]).await
    }

    /// A tax rate (`txr_…`) as JSON.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn tax_rate(&self, id: &str) -> Result<Vec<u8>, FetchError> {
        check_id(id)?;
        self.read(&format!("/v1/tax_rates/{id}"), &[]).await
    }

    async fn with_lines(
        &self,
        kind: &str,
        id: &str,
        expand: &[&str],
    ) -> Result<FetchedObject, FetchError> {
        check_id(id)?;
        let path = format!("{kind}/{id}");
        let expand: Vec<_> = expand.iter().map(|name| ("expand[]", *name)).collect();
        for _ in 0..READINGS {
            let json = self.read(&path, &expand).await?;
            let mut object = RawObject::read(&json)?;
            let Some(first) = lines(&object)?.filter(|first| first.has_more) else {
                return Ok(FetchedObject { json });
            };
            let all = self.all_lines(&format!("{path}/lines"), first.data).await?;
            let again = RawObject::read(&self.read(&path, &expand).await?)?;
            if object.is_same_but(&again, &LEFT_ASIDE) {
                object.replace("lines", to_raw_value(&whole(&all))?);
                return Ok(FetchedObject { json: serde_json::to_vec(&object)? });
            }
        }
        Err(FetchError::Changed)
    }

    async fn all_lines(
        &self,
        path: &str,
        mut lines: Vec<Box<RawValue>>,
    ) -> Result<Vec<Box<RawValue>>, FetchError> {
        let after = lines.last().map(|line| id_of(line)).transpose()?;
        lines.extend(self.list(path, &[], after).await?);
        Ok(lines)
    }
}

fn lines(object: &RawObject) -> Result<Option<Page>, FetchError> {
    let lines = object.member("lines").map(|lines| serde_json::from_str(lines.get()));
    Ok(lines.transpose()?)
}

#[derive(serde::Serialize)]
struct Whole<'a> {
    object: &'static str,
    data: &'a [Box<RawValue>],
    has_more: bool,
    total_count: usize,
}

const fn whole(data: &[Box<RawValue>]) -> Whole<'_> {
    Whole { object: "list", data, has_more: false, total_count: data.len() }
}
