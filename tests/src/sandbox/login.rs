//! Logging in.

use ksef_client::xades::test_certificates::{KeyKind, TestCertificate, TestIdentity};
use ksef_client::xades::{AuthTokenRequest, SubjectIdentifierType};
use ksef_core::ContextIdentifier;
use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::{Answer, CheckedSandbox, Client, encrypt_to, request};

/// What a public key of KSeF is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two that KSeF has")]
pub enum Usage {
    /// To encrypt a KSeF token at login.
    KsefTokenEncryption,
    /// To encrypt the key of a session or an export.
    SymmetricKeyEncryption,
}

/// A public key of KSeF.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PublicKey {
    /// The certificate, DER in Base64.
    pub certificate: String,
    /// `publicKeyId`.
    pub id: String,
}

/// A login that was taken.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Login {
    /// Its number.
    pub reference_number: String,
    /// The token to ask about it.
    pub authentication_token: String,
}

impl CheckedSandbox {
    /// The key of KSeF for this usage.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn public_key(&self, usage: Usage) -> Result<PublicKey, Failed> {
        let usage = format!("{usage:?}");
        let path = "/security/public-key-certificates";
        let answer = self.ask(&request("GET", path, None, None)?)?.expect(200)?;
        let is_for = |key: &&Value| key.pointer("/usage/0").and_then(Value::as_str) == Some(&usage);
        let found = answer.list("")?.iter().find(is_for);
        let field = |name: &str| found.and_then(|key| key.get(name)?.as_str()).map(str::to_owned);
        match (field("certificate"), field("publicKeyId")) {
            (Some(certificate), Some(id)) => Ok(PublicKey { certificate, id }),
            _ => Err(format!("no key for {usage}").into()),
        }
    }

    /// A challenge: the answer with `challenge` and `timestampMs`.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub fn challenge(&self) -> Result<Answer, Failed> {
        self.ask(&request("POST", "/auth/challenge", None, None)?)?.expect(200)
    }

    /// A signed login that answers this challenge, on behalf of a context such as `Nip/5265877635`.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn signed_login(
        &self,
        challenge: &str,
        context: &str,
        subject: SubjectIdentifierType,
        identity: &TestIdentity,
    ) -> Result<Vec<u8>, Failed> {
        let context: ContextIdentifier = context.parse()?;
        let login = AuthTokenRequest::new(challenge.parse()?, context, subject)?;
        let key = identity.signing_key()?;
        Ok(key.sign(login.to_canonical_xml(), self.now()?)?.into_bytes())
    }

    /// Sends a signed login; the query may be `?verifyCertificateChain=true`.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn submit_signed(&self, signed: Vec<u8>, query: &str) -> Result<Answer, Failed> {
        let request = http::Request::post(format!("/v2/auth/xades-signature{query}"))
            .header("Content-Type", "application/xml")
            .body(signed.into())?;
        self.ask(&request)
    }

    /// The body of a login with a KSeF token, as a well-behaved client makes it.
    ///
    /// # Errors
    ///
    /// When there is no challenge or no key.
    pub fn token_login(&self, token: &str, nip: &str) -> Result<Value, Failed> {
        let challenge = self.challenge()?;
        let milliseconds = challenge.number("/timestampMs")?;
        let key = self.public_key(Usage::KsefTokenEncryption)?;
        let plain = format!("{token}|{milliseconds}");
        Ok(json!({
            "challenge": challenge.text("/challenge")?,
            "contextIdentifier": { "type": "Nip", "value": nip },
            "encryptedToken": encrypt_to(&key.certificate, plain.as_bytes())?,
            "publicKeyId": key.id,
        }))
    }

    /// Sends the body of a login with a KSeF token.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn submit_token(&self, body: &Value) -> Result<Answer, Failed> {
        self.ask(&request("POST", "/auth/ksef-token", None, Some(body))?)
    }

    /// What is told about a login.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub fn login_status(&self, login: &Login) -> Result<Answer, Failed> {
        let path = format!("/auth/{}", login.reference_number);
        self.ask(&request("GET", &path, Some(&login.authentication_token), None)?)?.expect(200)
    }

    /// The tokens of a login.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn redeem(&self, login: &Login) -> Result<Answer, Failed> {
        self.ask(&request("POST", "/auth/token/redeem", Some(&login.authentication_token), None)?)
    }

    /// Logs in with the seal of a taxpayer.
    ///
    /// # Errors
    ///
    /// When that fails.
    pub fn log_in(&self, nip: &str) -> Result<Client<'_>, Failed> {
        let identity = TestCertificate::seal(nip.parse()?).build(KeyKind::P256, self.now()?)?;
        self.log_in_as(&identity, &format!("Nip/{nip}"))
    }

    /// Logs in with a certificate, on behalf of a context.
    ///
    /// # Errors
    ///
    /// When that fails.
    pub fn log_in_as(&self, identity: &TestIdentity, context: &str) -> Result<Client<'_>, Failed> {
        let challenge = self.challenge()?;
        let subject = SubjectIdentifierType::CertificateSubject;
        let signed =
            self.signed_login(challenge.text("/challenge")?, context, subject, identity)?;
        self.enter(&Login::of(&self.submit_signed(signed, "")?)?)
    }

    /// Logs in with a KSeF token.
    ///
    /// # Errors
    ///
    /// When that fails.
    pub fn log_in_with_token(&self, token: &str, nip: &str) -> Result<Client<'_>, Failed> {
        let body = self.token_login(token, nip)?;
        self.enter(&Login::of(&self.submit_token(&body)?)?)
    }

    /// Waits for a login to end well and takes its tokens.
    ///
    /// # Errors
    ///
    /// When it ends otherwise.
    pub fn enter(&self, login: &Login) -> Result<Client<'_>, Failed> {
        let mut status = self.login_status(login)?.status()?;
        for _ in 0..10 {
            if status.code != 100 {
                break;
            }
            self.advance(std::time::Duration::from_secs(1));
            status = self.login_status(login)?.status()?;
        }
        if status.code != 200 {
            return Err(format!("the login ended with {status:?}").into());
        }
        let tokens = self.redeem(login)?.expect(200)?;
        Client::new(self, &tokens)
    }
}

impl Login {
    /// Reads the answer to a login.
    ///
    /// # Errors
    ///
    /// When it was not taken.
    pub fn of(answer: &Answer) -> Result<Self, Failed> {
        let answer = answer.clone().expect(202)?;
        Ok(Self {
            reference_number: answer.text("/referenceNumber")?.to_owned(),
            authentication_token: answer.text("/authenticationToken/token")?.to_owned(),
        })
    }
}
