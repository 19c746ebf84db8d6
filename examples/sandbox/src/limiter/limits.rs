//! The limits of KSeF, and how a test changes them.

use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::Window;

/// How many times the limits of production a test may set: KSeF API, `limity/limity-api.md`.
const HIGHEST_FACTOR: i64 = 10;

/// How many requests one counter admits; `None` is without a limit and written as -1.
///
/// `EffectiveApiRateLimitValues` of the contract.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RateLimit {
    #[serde(with = "unlimited_as_minus_one")]
    pub(crate) per_second: Option<NonZeroU32>,
    #[serde(with = "unlimited_as_minus_one")]
    pub(crate) per_minute: Option<NonZeroU32>,
    #[serde(with = "unlimited_as_minus_one")]
    pub(crate) per_hour: Option<NonZeroU32>,
}

macro_rules! groups {
    ($(
        $(#[$documentation:meta])*
        $group:ident $field:ident: $second:literal $minute:literal $hour:literal;
    )*) => {
        /// Requests that share their limits.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub(crate) enum RateGroup {
            $($(#[$documentation])* $group,)*
        }

        #[cfg(test)]
        impl RateGroup {
            /// All of them, in the order of the contract.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$group),*];
        }

        /// The limits of all groups, `EffectiveApiRateLimits` of the contract.
        #[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub(crate) struct RateLimits {
            $($(#[$documentation])* pub(crate) $field: RateLimit,)*
        }

        impl RateLimits {
            /// Those of production, KSeF 2.8.1. `POST /testdata/rate-limits/production` sets them,
            /// and since TEST blocks like production, its `DELETE` does too.
            pub(crate) const PRODUCTION: Self = Self {
                $($field: RateLimit::new($second, $minute, $hour),)*
            };

            /// The limits of this group.
            pub(crate) const fn of(&self, group: RateGroup) -> RateLimit {
                match group {
                    $(RateGroup::$group => self.$field,)*
                }
            }
        }
    };
}

groups! {
    /// `POST /sessions/online`.
    OnlineSession online_session: 10 30 120;
    /// `POST /sessions/online/{referenceNumber}/close`.
    OnlineSessionClose online_session_close: 20 60 240;
    /// `POST /sessions/batch`.
    BatchSession batch_session: 10 20 60;
    /// `POST /sessions/batch/{referenceNumber}/close`.
    BatchSessionClose batch_session_close: 20 40 120;
    /// `POST /sessions/online/{referenceNumber}/invoices`.
    InvoiceSend invoice_send: 10 30 180;
    /// `GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}`.
    InvoiceStatus invoice_status: 30 120 1_200;
    /// `GET /sessions`.
    SessionList session_list: 5 10 60;
    /// `GET /sessions/{referenceNumber}/invoices` and its `/failed`.
    SessionInvoiceList session_invoice_list: 10 20 200;
    /// The status and the UPO of a session.
    SessionMisc session_misc: 10 120 1_200;
    /// `POST /invoices/query/metadata`.
    InvoiceMetadata invoice_metadata: 8 16 20;
    /// `POST /invoices/exports`.
    InvoiceExport invoice_export: 8 16 20;
    /// `GET /invoices/exports/{referenceNumber}`.
    InvoiceExportStatus invoice_export_status: 10 60 600;
    /// `GET /invoices/ksef/{ksefNumber}`.
    InvoiceDownload invoice_download: 8 16 64;
    /// Everything below `/collective-identifiers`.
    CollectiveIdentifier collective_identifier: 20 120 240;
    /// Any other operation with an access token; each has a counter of its own.
    Other other: 10 30 120;
    /// Operations without an access token, counted by address.
    Anonymous anonymous: 60 -1 -1;
    /// All operations together, counted by address.
    Global global: -1 -1 -1;
}

impl RateLimit {
    const fn new(per_second: i32, per_minute: i32, per_hour: i32) -> Self {
        Self {
            per_second: positive(per_second),
            per_minute: positive(per_minute),
            per_hour: positive(per_hour),
        }
    }

    /// Whether nothing is limited.
    pub(super) fn is_unlimited(self) -> bool {
        self.windows().next().is_none()
    }

    /// The longest window that is limited.
    pub(super) fn longest_window(self) -> Option<Window> {
        self.windows().last().map(|(window, _)| window)
    }

    /// The windows that are limited, from the shortest on, each with its limit.
    pub(super) fn windows(self) -> impl Iterator<Item = (Window, u32)> {
        let all = [
            (Window::Second, self.per_second),
            (Window::Minute, self.per_minute),
            (Window::Hour, self.per_hour),
        ];
        all.into_iter().filter_map(|(window, limit)| Some((window, limit?.get())))
    }
}

const fn positive(limit: i32) -> Option<NonZeroU32> {
    if limit < 0 { None } else { NonZeroU32::new(limit.unsigned_abs()) }
}

/// What a test asks for one group, not yet held against its bounds.
///
/// `ApiRateLimitValuesOverride` of the contract.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
struct RateLimitOverride {
    per_second: Option<i64>,
    per_minute: Option<i64>,
    per_hour: Option<i64>,
}

macro_rules! overridable {
    ($($field:ident $name:literal)*) => {
        /// What a test asks for, not yet held against its bounds.
        ///
        /// `ApiRateLimitsOverride` of the contract, the field `rateLimits` of the request. The
        /// groups for closing sessions, `anonymous` and `global` cannot be changed.
        #[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct RateLimitsOverride {
            $($field: Option<RateLimitOverride>,)*
        }

        impl RateLimitsOverride {
            /// The limits that hold from now on.
            ///
            /// # Errors
            ///
            /// What is wrong with each field, in the words of KSeF's validator.
            pub(crate) fn checked(&self) -> Result<RateLimits, Vec<String>> {
                let mut limits = RateLimits::PRODUCTION;
                let mut faults = Vec::new();
                $(check($name, self.$field, &mut limits.$field, &mut faults);)*
                if faults.is_empty() { Ok(limits) } else { Err(faults) }
            }
        }
    };
}

overridable! {
    online_session "onlineSession"
    batch_session "batchSession"
    invoice_send "invoiceSend"
    invoice_status "invoiceStatus"
    session_list "sessionList"
    session_invoice_list "sessionInvoiceList"
    session_misc "sessionMisc"
    invoice_metadata "invoiceMetadata"
    invoice_export "invoiceExport"
    invoice_export_status "invoiceExportStatus"
    invoice_download "invoiceDownload"
    collective_identifier "collectiveIdentifier"
    other "other"
}

/// Puts what was asked for in the place of production's limit, or notes what is wrong with it.
fn check(
    group: &str,
    asked: Option<RateLimitOverride>,
    limit: &mut RateLimit,
    faults: &mut Vec<String>,
) {
    let Some(asked) = asked else {
        faults.push(format!("'rateLimits.{group}' must not be empty."));
        return;
    };
    let values = [
        ("perSecond", asked.per_second, &mut limit.per_second),
        ("perMinute", asked.per_minute, &mut limit.per_minute),
        ("perHour", asked.per_hour, &mut limit.per_hour),
    ];
    for (window, asked, limit) in values {
        match within_bounds(asked, *limit) {
            Ok(value) => *limit = Some(value),
            Err(reason) => faults.push(format!("'rateLimits.{group}.{window}' {reason}")),
        }
    }
}

fn within_bounds(asked: Option<i64>, production: Option<NonZeroU32>) -> Result<NonZeroU32, String> {
    let asked = asked.ok_or("must not be empty.")?;
    let highest = production.map_or(1, |limit| i64::from(limit.get())) * HIGHEST_FACTOR;
    let value = u32::try_from(asked).ok().filter(|_| asked <= highest).and_then(NonZeroU32::new);
    value.ok_or_else(|| format!("must be between 1 and {highest}. You entered {asked}."))
}

mod unlimited_as_minus_one {
    use core::num::NonZeroU32;

    use serde::de::{Error as _, Unexpected};
    use serde::{Deserialize as _, Deserializer, Serializer};

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
