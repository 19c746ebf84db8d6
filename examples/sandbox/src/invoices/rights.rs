//! Who may issue an invoice for which seller.

use ksef_core::{ContextIdentifier, FormCode};

use super::{Rejection, Summary};
use crate::world::World;

impl World {
    /// Why an invoice may not be issued in this context, status 410.
    ///
    /// A Peppol service provider needs the seller's `PefInvoicing` in truth; the sandbox, which
    /// has no such grants, lets it send the Peppol invoices of anybody.
    pub(super) fn rights_missing(
        &self,
        context: &ContextIdentifier,
        summary: &Summary,
    ) -> Option<Rejection> {
        let seller = summary.seller.nip;
        let is_peppol = matches!(summary.form_code, FormCode::Pef3 | FormCode::PefKor3);
        let is_provider = matches!(context, ContextIdentifier::PeppolId(_));
        if (is_peppol && is_provider) || self.may_issue_for(context, seller) {
            return None;
        }
        let context = context.value();
        let detail = format!(
            "Kontekst {context} nie jest uprawniony do wystawienia faktury w imieniu sprzedawcy \
             (NIP: {seller})"
        );
        Some(Rejection::new(410, detail))
    }
}
