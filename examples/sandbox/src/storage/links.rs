//! Signed links: whoever has one may read or write one document for a time, without a token.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use http::header::HeaderName;
use ksef_core::Timestamp;

use crate::exchange::{Query, Reply};

/// The parameters of a link that its signature covers, beside the path.
const SIGNED: [&str; 6] = ["skoid", "sv", "st", "se", "sr", "sp"];
/// In whose name the real storage signs; made up, and the same for all links.
const SIGNER: &str = "00000000-0000-4000-8000-6b7365660000";
/// The version of the shared access signatures that the real storage speaks.
const VERSION: &str = "2025-01-05";
/// A link is for a single document, a blob.
const RESOURCE: &str = "b";
/// Links are valid from a little before they are made, as the real ones are.
const LEEWAY: Duration = Duration::from_secs(5 * 60);

/// What a link allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Access {
    const fn code(self) -> &'static str {
        match self {
            Self::Read => "r",
            Self::Write => "w",
        }
    }
}

/// Why the storage answers nothing else; its errors are XML and have words of their own.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum StorageFault {
    #[error("the link has no signature, or it was changed")]
    Signature,
    #[error("the link is not valid yet, or not any more")]
    Expired,
    #[error("the link does not allow this method")]
    Access,
    #[error("a link is used without an Authorization header")]
    Authorization,
    #[error("there is no such document")]
    NotFound,
    #[error("the header x-ms-blob-type is missing or names another type than BlockBlob")]
    BlobType,
}

/// The address of a document, with the right to it until a time.
///
/// `path` is the part below `/storage/`; `public_url` has no slash at its end.
#[expect(clippy::too_many_arguments, reason = "where it leads, what it allows, and for how long")]
pub(crate) fn link(
    public_url: &str,
    key: &hmac::Key,
    access: Access,
    path: &str,
    now: Timestamp,
    lifetime: Duration,
) -> String {
    let from = now.checked_sub(LEEWAY).unwrap_or(Timestamp::MIN);
    let until = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
    let (from, until) = (second(from), second(until));
    let values = [SIGNER, VERSION, &from, &until, RESOURCE, access.code()];
    let signature = STANDARD.encode(hmac::sign(key, &signed_text(path, values)));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(SIGNED.into_iter().zip(values))
        .append_pair("sig", &signature)
        .finish();
    format!("{public_url}/storage/{path}?{query}")
}

/// Whether a request may do with the document what it wants to.
pub(crate) fn check(
    key: &hmac::Key,
    access: Access,
    path: &str,
    query: &Query,
    now: Timestamp,
) -> Result<(), StorageFault> {
    let [Some(signer), Some(version), Some(from), Some(until), Some(resource), Some(permission)] =
        SIGNED.map(|name| query.first(name))
    else {
        return Err(StorageFault::Signature);
    };
    let values = [signer, version, from, until, resource, permission];
    let signature = query.first("sig").ok_or(StorageFault::Signature)?;
    let signature = STANDARD.decode(signature).map_err(|_| StorageFault::Signature)?;
    hmac::verify(key, &signed_text(path, values), &signature)
        .map_err(|_| StorageFault::Signature)?;
    let time = |text: &str| text.parse::<Timestamp>().map_err(|_| StorageFault::Signature);
    if now < time(from)? || now >= time(until)? {
        return Err(StorageFault::Expired);
    }
    if permission == access.code() { Ok(()) } else { Err(StorageFault::Access) }
}

fn signed_text(path: &str, values: [&str; 6]) -> Vec<u8> {
    format!("{}\n{path}", values.join("\n")).into_bytes()
}

/// `2026-11-20T12:00:00Z`, cut to the second.
fn second(time: Timestamp) -> String {
    let text = time.to_string();
    format!("{}Z", text.get(..19).unwrap_or(&text))
}

impl StorageFault {
    const fn status(self) -> StatusCode {
        match self {
            Self::Signature | Self::Expired | Self::Access | Self::Authorization => {
                StatusCode::FORBIDDEN
            }
            Self::BlobType => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            // The real storage answers a bearer token like this too, whatever the link is worth.
            Self::Signature | Self::Expired | Self::Authorization => "AuthenticationFailed",
            Self::Access => "AuthorizationPermissionMismatch",
            Self::NotFound => "BlobNotFound",
            Self::BlobType => "MissingRequiredHeader",
        }
    }
}

impl From<StorageFault> for Reply {
    fn from(fault: StorageFault) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{}</Code><Message>{fault}</Message></Error>",
            fault.code(),
        );
        Self::with_content(fault.status(), "application/xml", body)
            .header(HeaderName::from_static("x-ms-error-code"), fault.code())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATH: &str = "09/20251002-so-190fb15000-242991f8c9-b4/upo/upo_00.xml";

    fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, b"secret")
    }

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn query(link: &str) -> Query {
        Query::parse(parameters(link))
    }

    fn parameters(link: &str) -> &str {
        link.split_once('?').unwrap().1
    }

    fn made() -> String {
        link("http://localhost", &key(), Access::Read, PATH, now(), Duration::from_secs(3600))
    }

    #[test]
    fn a_link_opens_its_document_for_its_time() {
        let at = |seconds| now().checked_add(Duration::from_secs(seconds)).unwrap();
        let check = |now| check(&key(), Access::Read, PATH, &query(&made()), now);
        assert_eq!(check(at(0)), Ok(()));
        assert_eq!(check(at(3599)), Ok(()));
        assert_eq!(check(at(3600)), Err(StorageFault::Expired));
        let early = now().checked_sub(Duration::from_secs(301)).unwrap();
        assert_eq!(check(early), Err(StorageFault::Expired));
    }

    #[test]
    fn a_link_looks_like_that_of_the_real_storage() {
        let link = made();
        assert!(link.starts_with(&format!("http://localhost/storage/{PATH}?")));
        let names: Vec<&str> =
            parameters(&link).split('&').map(|pair| pair.split_once('=').unwrap().0).collect();
        assert_eq!(names, ["skoid", "sv", "st", "se", "sr", "sp", "sig"]);
        let query = query(&link);
        assert_eq!(query.first("sv"), Some("2025-01-05"));
        assert_eq!(query.first("st"), Some("2026-11-20T11:55:00Z"));
        assert_eq!(query.first("se"), Some("2026-11-20T13:00:00Z"));
        assert_eq!(query.first("sp"), Some("r"));
    }

    #[test]
    fn a_link_without_one_of_its_parameters_opens_nothing() {
        let link = made();
        for name in SIGNED.into_iter().chain(["sig"]) {
            let is_kept = |pair: &&str| pair.split_once('=').unwrap().0 != name;
            let rest: Vec<&str> = parameters(&link).split('&').filter(is_kept).collect();
            let checked = check(&key(), Access::Read, PATH, &Query::parse(&rest.join("&")), now());
            assert_eq!(checked, Err(StorageFault::Signature), "{name}");
        }
    }

    #[test]
    fn a_fault_is_told_as_the_real_storage_tells_it() {
        for (fault, status, code) in [
            (StorageFault::Signature, 403, "AuthenticationFailed"),
            (StorageFault::Expired, 403, "AuthenticationFailed"),
            (StorageFault::Authorization, 403, "AuthenticationFailed"),
            (StorageFault::Access, 403, "AuthorizationPermissionMismatch"),
            (StorageFault::NotFound, 404, "BlobNotFound"),
            (StorageFault::BlobType, 400, "MissingRequiredHeader"),
        ] {
            let response = Reply::from(fault).into_response();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()["content-type"], "application/xml");
            assert_eq!(response.headers()["x-ms-error-code"], code);
            let expected = format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
                 <Error><Code>{code}</Code><Message>{fault}</Message></Error>"
            );
            assert_eq!(response.body(), expected.as_bytes());
        }
    }

    #[test]
    fn a_link_opens_nothing_else() {
        let query = query(&made());
        let other = check(&key(), Access::Read, "09/other.xml", &query, now());
        assert_eq!(other, Err(StorageFault::Signature));
        let write = check(&key(), Access::Write, PATH, &query, now());
        assert_eq!(write, Err(StorageFault::Access));
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"other");
        let foreign = check(&key, Access::Read, PATH, &query, now());
        assert_eq!(foreign, Err(StorageFault::Signature));
    }

    proptest! {
        #[test]
        fn a_changed_link_opens_nothing(position in 0_usize..300, byte in b'0'..=b'z') {
            let link = made();
            let start = link.find('?').unwrap() + 1;
            let position = start + position % (link.len() - start);
            let mut changed = link.clone().into_bytes();
            changed[position] = byte;
            let changed = String::from_utf8(changed).unwrap();
            let parsed = Query::parse(&changed[start..]);
            let same = |name| parsed.first(name) == query(&link).first(name);
            prop_assume!(!SIGNED.into_iter().chain(["sig"]).all(same));
            prop_assert!(check(&key(), Access::Read, PATH, &parsed, now()).is_err());
        }
    }
}
