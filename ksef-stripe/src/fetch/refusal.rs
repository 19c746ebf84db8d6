//! What an answer that is none says: which permission is missing, which account is not known.

use http::StatusCode;
use serde::Deserialize;

use super::FetchError;

#[derive(Deserialize)]
struct Answer {
    error: Detail,
}

/// Of the message only the name of a permission is taken: it may show a part of the key.
#[derive(Default, Deserialize)]
struct Detail {
    code: Option<String>,
    message: Option<String>,
}

/// Why Stripe refuses a request that needs this permission.
pub(super) fn refusal(status: StatusCode, body: &[u8], needed: &'static str) -> FetchError {
    let detail = serde_json::from_slice::<Answer>(body).map(|answer| answer.error);
    let detail = detail.unwrap_or_default();
    match (status.as_u16(), detail.code.as_deref()) {
        (401, _) => FetchError::KeyRejected,
        (403, Some("account_invalid")) => FetchError::AccountUnknown,
        (403, _) => {
            let named = detail.message.as_deref().and_then(permission);
            FetchError::PermissionMissing { permission: named.unwrap_or(needed).to_owned() }
        }
        (404, _) | (400, Some("resource_missing")) => FetchError::NotFound,
        (429, _) => FetchError::RateLimited { retry_after: None },
        (status @ 500.., _) => FetchError::ServerFailed { status },
        (status, _) => FetchError::Refused { status },
    }
}

/// The permission in `Having the 'rak_invoice_read' permission would allow …`.
fn permission(message: &str) -> Option<&str> {
    let is_name = |text: &&str| {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        is_plain && text.len() <= 64 && (text.ends_with("_read") || text.ends_with("_write"))
    };
    let name = message.split('\'').find(is_name)?;
    Some(name.strip_prefix("rak_").unwrap_or(name))
}

/// The permission that a request needs.
pub(super) fn needed(is_write: bool, path: &str) -> &'static str {
    let kind = path.strip_prefix("/v1/").unwrap_or_default();
    let kind = kind.split(['/', '?']).next().unwrap_or_default();
    match (kind, is_write) {
        ("invoices", false) => "invoice_read",
        ("invoices", true) => "invoice_write",
        ("credit_notes", false) => "credit_note_read",
        ("credit_notes", true) => "credit_note_write",
        ("tax_rates", _) => "tax_rate_read",
        ("events", _) => "event_read",
        // There is no other for the Secret Store.
        _ => "secret_write",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> FetchError {
        refusal(StatusCode::from_u16(status).unwrap(), body.as_bytes(), "invoice_read")
    }

    fn missing(message: &str) -> String {
        let body = serde_json::json!({ "error": { "message": message } }).to_string();
        match refused(403, &body) {
            FetchError::PermissionMissing { permission } => permission,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_permission_is_the_one_that_stripe_names() {
        let named = "The provided key 'rk_test_***canary' does not have the required permissions \
                     for this endpoint on account 'acct_7'. Having the 'rak_credit_note_write' \
                     permission would allow this request to continue.";
        assert_eq!(missing(named), "credit_note_write");
        assert_eq!(missing("Enabling Events Read ('event_read') permissions"), "event_read");
    }

    #[test]
    fn where_stripe_names_none_it_is_what_the_request_needs() {
        for message in ["", "Having more permission", "'RAK_READ'", "'rk_test_a1_read'"] {
            assert_eq!(missing(message), "invoice_read", "{message}");
        }
        let html = refused(403, "<html>");
        assert!(
            matches!(html, FetchError::PermissionMissing { permission } if permission == "invoice_read")
        );
    }

    #[test]
    fn an_account_that_is_not_connected_is_no_missing_permission() {
        let body = r#"{"error":{"code":"account_invalid","type":"invalid_request_error"}}"#;
        assert!(matches!(refused(403, body), FetchError::AccountUnknown));
        assert!(matches!(refused(401, body), FetchError::KeyRejected));
    }

    #[test]
    fn what_a_list_should_begin_at_may_be_gone() {
        let body = r#"{"error":{"code":"resource_missing","param":"ending_before"}}"#;
        assert!(matches!(refused(400, body), FetchError::NotFound));
        assert!(matches!(refused(400, "{}"), FetchError::Refused { status: 400 }));
    }
}
