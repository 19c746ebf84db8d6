//! Peppol service providers.

use ksef_core::{PeppolId, Timestamp};

use crate::client::Client;
use crate::listing::Listing;
use crate::pipeline::{ApiRequest, page};
use crate::wire::operation::Operation;
use crate::wire::peppol::PeppolProvidersPage;

/// The most providers that a page has.
const PAGE_SIZE: u32 = 100;

/// A Peppol service provider that is registered in KSeF (OpenAPI, `PeppolProvider`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PeppolProvider {
    /// The identifier.
    pub id: PeppolId,
    /// The name.
    pub name: String,
    /// When it was registered.
    pub date_created: Timestamp,
}

impl Client {
    /// The Peppol service providers, those registered last first.
    ///
    /// `GET /peppol/query`. It needs no login. Limits: `anonymous`.
    pub fn peppol_providers(&self) -> Listing<PeppolProvider> {
        let request = Ok(ApiRequest::new(Operation::QueryPeppolProviders));
        Listing::anonymous(self, request, PAGE_SIZE, page::<PeppolProvidersPage, _>)
    }
}
