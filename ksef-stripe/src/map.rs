//! The mapper: from an object and its context to an outcome, without any input or output.

mod amounts;
mod buyer;
mod correction;
mod dates;
mod document;
mod exchange;
mod invoice;
mod minor;
mod original;
mod price;
mod rounding;
mod source;
mod tax;
mod text;

pub use correction::map_credit_note;
pub use exchange::exchange_day;
pub use invoice::map_invoice;

use crate::context::Context;
use crate::outcome::{Evidence, Note, NoteKind, Outcome, Problems};

/// What is found while an object is looked at.
pub(crate) struct Work<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) problems: Problems,
    pub(crate) notes: Vec<Note>,
    pub(crate) evidence: Evidence,
}

impl<'a> Work<'a> {
    fn new(context: &'a Context<'a>) -> Self {
        let evidence = Evidence { policies: context.policies().chosen(), ..Evidence::default() };
        Self { context, problems: Problems::default(), notes: Vec::new(), evidence }
    }

    fn note(&mut self, kind: NoteKind, pointer: impl Into<String>) {
        let note = Note { kind, pointer: pointer.into() };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The document, unless something keeps it from being one.
    fn finish(self, document: Option<ksef_fa::Invoice>) -> Outcome {
        match document {
            Some(invoice) if self.problems.is_empty() => Outcome::Mapped {
                invoice: Box::new(invoice),
                notes: self.notes,
                evidence: Box::new(self.evidence),
            },
            _ => self.problems.into_outcome(),
        }
    }
}
