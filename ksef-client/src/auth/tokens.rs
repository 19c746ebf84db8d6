//! The tokens of a login.

use core::time::Duration;

use ksef_core::{ReferenceNumber, Timestamp};
use serde::{Deserialize, Serialize};

use super::login::LoggedIn;
use crate::wire::auth::TokenInfo;

/// How long before its end a token is no longer used: longer than a request is under way.
const MARGIN: Duration = Duration::from_secs(20);

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Tokens {
    pub(super) reference_number: ReferenceNumber,
    pub(super) access: TokenInfo,
    pub(super) refresh: TokenInfo,
    /// How many access tokens there were before.
    #[serde(skip)]
    pub(super) generation: u64,
}

impl Tokens {
    pub(super) fn new(logged_in: LoggedIn) -> Self {
        let LoggedIn { reference_number, access, refresh } = logged_in;
        Self { reference_number, access, refresh, generation: 0 }
    }

    pub(super) fn copy(&self) -> Self {
        let (access, refresh) = (self.access.copy(), self.refresh.copy());
        Self { access, refresh, ..*self }
    }

    pub(super) fn access_is_good(&self, now: Timestamp) -> bool {
        is_good(&self.access, now)
    }

    pub(super) fn refresh_is_good(&self, now: Timestamp) -> bool {
        is_good(&self.refresh, now)
    }

    pub(super) fn renew_access(&mut self, access: TokenInfo) {
        self.access = access;
        self.generation += 1;
    }

    pub(super) fn replace(&mut self, logged_in: LoggedIn) {
        *self = Self { generation: self.generation + 1, ..Self::new(logged_in) };
    }
}

fn is_good(token: &TokenInfo, now: Timestamp) -> bool {
    token.valid_until.duration_since(now).is_some_and(|left| left > MARGIN)
}
