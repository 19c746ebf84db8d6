//! `IpPolicy`, from which addresses the access tokens of a login may be used.

use std::net::IpAddr;
use std::str::FromStr;

use ksef_client::xades::AllowedIps;
use serde::{Deserialize, Serialize};

use crate::exchange::Violations;

/// `AllowedIps` of the OpenAPI; nothing in it means everywhere.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct IpPolicy {
    ip4_addresses: Option<Vec<String>>,
    ip4_ranges: Option<Vec<String>>,
    ip4_masks: Option<Vec<String>>,
}

impl IpPolicy {
    /// Whether an access token may be used from there. Only IPv4 can be allowed.
    pub(super) fn allows(&self, address: IpAddr) -> bool {
        let allowed = self.read(&mut Violations::default());
        match address.to_canonical() {
            IpAddr::V4(address) => allowed.allows(address),
            IpAddr::V6(_) => allowed.is_empty(),
        }
    }

    /// Whether it allows every address.
    pub(super) fn is_empty(&self) -> bool {
        self.read(&mut Violations::default()).is_empty()
    }

    /// Notes every entry that is none, and every list with more than ten.
    pub(super) fn check(&self, violations: &mut Violations) {
        self.read(violations);
    }

    fn read(&self, violations: &mut Violations) -> AllowedIps {
        let mut allowed = AllowedIps::default();
        let mut list = |name: &str,
                        entries: &Option<Vec<String>>,
                        is_taken: &mut dyn FnMut(&str) -> bool| {
            let entries = entries.as_deref().unwrap_or_default();
            let name = format!("authorizationPolicy.allowedIps.{name}");
            violations.unless(entries.len() <= 10, || {
                format!("'{name}' must have at most 10 elements. You entered {}.", entries.len())
            });
            for (index, entry) in entries.iter().take(10).enumerate() {
                violations.unless(is_taken(entry), || {
                    format!("'{name}[{index}]' is not in the correct format.")
                });
            }
        };
        list("ip4Addresses", &self.ip4_addresses, &mut |text| {
            parsed(text).is_some_and(|address| allowed.allow_address(address).is_ok())
        });
        list("ip4Ranges", &self.ip4_ranges, &mut |text| {
            parsed(text).is_some_and(|range| allowed.allow_range(range).is_ok())
        });
        list("ip4Masks", &self.ip4_masks, &mut |text| {
            parsed(text).is_some_and(|mask| allowed.allow_mask(mask).is_ok())
        });
        allowed
    }
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

impl From<&AllowedIps> for IpPolicy {
    fn from(ips: &AllowedIps) -> Self {
        fn texts<T: ToString>(entries: &[T]) -> Option<Vec<String>> {
            (!entries.is_empty()).then(|| entries.iter().map(T::to_string).collect())
        }
        Self {
            ip4_addresses: texts(ips.addresses()),
            ip4_ranges: texts(ips.ranges()),
            ip4_masks: texts(ips.masks()),
        }
    }
}
