//! Challenges, which a login answers.

use std::time::Duration;

use ksef_core::{ReferenceNumberKind, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::exchange::{Call, Refusal, Reply};
use crate::world::World;

/// A challenge, until it is used or ten minutes have passed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Challenge {
    pub(crate) created_at: Timestamp,
}

impl Challenge {
    const LIFETIME: Duration = Duration::from_secs(600);

    fn is_expired(&self, now: Timestamp) -> bool {
        now.saturating_duration_since(self.created_at) >= Self::LIFETIME
    }
}

/// `POST /auth/challenge`
pub(crate) fn challenge(call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut world = call.world();
    world.remove_expired_challenges(call.now);
    let number = world.reference_number(ReferenceNumberKind::Challenge, call.now);
    world.challenges.insert(number.as_str(), Challenge { created_at: call.now });
    Ok(Reply::ok(&json!({
        "challenge": number,
        "timestamp": call.now,
        "timestampMs": call.now.as_unix_milliseconds(),
        "clientIp": call.client_address.to_string(),
    })))
}

impl World {
    /// The challenge with this number, which cannot be answered again.
    pub(super) fn take_challenge(&mut self, number: &str, now: Timestamp) -> Option<Challenge> {
        self.challenges.remove(number).filter(|challenge| !challenge.is_expired(now))
    }

    /// The oldest come first, as their numbers begin with their time.
    fn remove_expired_challenges(&mut self, now: Timestamp) {
        let expired = self.challenges.iter().take_while(|(_, challenge)| challenge.is_expired(now));
        let expired: Vec<String> = expired.map(|(number, _)| number.to_owned()).collect();
        for number in expired {
            self.challenges.remove(number);
        }
    }
}
