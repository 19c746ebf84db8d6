//! The one poll loop.

use core::time::Duration;

use super::{Patience, Pipeline};
use crate::error::{Error, TimedOut};
use crate::policy::{PollPolicy, RetryPolicy};
use crate::session::Status;

/// Asks again and again until there is an outcome or the deadline comes.
///
/// ```text
/// let mut poll = Poll::new(pipeline, policy);
/// loop { match ask().await? { outcome => return, status => poll.pause(Some(status)).await? } }
/// ```
pub(crate) struct Poll<'a> {
    patience: Patience<'a>,
    polls: u32,
}

impl<'a> Poll<'a> {
    pub(crate) fn new(pipeline: &'a Pipeline, policy: &PollPolicy) -> Self {
        let policy = RetryPolicy { backoff: policy.backoff, max_retries: u32::MAX };
        Self { patience: Patience::new(pipeline, policy), polls: 0 }
    }

    /// As long and as often as requests are repeated.
    pub(crate) fn retrying(pipeline: &'a Pipeline) -> Self {
        Self { patience: Patience::new(pipeline, pipeline.retry), polls: 0 }
    }

    /// Pauses, for as long as KSeF asks for if it does; false when there is no time left.
    pub(crate) async fn pause_if_possible(&mut self, retry_after: Option<Duration>) -> bool {
        self.polls += 1;
        self.patience.pause(retry_after).await
    }

    /// Pauses after an answer without the outcome.
    pub(crate) async fn pause(&mut self, last_status: Option<Status>) -> Result<(), Error> {
        self.polls += 1;
        if self.patience.pause(None).await { Ok(()) } else { Err(self.timed_out(last_status)) }
    }

    /// Pauses for as long as was said; none beyond the deadline.
    pub(crate) async fn pause_for(
        &mut self,
        pause: Duration,
        last_status: Option<Status>,
    ) -> Result<(), Error> {
        self.polls += 1;
        let paused = self.patience.pause(Some(pause)).await;
        if paused { Ok(()) } else { Err(self.timed_out(last_status)) }
    }

    fn timed_out(&self, last_status: Option<Status>) -> Error {
        let elapsed = self.patience.elapsed();
        Error::TimedOut(Box::new(TimedOut { elapsed, polls: self.polls, last_status }))
    }
}
