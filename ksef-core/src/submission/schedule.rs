//! How long the machine waits, and how often it tries.

use core::time::Duration;

use crate::Timestamp;

/// How often the same bytes are sent again after KSeF was shown not to have them.
pub const MAX_RESENDS: u32 = 3;

/// How often another session is opened because a session took nothing (full, closed, unknown).
///
/// Nothing is at risk then; the limit ends loops, for example over an undecryptable session key.
pub const MAX_SESSIONS_REFUSED: u32 = 10;

/// After how long without progress people are told "checking with KSeF".
pub const CHECKING_AFTER: Duration = Duration::from_secs(30 * 60);

/// The longest pause between two readings of a status that is about to change.
pub const LONGEST_POLL: Duration = Duration::from_secs(30);

/// The longest pause between two tries of something that may take hours: a receipt that is not
/// there yet, a mapping that waits for data, a request refused because of pace or login.
pub const LONGEST_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// The shortest pause between two readings.
pub const SHORTEST_POLL: Duration = Duration::from_secs(1);

/// When to read again what was last read at `read`, in a phase that began at `since`.
///
/// The pause is half of the time that the phase has taken, so the questions become rarer as the
/// answer takes longer, and nothing has to be counted.
pub(super) fn next_reading(since: Timestamp, read: Timestamp, longest: Duration) -> Timestamp {
    let pause = read.saturating_duration_since(since) / 2;
    after(read, pause.clamp(SHORTEST_POLL, longest))
}

/// When the `resend`th resend after an error of KSeF itself is due: 1, 5 and 30 minutes later.
pub(super) fn resend_at(failed: Timestamp, resend: u32) -> Timestamp {
    let minutes = match resend {
        0 | 1 => 1,
        2 => 5,
        _ => 30,
    };
    after(failed, Duration::from_secs(60 * minutes))
}

/// When to try again what KSeF refused for the `count`th time because of pace or login: 1 second
/// later, then twice as long each time.
pub(super) fn slower_until(refused: Timestamp, count: u32) -> Timestamp {
    let seconds = 1_u64.checked_shl(count.saturating_sub(1)).unwrap_or(u64::MAX);
    after(refused, Duration::from_secs(seconds).min(LONGEST_PATIENCE))
}

fn after(at: Timestamp, pause: Duration) -> Timestamp {
    at.checked_add(pause).unwrap_or(at)
}
