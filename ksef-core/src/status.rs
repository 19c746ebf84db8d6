//! The status of a submission as users see it, and the table of what may follow what.

use core::fmt;
use core::str::FromStr;

use crate::{ParseError, ParseErrorReason};

/// Where a document stands on its way to KSeF.
///
/// The statuses are those that people who run such systems know from their audit logs; the last
/// two belong to *paired mode*, in which a second invoicing system is fed after KSeF.
/// [`SubmissionStatus::may_become`] is the only table of allowed changes.
///
/// ```
/// use ksef_core::SubmissionStatus;
///
/// let status: SubmissionStatus = "SUBMITTED".parse()?;
/// assert!(status.may_become(SubmissionStatus::Accepted));
/// assert!(!SubmissionStatus::Pending.may_become(SubmissionStatus::Accepted));
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "the nine statuses are the contract with users")]
pub enum SubmissionStatus {
    /// Mapped and stored, or waiting for something that the mapper needs.
    Pending,
    /// A worker has it: logging in, opening a session, encrypting.
    Signing,
    /// The intent to send is recorded; what KSeF made of it is not final yet.
    Submitted,
    /// KSeF gave it a number, and the official receipt is verified and stored.
    Accepted,
    /// KSeF, our own validation or the mapper refused it, or a person marked it so.
    Failed,
    /// KSeF is shown not to have it, and the machine does not send it again by itself.
    Terminated,
    /// Left out by a rule, which is named.
    Skipped,
    /// Paired mode: accepted by KSeF, the second system refused it.
    KsefOkFakturowniaFailed,
    /// Paired mode: refused by KSeF, so the second system was not fed.
    KsefFailedFakturowniaSkipped,
}

use SubmissionStatus::{
    Accepted, Failed, KsefFailedFakturowniaSkipped, KsefOkFakturowniaFailed, Pending, Signing,
    Skipped, Submitted, Terminated,
};

/// Every allowed change, with the status a document has before it exists written as `None`.
const TRANSITIONS: &[(Option<SubmissionStatus>, SubmissionStatus)] = &[
    (None, Pending),
    (None, Skipped),
    (None, Failed),
    // A deferred document whose missing piece arrived, a released worker, a person's retry.
    (Some(Pending), Pending),
    (Some(Pending), Skipped),
    (Some(Pending), Failed),
    (Some(Pending), Signing),
    (Some(Signing), Submitted),
    (Some(Signing), Pending),
    (Some(Submitted), Submitted),
    (Some(Submitted), Accepted),
    (Some(Submitted), Failed),
    (Some(Submitted), Terminated),
    (Some(Submitted), KsefFailedFakturowniaSkipped),
    (Some(Failed), Pending),
    (Some(Failed), Failed),
    (Some(Failed), Accepted),
    (Some(KsefFailedFakturowniaSkipped), Pending),
    (Some(KsefFailedFakturowniaSkipped), Failed),
    (Some(KsefFailedFakturowniaSkipped), Accepted),
    (Some(Terminated), Pending),
    (Some(Terminated), Accepted),
    (Some(Skipped), Pending),
    (Some(Accepted), KsefOkFakturowniaFailed),
    (Some(KsefOkFakturowniaFailed), Accepted),
    (Some(KsefOkFakturowniaFailed), KsefOkFakturowniaFailed),
];

impl SubmissionStatus {
    /// All nine, in the order in which they are documented.
    pub const ALL: [Self; 9] = [
        Pending,
        Signing,
        Submitted,
        Accepted,
        Failed,
        Terminated,
        Skipped,
        KsefOkFakturowniaFailed,
        KsefFailedFakturowniaSkipped,
    ];

    /// Whether a document may have this status when it is first recorded.
    #[must_use]
    pub fn may_be_first(self) -> bool {
        TRANSITIONS.contains(&(None, self))
    }

    /// Whether this status may be followed by `next`.
    ///
    /// A change to the same status is a step that the status does not show, for example a resend
    /// within `SUBMITTED`; it is listed like any other.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        TRANSITIONS.contains(&(Some(self), next))
    }

    /// The name as users see it, for example `SUBMITTED`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Pending => "PENDING",
            Signing => "SIGNING",
            Submitted => "SUBMITTED",
            Accepted => "ACCEPTED",
            Failed => "FAILED",
            Terminated => "TERMINATED",
            Skipped => "SKIPPED",
            KsefOkFakturowniaFailed => "KSEF_OK_FAKTUROWNIA_FAILED",
            KsefFailedFakturowniaSkipped => "KSEF_FAILED_FAKTUROWNIA_SKIPPED",
        }
    }
}

impl fmt::Display for SubmissionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SubmissionStatus {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| ParseError::new("submission status", reason);
        if text.is_empty() {
            return Err(error(ParseErrorReason::Empty));
        }
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| error(ParseErrorReason::UnknownCode))
    }
}

crate::text::serde_as_text!(SubmissionStatus);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for SubmissionStatus {
    type Parameters = ();
    type Strategy = proptest::sample::Select<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        proptest::sample::select(&Self::ALL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_prints_and_parses_and_bad_text_has_a_reason() {
        for status in SubmissionStatus::ALL {
            assert_eq!(status.to_string().parse(), Ok(status));
        }
        let reason = |text: &str| text.parse::<SubmissionStatus>().unwrap_err().reason();
        assert_eq!(reason(""), ParseErrorReason::Empty);
        for text in ["pending", "PENDING ", "PENDING\0", "ACCEPTED\n", "\u{ff30}ENDING"] {
            assert_eq!(reason(text), ParseErrorReason::UnknownCode);
        }
    }

    #[test]
    fn nothing_is_accepted_that_was_not_sent_or_shown_to_be_there() {
        let sources = SubmissionStatus::ALL.into_iter().filter(|from| from.may_become(Accepted));
        assert!(sources.eq([
            Submitted,
            Failed,
            Terminated,
            KsefOkFakturowniaFailed,
            KsefFailedFakturowniaSkipped
        ]));
    }

    #[test]
    fn an_unknown_outcome_never_returns_to_the_queue() {
        for earlier in [Pending, Signing, Skipped] {
            assert!(!Submitted.may_become(earlier));
        }
    }

    #[test]
    fn an_accepted_document_is_never_sent_again() {
        for status in [Accepted, KsefOkFakturowniaFailed] {
            for next in [Pending, Signing, Submitted, Failed, Terminated, Skipped] {
                assert!(!status.may_become(next));
            }
        }
    }
}
