//! The column `Error`: the reason that a person reads first.

use ksef_core::submission::{CloseAnswer, Fact, NextStep, Observation, Outcome};

/// Follows the facts: a reason appears with the fact that gives it and goes when it is overcome.
pub(super) fn update(error: &mut Option<String>, fact: &Fact) {
    match fact {
        Fact::Refused { reasons } | Fact::Deferred { reasons } => {
            let codes: Vec<_> = reasons.iter().map(|reason| reason.as_str()).collect();
            *error = Some(codes.join(" "));
        }
        Fact::Skipped { rule: reason }
        | Fact::Released { reason, .. }
        | Fact::ReceiptMismatched { reason }
        | Fact::SecondLegFailed { reason } => *error = Some(reason.to_string()),
        Fact::SendRefused { refusal, .. }
        | Fact::CloseAnswered { answer: CloseAnswer::Refused { refusal }, .. } => {
            let code = refusal.code.unwrap_or_else(|| refusal.http_status.into());
            *error = Some(code.to_string());
        }
        Fact::InvoiceObserved { state } | Fact::Listed { found: Some(state), .. } => {
            let next = Outcome::of(Observation::Invoice(state.code)).next;
            if !matches!(next, NextStep::Wait | NextStep::FetchReceipt) {
                *error = Some(state.code.to_string());
            }
        }
        Fact::MarkedFailed { .. } => *error = Some("marked_failed".to_owned()),
        Fact::Prepared { .. }
        | Fact::ReceiptStored { .. }
        | Fact::RetryOrdered { .. }
        | Fact::SecondLegDone => *error = None,
        _ => {}
    }
}
