//! When a login to KSeF ends, which people are told of ahead.

use ksef_audit::secrets::{Connection, LoginMethod};
use ksef_core::{InvoiceDate, Timestamp};

/// In seconds.
const DAY: u64 = 86_400;

/// When the login ends: the certificate says it, and tokens have a legal basis until the end of 2026
/// (Dz.U. 2025 poz. 1815, § 13).
pub(crate) fn end_of(connection: &Connection) -> Option<Timestamp> {
    match connection.method() {
        LoginMethod::KsefToken => {
            let new_year: Option<InvoiceDate> = "2027-01-01".parse().ok();
            new_year.map(InvoiceDate::start_in_warsaw)
        }
        _ => connection.expires_at(),
    }
}

/// How many whole days are left; `None` after the end.
pub(crate) fn days_left(end: Timestamp, now: Timestamp) -> Option<u64> {
    Some(end.duration_since(now)?.as_secs() / DAY)
}
