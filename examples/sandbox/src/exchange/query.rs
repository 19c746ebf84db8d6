//! `Query`, the parameters behind the question mark.

use crate::exception::ExceptionCode;
use crate::exchange::Refusal;

/// The parameters of a request, decoded.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The first value of this name; names are compared as the real API does, without case.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        let is_named = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.0.iter().find(is_named).map(|(_, value)| value.as_str())
    }

    /// All values of this name.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let is_named = move |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.0.iter().filter(is_named).map(|(_, value)| value.as_str())
    }

    /// A whole number within bounds.
    pub(crate) fn number(
        &self,
        name: &str,
        bounds: std::ops::RangeInclusive<usize>,
        default: usize,
    ) -> Result<usize, Refusal> {
        let Some(text) = self.first(name) else {
            return Ok(default);
        };
        match text.parse() {
            Ok(number) if bounds.contains(&number) => Ok(number),
            _ => Err(ExceptionCode::InvalidInput
                .detail(format!(
                    "'{name}' must be between {} and {}. You entered {text}.",
                    bounds.start(),
                    bounds.end()
                ))
                .into()),
        }
    }
}
