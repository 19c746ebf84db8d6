//! `/sandbox/clock`: the time of the sandbox.

use std::time::Duration;

use bytes::Bytes;
use ksef_core::{Clock, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::{Answer, bad_request};
use crate::clock::ClockSetting;
use crate::exchange::Reply;
use crate::sandbox::Shared;

/// What is asked of the clock; the members can be given together and are obeyed in this order.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    /// The time to show.
    now: Option<Timestamp>,
    /// How far to move ahead.
    advance_seconds: Option<u64>,
    /// Whether it stands still from here on.
    frozen: Option<bool>,
}

/// `GET /sandbox/clock`
pub(super) fn show(sandbox: &Shared) -> Reply {
    let clock = &sandbox.clock;
    Reply::ok(&json!({ "now": clock.now(), "frozen": clock.is_still() }))
}

/// `POST /sandbox/clock`
pub(super) fn change(sandbox: &Shared, body: &Bytes) -> Answer {
    let change: Change = serde_json::from_slice(body).map_err(|error| {
        bad_request(format!(
            "the body is JSON with `now`, `advanceSeconds` or `frozen`, or several of them: {error}"
        ))
    })?;
    let clock = &sandbox.clock;
    let ahead = Duration::from_secs(change.advance_seconds.unwrap_or_default());
    let now = change.now.unwrap_or_else(|| clock.now()).checked_add(ahead);
    let now = now.ok_or_else(|| bad_request("the clock shows no time after 2049"))?;
    let is_still = change.frozen.unwrap_or_else(|| clock.is_still());
    let setting = if is_still { ClockSetting::Still(now) } else { clock.going_from(now) };
    sandbox.set_clock(setting);
    Ok(show(sandbox))
}
