//! Signed links: whoever has one may read or write one document for a time, without a token.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use http::header::HeaderName;
use ksef_core::Timestamp;

use crate::exchange::{Query, Reply};

/// The version of the shared access signatures that the real storage speaks.
const VERSION: &str = "2025-01-05";
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
#[expect(clippy::too_many_arguments, reason = "a link is made of all of them")]
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
    let signature =
        STANDARD.encode(hmac::sign(key, &signed_text(access.code(), path, &from, &until)));
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("sv", VERSION)
        .append_pair("st", &from)
        .append_pair("se", &until)
        .append_pair("sr", "b")
        .append_pair("sp", access.code())
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
    let parameter = |name| query.first(name).ok_or(StorageFault::Signature);
    let (permission, from, until) = (parameter("sp")?, parameter("st")?, parameter("se")?);
    let signature = STANDARD.decode(parameter("sig")?).map_err(|_| StorageFault::Signature)?;
    hmac::verify(key, &signed_text(permission, path, from, until), &signature)
        .map_err(|_| StorageFault::Signature)?;
    let time = |text: &str| text.parse::<Timestamp>().map_err(|_| StorageFault::Signature);
    if now < time(from)? || now >= time(until)? {
        return Err(StorageFault::Expired);
    }
    if permission == access.code() { Ok(()) } else { Err(StorageFault::Access) }
}

fn signed_text(permission: &str, path: &str, from: &str, until: &str) -> Vec<u8> {
    [permission, from, until, path, VERSION].join("\n").into_bytes()
}

/// `2026-11-20T12:00:00Z`, cut to the second.
fn second(time: Timestamp) -> String {
    let text = time.to_string();
    format!("{}Z", text.get(..19).unwrap_or(&text))
}

impl StorageFault {
    const fn status(self) -> StatusCode {
        match self {
            Self::Signature | Self::Expired | Self::Access => StatusCode::FORBIDDEN,
            Self::Authorization | Self::BlobType => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Signature | Self::Expired => "AuthenticationFailed",
            Self::Access => "AuthorizationPermissionMismatch",
            Self::Authorization => "InvalidAuthenticationInfo",
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
        Query::parse(link.split_once('?').unwrap().1)
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
            prop_assume!(!["sp", "st", "se", "sig"].into_iter().all(same));
            prop_assert!(check(&key(), Access::Read, PATH, &parsed, now()).is_err());
        }
    }
}
