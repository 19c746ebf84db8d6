//! The header `Stripe-Signature`.

use core::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use ksef_core::{Secret, Timestamp};
use sha2::Sha256;

/// The signing secret of a webhook endpoint (`whsec_…`). Never shown.
pub struct WebhookSecret(Secret<String>);

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The header is not of the form `t=…,v1=…`.
    #[error("the header Stripe-Signature cannot be read; pass it on as it came")]
    Header,
    /// The header has no signature of the scheme `v1`.
    #[error("the header Stripe-Signature has no signature of the scheme v1")]
    NoSignature,
    /// No signature was made with a known secret over these bytes.
    #[error(
        "no signature matches: check the endpoint's secret, and that the body is passed on \
         byte for byte"
    )]
    Mismatch,
    /// The signature is too old: a replay, or a clock that goes ahead.
    #[error("the signature is too old; check the clock")]
    TooOld,
    /// The signature is of a time that is still to come.
    #[error("the signature is of a time that is still to come; check the clock")]
    InTheFuture,
}

impl WebhookSecret {
    /// The secret as Stripe shows it, `whsec_…` with its prefix.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Secret::new(secret.into()))
    }

    /// The header that Stripe would send with this body at this time: for tests, and for webhooks of
    /// one's own in the same scheme.
    #[must_use]
    pub fn sign(&self, body: &[u8], at: Timestamp) -> String {
        use fmt::Write as _;

        let seconds = (at.as_unix_milliseconds().div_euclid(1000)).to_string();
        let mut header = format!("t={seconds},v1=");
        for byte in self.mac(&seconds, body).finalize().into_bytes() {
            // Writing to a string does not fail.
            let _ = write!(header, "{byte:02x}");
        }
        header
    }

    fn mac(&self, seconds: &str, body: &[u8]) -> Hmac<Sha256> {
        let key = self.0.expose().as_bytes();
        // A key may have any length: the error cannot come.
        let mut mac =
            Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()));
        mac.update(seconds.as_bytes());
        mac.update(b".");
        mac.update(body);
        mac
    }
}

impl Clone for WebhookSecret {
    fn clone(&self) -> Self {
        Self::new(self.0.expose().as_str())
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// Compares in constant time. The time is looked at once a signature holds, so that nobody who
/// lacks the secret learns anything of it.
pub(super) fn check(
    secrets: &[WebhookSecret],
    tolerance: Duration,
    body: &[u8],
    header: &str,
    now: Timestamp,
) -> Result<(), SignatureError> {
    let header = Header::read(header)?;
    let holds = |value: &Vec<u8>| {
        secrets.iter().any(|secret| secret.mac(header.seconds, body).verify_slice(value).is_ok())
    };
    if !header.values.iter().any(holds) {
        return Err(SignatureError::Mismatch);
    }
    let oldest = now.checked_sub(tolerance).unwrap_or(Timestamp::MIN);
    let newest = now.checked_add(tolerance).unwrap_or(Timestamp::MAX);
    if header.time < oldest {
        return Err(SignatureError::TooOld);
    }
    if header.time > newest { Err(SignatureError::InTheFuture) } else { Ok(()) }
}

struct Header<'h> {
    /// As it stands there: these digits are signed.
    seconds: &'h str,
    time: Timestamp,
    values: Vec<Vec<u8>>,
}

impl<'h> Header<'h> {
    fn read(header: &'h str) -> Result<Self, SignatureError> {
        let mut seconds = None;
        let mut values = Vec::new();
        for part in header.split(',') {
            let (name, value) = part.trim().split_once('=').ok_or(SignatureError::Header)?;
            match name {
                "t" if seconds.is_some() => return Err(SignatureError::Header),
                "t" => seconds = Some(value),
                "v1" => values.push(bytes(value).ok_or(SignatureError::Header)?),
                // Other schemes, such as the v0 of tests, prove nothing.
                _ => {}
            }
        }
        let seconds = seconds.ok_or(SignatureError::Header)?;
        let time = seconds.parse().ok().and_then(|seconds: i64| seconds.checked_mul(1000));
        let time = time.and_then(|time| Timestamp::from_unix_milliseconds(time).ok());
        let time = time.ok_or(SignatureError::Header)?;
        if values.is_empty() {
            return Err(SignatureError::NoSignature);
        }
        Ok(Self { seconds, time, values })
    }
}

/// Hexadecimal digits as bytes.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
    let is_whole = digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit);
    if is_whole { digits.chunks(2).map(byte).collect() } else { None }
}
