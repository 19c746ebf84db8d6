//! Who buys.

/// The buyer, as Stripe knew him when the invoice was finalised.
///
/// `Debug` shows personal data.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Customer {
    /// The identifier, `cus_…`.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The address.
    pub address: Option<Address>,
    /// `none`, `exempt` or `reverse`.
    pub tax_exempt: Option<String>,
    /// The tax identifiers.
    pub tax_ids: Vec<TaxId>,
}

/// An address.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Address {
    /// The first line.
    pub line1: Option<String>,
    /// The second line.
    pub line2: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// The town.
    pub city: Option<String>,
    /// The state or region.
    pub state: Option<String>,
    /// The country, two letters.
    pub country: Option<String>,
}

/// A tax identifier.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct TaxId {
    /// `pl_nip`, `eu_vat`, `gb_vat` and the like.
    pub kind: String,
    /// The identifier.
    pub value: Option<String>,
}
