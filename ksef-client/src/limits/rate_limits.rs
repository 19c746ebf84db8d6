//! `RateLimits`, how many requests of which group KSeF admits.

use core::fmt;
use core::num::NonZeroU32;
use core::time::Duration;
use std::collections::BTreeMap;

use serde::de::{IgnoredAny, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many requests are admitted in each window; `None` is without a limit.
///
/// OpenAPI, `EffectiveApiRateLimitValues`, where -1 is without a limit; that is the form of serde.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RateLimit {
    /// In the last second.
    #[serde(with = "unlimited_as_minus_one")]
    pub per_second: Option<NonZeroU32>,
    /// In the last 60 seconds.
    #[serde(with = "unlimited_as_minus_one")]
    pub per_minute: Option<NonZeroU32>,
    /// In the last 60 minutes.
    #[serde(with = "unlimited_as_minus_one")]
    pub per_hour: Option<NonZeroU32>,
}

impl RateLimit {
    /// Limits for a second, a minute and an hour; zero is without a limit.
    #[must_use]
    pub const fn new(per_second: u32, per_minute: u32, per_hour: u32) -> Self {
        Self {
            per_second: NonZeroU32::new(per_second),
            per_minute: NonZeroU32::new(per_minute),
            per_hour: NonZeroU32::new(per_hour),
        }
    }

    /// Whether nothing is limited.
    #[must_use]
    pub fn is_unlimited(self) -> bool {
        self.windows().next().is_none()
    }

    /// The windows that are limited, from the shortest on: its length, and how many are admitted.
    pub(super) fn windows(self) -> impl Iterator<Item = (Duration, u32)> {
        let all = [
            (Duration::from_secs(1), self.per_second),
            (Duration::from_secs(60), self.per_minute),
            (Duration::from_secs(60 * 60), self.per_hour),
        ];
        all.into_iter().filter_map(|(window, limit)| Some((window, limit?.get())))
    }
}

macro_rules! groups {
    ($($(#[$documentation:meta])* $group:ident $name:literal: $($limit:literal)*;)*) => {
        /// Requests that share their limits (OpenAPI, `EffectiveApiRateLimits`).
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum RateGroup {
            $($(#[$documentation])* $group,)*
        }

        impl RateGroup {
            /// All of them, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$group),*];

            /// The name in the API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$group => $name,)* }
            }

            /// What production admits, KSeF 2.9.
            #[must_use]
            pub const fn production(self) -> RateLimit {
                match self { $(Self::$group => RateLimit::new($($limit),*),)* }
            }
        }
    };
}

groups! {
    /// `POST /sessions/online`.
    OnlineSession "onlineSession": 10 30 120;
    /// `POST /sessions/online/{referenceNumber}/close`.
    OnlineSessionClose "onlineSessionClose": 20 60 240;
    /// `POST /sessions/batch`.
    BatchSession "batchSession": 10 20 60;
    /// `POST /sessions/batch/{referenceNumber}/close`.
    BatchSessionClose "batchSessionClose": 20 40 120;
    /// `POST /sessions/online/{referenceNumber}/invoices`.
    InvoiceSend "invoiceSend": 10 30 180;
    /// `GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}`.
    InvoiceStatus "invoiceStatus": 30 120 1_200;
    /// `GET /sessions`.
    SessionList "sessionList": 5 10 60;
    /// `GET /sessions/{referenceNumber}/invoices` and its `/failed`.
    SessionInvoiceList "sessionInvoiceList": 10 20 200;
    /// The status and the UPO of a session.
    SessionMisc "sessionMisc": 10 120 1_200;
    /// `POST /invoices/query/metadata`.
    InvoiceMetadata "invoiceMetadata": 8 16 20;
    /// `POST /invoices/exports`.
    InvoiceExport "invoiceExport": 8 16 20;
    /// `GET /invoices/exports/{referenceNumber}`.
    InvoiceExportStatus "invoiceExportStatus": 10 60 600;
    /// `GET /invoices/ksef/{ksefNumber}`.
    InvoiceDownload "invoiceDownload": 8 16 64;
    /// Everything below `/collective-identifiers`.
    CollectiveIdentifier "collectiveIdentifier": 20 120 240;
    /// Any other operation with an access token; each has a counter of its own.
    Other "other": 10 30 120;
    /// Operations without an access token, counted by address.
    Anonymous "anonymous": 60 0 0;
    /// All operations together, counted by address.
    Global "global": 0 0 0;
}

impl RateGroup {
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|group| group.as_str() == name)
    }
}

/// The limits of all groups.
///
/// The default is what production admits. A context may have others: `GET /rate-limits` tells
/// them, and this reads its answer. Groups that an answer does not have keep their default, and
/// those that this version does not know are passed over.
///
/// ```
/// use ksef_client::limits::{RateGroup, RateLimit, RateLimits};
///
/// let answer = r#"{"invoiceSend": {"perSecond": 20, "perMinute": 60, "perHour": -1}}"#;
/// let limits: RateLimits = serde_json::from_str(answer)?;
/// assert_eq!(limits.of(RateGroup::InvoiceSend), RateLimit::new(20, 60, 0));
/// assert_eq!(limits.of(RateGroup::InvoiceDownload), RateLimit::new(8, 16, 64));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RateLimits {
    learned: BTreeMap<RateGroup, RateLimit>,
}

impl RateLimits {
    /// The limits of this group.
    #[must_use]
    pub fn of(&self, group: RateGroup) -> RateLimit {
        self.learned.get(&group).copied().unwrap_or_else(|| group.production())
    }

    /// The same with another limit for this group.
    #[must_use]
    pub fn with(mut self, group: RateGroup, limit: RateLimit) -> Self {
        self.learned.insert(group, limit);
        self
    }
}

impl Serialize for RateLimits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(RateGroup::ALL.iter().map(|&group| (group.as_str(), self.of(group))))
    }
}

impl<'de> Deserialize<'de> for RateLimits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KnownGroups)
    }
}

/// Reads the groups that this version knows, and passes over what else there is.
struct KnownGroups;

impl<'de> Visitor<'de> for KnownGroups {
    type Value = RateLimits;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("limits by group")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut groups: A) -> Result<Self::Value, A::Error> {
        let mut learned = BTreeMap::new();
        while let Some(name) = groups.next_key::<String>()? {
            match RateGroup::named(&name) {
                Some(group) => {
                    learned.insert(group, groups.next_value()?);
                }
                None => {
                    groups.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(RateLimits { learned })
    }
}

mod unlimited_as_minus_one {
    use super::{Deserialize as _, Deserializer, NonZeroU32, Serializer, Unexpected};
    use serde::de::Error as _;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(super) fn serialize<S: Serializer>(
        limit: &Option<NonZeroU32>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(limit.map_or(-1, |limit| i64::from(limit.get())))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<NonZeroU32>, D::Error> {
        let number = i64::deserialize(deserializer)?;
        if number == -1 {
            return Ok(None);
        }
        let limit = u32::try_from(number).ok().and_then(NonZeroU32::new);
        let expected = &"-1 or a number from 1 on";
        limit.map(Some).ok_or_else(|| D::Error::invalid_value(Unexpected::Signed(number), expected))
    }
}
