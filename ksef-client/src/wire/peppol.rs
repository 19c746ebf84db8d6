//! Bodies of Peppol providers.

use ksef_core::{PeppolId, Timestamp};

use super::{answers, pages};
use crate::peppol::PeppolProvider;

answers! {
    PeppolProviderBody => PeppolProvider {
        id: PeppolId,
        name: String,
        date_created: Timestamp,
    }
}

pages! { numbered:
    PeppolProvidersPage { peppol_providers: PeppolProviderBody => PeppolProvider }
}
