//! `Paging`, a page of a list that is continued with a token.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderName;
use ksef_core::ReferenceNumber;

use super::{Call, Refusal};
use crate::exception::ExceptionCode;

/// Where the token stands in a request; in an answer it is a member of the body.
const CONTINUATION_TOKEN: HeaderName = HeaderName::from_static("x-continuation-token");

/// Which page of a list, newest first, is asked for.
///
/// A token names the list and the last row of the page before, so that rows which come in
/// between neither shift the pages nor appear twice.
#[derive(Debug)]
pub(crate) struct Paging {
    list: &'static str,
    after: Option<ReferenceNumber>,
    size: usize,
}

impl Paging {
    /// Reads `pageSize`, 10 if it is not there, and the token.
    pub(crate) fn of(call: &Call<'_>, sizes: RangeInclusive<usize>) -> Result<Self, Refusal> {
        let size = call.query.number("pageSize", sizes, 10)?;
        let list = call.operation.name();
        let after = match call.header(CONTINUATION_TOKEN.as_str()).filter(|token| !token.is_empty())
        {
            Some(token) => {
                Some(last_row(list, token).ok_or(ExceptionCode::InvalidContinuationToken)?)
            }
            None if call
                .headers()
                .get(CONTINUATION_TOKEN)
                .is_some_and(|value| !value.is_empty()) =>
            {
                return Err(ExceptionCode::InvalidContinuationToken.into());
            }
            None => None,
        };
        Ok(Self { list, after, size })
    }

    /// The rows of the page, of rows that are ordered from the newest to the oldest, and the
    /// token of the next page.
    pub(crate) fn cut<T>(
        &self,
        rows: impl Iterator<Item = T>,
        number: impl Fn(&T) -> ReferenceNumber,
    ) -> (Vec<T>, Option<String>) {
        let is_next = |row: &T| self.after.is_none_or(|after| after > number(row));
        let mut rows = rows.filter(is_next);
        let page: Vec<T> = rows.by_ref().take(self.size).collect();
        let has_more = rows.next().is_some();
        let last = page.last().filter(|_| has_more).map(&number);
        (page, last.map(|last| STANDARD.encode(format!("{} {last}", self.list))))
    }
}

fn last_row(list: &str, token: &str) -> Option<ReferenceNumber> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    text.strip_prefix(list)?.strip_prefix(' ')?.parse().ok()
}
