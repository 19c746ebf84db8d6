//! A credit note.

use crate::context::Context;
use crate::model::CreditNote;
use crate::outcome::Outcome;

use super::Work;

/// Maps a credit note to a correction.
#[must_use]
pub fn map_credit_note(note: &CreditNote, context: &Context<'_>) -> Outcome {
    let mut work = Work::new(context);
    work.evidence.object_id.clone_from(&note.id);
    work.finish(None)
}
