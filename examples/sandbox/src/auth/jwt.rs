//! The tokens of a login: JSON web tokens, signed with HMAC-SHA-256.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ksef_core::{Environment, Timestamp};
use serde::{Deserialize, Serialize};

/// `{"alg":"HS256","typ":"JWT"}`
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// What a token is for (`typ`).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(clippy::enum_variant_names, reason = "they are the names in the tokens")]
pub(crate) enum TokenType {
    /// To ask for the status of a login, and for the other two.
    AuthenticationToken,
    /// The access token.
    ContextToken,
    RefreshToken,
}

/// What a token says, under the names that the real ones have, as far as the sandbox reads it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Claims {
    pub(crate) typ: TokenType,
    /// The reference number of the login.
    pub(crate) arn: String,
    /// The type and the value of the context.
    pub(crate) cit: String,
    pub(crate) civ: String,
    /// The rights, as a JSON array in a text.
    pub(crate) per: String,
    /// When it was issued and when it ends, in seconds since 1970.
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    pub(crate) iss: String,
    pub(crate) aud: String,
}

/// What an access token says beside its [`Claims`]. The sandbox never reads it: it is for clients
/// that look into their tokens, which none should.
///
/// These claims are not documented; the names are those of real tokens. Lists and objects are JSON
/// in a text, as `per` is. Where the meaning is not known, the list is empty.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SubjectClaims {
    /// How the caller logged in: `authenticationMethod` of the OpenAPI.
    pub(crate) aum: String,
    /// The details of the subject, an object.
    pub(crate) sud: String,
    pub(crate) pec: String,
    pub(crate) rol: String,
    pub(crate) pep: String,
    /// From which addresses the token may be used, an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iop: Option<String>,
}

/// Both in one object.
#[derive(Serialize)]
struct AccessClaims<'a> {
    #[serde(flatten)]
    claims: &'a Claims,
    #[serde(flatten)]
    subject: &'a SubjectClaims,
}

/// Why a token counts for nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum JwtFault {
    #[error("this is no token of this sandbox")]
    Foreign,
    #[error("the token has ended")]
    Expired,
}

impl Claims {
    /// The token.
    pub(crate) fn sign(&self, key: &hmac::Key) -> String {
        token(key, self)
    }

    /// The token, which says more of who has it.
    pub(crate) fn sign_with(&self, subject: &SubjectClaims, key: &hmac::Key) -> String {
        token(key, &AccessClaims { claims: self, subject })
    }

    /// What a token says, if it was made with this key and has not ended.
    pub(crate) fn read(token: &str, key: &hmac::Key, now: Timestamp) -> Result<Self, JwtFault> {
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtFault::Foreign)?;
        let decode = |text| URL_SAFE_NO_PAD.decode(text).map_err(|_| JwtFault::Foreign);
        hmac::verify(key, signed.as_bytes(), &decode(signature)?).map_err(|_| JwtFault::Foreign)?;
        let (_, claims) = signed.split_once('.').ok_or(JwtFault::Foreign)?;
        let claims: Self =
            serde_json::from_slice(&decode(claims)?).map_err(|_| JwtFault::Foreign)?;
        if now.as_unix_milliseconds().div_euclid(1000) < claims.exp {
            Ok(claims)
        } else {
            Err(JwtFault::Expired)
        }
    }
}

fn token(key: &hmac::Key, claims: &impl Serialize) -> String {
    // Objects of texts and numbers always have a JSON form.
    let claims = serde_json::to_vec(claims).unwrap_or_default();
    let signed = format!("{HEADER}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(key, signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// Who issues the tokens (`iss`), and for whom (`aud`). Only the one of TEST was ever seen; the
/// others are ours.
pub(crate) const fn issuer(environment: Environment) -> &'static str {
    match environment {
        Environment::Test => "ksef-api-te",
        Environment::Demo => "ksef-api-tr",
        Environment::Production => "ksef-api",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, b"secret")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_milliseconds(seconds * 1000).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            typ: TokenType::ContextToken,
            arn: "20251002-AU-190FB15000-242991F8C9-B4".to_owned(),
            cit: "Nip".to_owned(),
            civ: "5265877635".to_owned(),
            per: "[\"InvoiceRead\"]".to_owned(),
            iat: 1_780_000_000,
            exp: 1_780_000_900,
            iss: "ksef-api-te".to_owned(),
            aud: "ksef-api-te".to_owned(),
        }
    }

    #[test]
    fn a_token_is_read_until_it_ends() {
        let token = claims().sign(&key());
        assert_eq!(Claims::read(&token, &key(), at(1_780_000_899)), Ok(claims()));
        let ended = Claims::read(&token, &key(), at(1_780_000_900));
        assert_eq!(ended, Err(JwtFault::Expired));
    }

    #[test]
    fn an_access_token_says_more_and_reads_the_same() {
        let subject = SubjectClaims {
            aum: "Token".to_owned(),
            sud: "{}".to_owned(),
            pec: "[]".to_owned(),
            rol: "[]".to_owned(),
            pep: "[]".to_owned(),
            iop: None,
        };
        let token = claims().sign_with(&subject, &key());
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(payload["aum"], "Token");
        assert_eq!(payload["typ"], "ContextToken");
        assert!(payload.get("iop").is_none());
        assert_eq!(Claims::read(&token, &key(), at(1_780_000_000)), Ok(claims()));
    }

    #[test]
    fn a_token_of_another_key_or_without_a_signature_is_foreign() {
        let other = hmac::Key::new(hmac::HMAC_SHA256, b"other");
        let foreign = Claims::read(&claims().sign(&other), &key(), at(1_780_000_000));
        assert_eq!(foreign, Err(JwtFault::Foreign));
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims()).unwrap());
        let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"none"}"#);
        let unsigned = Claims::read(&format!("{header}.{payload}."), &key(), at(1_780_000_000));
        assert_eq!(unsigned, Err(JwtFault::Foreign));
    }

    #[test]
    fn the_header_is_what_it_says() {
        let header = URL_SAFE_NO_PAD.decode(HEADER).unwrap();
        assert_eq!(header, br#"{"alg":"HS256","typ":"JWT"}"#);
    }

    proptest! {
        #[test]
        fn a_changed_token_is_foreign(position in 0_usize..1000, character in "[A-Za-z0-9._-]") {
            let token = claims().sign(&key());
            let position = position % token.len();
            let mut changed = token.clone();
            changed.replace_range(position..=position, &character);
            prop_assume!(changed != token);
            let read = Claims::read(&changed, &key(), at(1_780_000_000));
            prop_assert_eq!(read, Err(JwtFault::Foreign));
        }

        #[test]
        fn any_text_is_foreign(text in ".{0,80}") {
            prop_assert_eq!(Claims::read(&text, &key(), at(1_780_000_000)), Err(JwtFault::Foreign));
        }
    }
}
