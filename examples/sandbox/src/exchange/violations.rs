//! `Violations`, everything that is wrong with the input of a request, told at once.

use std::ops::RangeInclusive;

use super::Refusal;
use crate::exception::{Exception, ExceptionCode};

/// What is wrong with the members of a body or the parameters of a query.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<String>);

impl Violations {
    /// Notes the sentence unless this holds.
    pub(crate) fn unless(&mut self, holds: bool, sentence: impl FnOnce() -> String) {
        if !holds {
            self.0.push(sentence());
        }
    }

    /// Notes a text with fewer or more characters.
    pub(crate) fn unless_length(&mut self, name: &str, text: &str, bounds: &RangeInclusive<usize>) {
        let length = text.chars().count();
        self.unless(bounds.contains(&length), || {
            let (least, most) = (bounds.start(), bounds.end());
            format!("'{name}' must be between {least} and {most} characters. You entered {length} characters.")
        });
    }

    /// Refuses the request if there is anything.
    pub(crate) fn refuse(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Exception { code: ExceptionCode::InvalidInput, details: self.0 }.into())
    }
}
