//! `CompanyProfile`, who issues the invoices of a tenant.

use ksef_core::Nip;

use crate::Error;

/// The company of a tenant, as it stands on its invoices.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the form")]
pub struct CompanyProfile {
    /// Its NIP.
    pub nip: Nip,
    /// Its name, 1 to 512 characters.
    pub name: String,
    /// The country of its address, two capital letters.
    pub country: String,
    /// The first line of its address, 1 to 512 characters.
    pub address_line_1: String,
    /// The second line of its address, up to 512 characters.
    pub address_line_2: Option<String>,
}

/// The lengths are those of the fields of an invoice that it goes into.
const LONGEST: usize = 512;

impl CompanyProfile {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let lines = [Some(&self.name), Some(&self.address_line_1), self.address_line_2.as_ref()];
        let is_line = |text: &String| {
            let length = text.chars().count();
            (1..=LONGEST).contains(&length) && !text.chars().any(char::is_control)
        };
        let is_country =
            self.country.len() == 2 && self.country.bytes().all(|it| it.is_ascii_uppercase());
        if lines.into_iter().flatten().all(is_line) && is_country {
            return Ok(());
        }
        let reason =
            "a profile has a name, two letters for the country, and lines of 1 to 512 characters";
        Err(Error::Invalid { reason })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Self { nip, name, country, address_line_1, address_line_2 } = self;
        let value = serde_json::json!({
            "nip": nip.as_str(),
            "name": name,
            "country": country,
            "address_line_1": address_line_1,
            "address_line_2": address_line_2,
        });
        value.to_string().into_bytes()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            // A NIP of TEST need not have its check digit.
            nip: Nip::for_test_environment(&text("nip")?).ok()?,
            name: text("name")?,
            country: text("country")?,
            address_line_1: text("address_line_1")?,
            address_line_2: text("address_line_2"),
        })
    }
}
