//! Pages of the invoices of a session, which are in the order of their ordinal numbers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Session;
use crate::exception::ExceptionCode;
use crate::exchange::{Call, Refusal};

/// The sizes of pages in lists of sessions and of their invoices.
pub(super) const SIZES: std::ops::RangeInclusive<usize> = 10..=1000;

/// Which page is asked for.
#[derive(Debug)]
pub(super) struct Page {
    /// What a token starts with: those of another list or session are not taken.
    prefix: String,
    /// The ordinal number of the last invoice of the page before.
    after: u32,
    size: usize,
}

impl Page {
    /// Reads `pageSize` and the token.
    pub(super) fn of(call: &Call<'_>, session: &Session) -> Result<Self, Refusal> {
        let size = call.query.number("pageSize", SIZES, 10)?;
        let prefix = format!("{} {} ", call.operation.name(), session.reference_number);
        let after = match call.headers().get("x-continuation-token") {
            Some(token) if !token.is_empty() => {
                ordinal(token.as_bytes(), &prefix).ok_or(ExceptionCode::InvalidContinuationToken)?
            }
            _ => 0,
        };
        Ok(Self { prefix, after, size })
    }

    /// The rows of the page, and the token of the next one.
    pub(super) fn cut<T>(
        &self,
        rows: impl Iterator<Item = T>,
        ordinal: impl Fn(&T) -> u32,
    ) -> (Vec<T>, Option<String>) {
        let mut rows = rows.filter(|row| ordinal(row) > self.after);
        let page: Vec<T> = rows.by_ref().take(self.size).collect();
        let last = page.last().map(&ordinal).filter(|_| rows.next().is_some());
        (page, last.map(|last| STANDARD.encode(format!("{}{last}", self.prefix))))
    }
}

fn ordinal(token: &[u8], prefix: &str) -> Option<u32> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    text.strip_prefix(prefix)?.parse().ok()
}
