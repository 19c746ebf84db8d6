//! The configuration of the demo's server and its companies, set up as a person would.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_audit::secrets::{ConnectionUpdate, LoginMethod, SecretName, SecretUpdate};
use ksef_core::submission::Decision;
use ksef_core::{Clock as _, Secret, TenantId};
use ksef_stripe::fetch::BaseAddress;
use ksef_stripe::webhook::WebhookSecret;

use super::day::Cast;
use super::{DayClock, Result};
use crate::command::private;
use crate::config::Config;
use crate::onboarding::{NewCompany, StripeUpdate, add_user, connect_stripe, create, new_api_key};
use crate::random::{hex, random};
use crate::safe::Safe;
use crate::settings::{POLICIES, Role};

/// The server's configuration with secrets that are made up, and the companies in its ledgers.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) config: PathBuf,
    safe: Safe,
    clock: DayClock,
    /// Name, role and password of everybody who may log in.
    pub(super) logins: Vec<(String, &'static str, String)>,
    /// The keys for programs, by company.
    pub(super) api_keys: Vec<Secret<String>>,
}

impl Setup {
    /// Writes the configuration of a server whose KSeF is at this address.
    pub(super) async fn new(
        folder: &Path,
        ksef_api: &str,
        database: Option<&str>,
        clock: &DayClock,
    ) -> Result<Self> {
        let key = format!("demo {}\n", STANDARD.encode(random::<32>()?));
        private(&folder.join("keys.txt"), &key)?;
        private(&folder.join("checkpoint-key.txt"), &STANDARD.encode(random::<32>()?))?;
        let database = database.map(|url| format!("database = \"{url}\"\n")).unwrap_or_default();
        let text = format!(
            "\
listen = \"127.0.0.1:0\"
{database}data = \"ledger\"
keys = {{ file = \"keys.txt\" }}

[checkpoints]
name = \"ksef-demo\"
key = {{ file = \"checkpoint-key.txt\" }}
folder = \"checkpoints\"

# The sandbox answers within milliseconds, and nobody waits long for a worker that was killed.
[worker]
lease_ms = 4000
concurrency = 4
idle_ms = 20
patience_ms = 1000

[sandbox]
ksef_api = \"{ksef_api}\"
without_limits = true
"
        );
        let config = folder.join("server.toml");
        private(&config, &text)?;
        let safe = Safe::open(&read(&config)?).await?;
        let (logins, api_keys) = (Vec::new(), Vec::new());
        Ok(Self { config, safe, clock: clock.clone(), logins, api_keys })
    }

    /// Adds a company; returns the secret with which Stripe signs its webhooks.
    pub(super) async fn add(
        &mut self,
        cast: &Cast,
        token: &Secret<String>,
        stripe: &BaseAddress,
    ) -> Result<WebhookSecret> {
        let webhook_secret = format!("whsec_{}", hex::<16>()?);
        let [(owner, role), others @ ..] = cast.people else { return Err("nobody logs in".into()) };
        let company = NewCompany {
            nip: cast.nip.parse()?,
            name: cast.name.to_owned(),
            address: "ul. Przykładowa 1, 00-001 Warszawa".to_owned(),
            owner: (*owner).to_owned(),
        };
        let tenant = TenantId::from_bytes(cast.tenant)?;
        let (safe, now) = (self.safe.clone(), self.clock.now());
        let password = self.password(owner, role)?;
        let ledger = create(&safe, tenant, &company, &password, now).await?;
        let by = (&Decision::new(*owner, "the demo")?, now);
        for (name, role) in others {
            let password = self.password(name, role)?;
            add_user(&safe, &ledger, (name, Role::Accountant), &password, by).await?;
        }
        let policies = serde_json::json!({ "policies": { "supplies": "service" } });
        let policies = POLICIES.set(0, &serde_json::from_value(policies)?)?;
        ledger.change_application(vec![policies], &safe.vault, by.0, now).await?;
        let token = SecretUpdate::from_form(token.expose().as_str());
        let connection = ConnectionUpdate {
            method: LoginMethod::KsefToken,
            expires_at: None,
            secrets: [(SecretName::KsefToken, token)].into(),
        };
        ledger.change_connection(connection, &safe.vault, by.0, now).await?;
        let stripe = StripeUpdate {
            endpoint: Some(cast.endpoint().parse()?),
            key: Some(Secret::new(format!("rk_test_{}", hex::<12>()?))),
            webhook_secrets: Some(Secret::new(webhook_secret.clone())),
            doubles: Some(stripe.as_str().to_owned()),
            account: None,
            has_app: None,
        };
        connect_stripe(&safe, &ledger, stripe, by).await?;
        self.api_keys.push(new_api_key(&safe, &ledger, by).await?);
        Ok(WebhookSecret::new(webhook_secret))
    }

    fn password(&mut self, name: &str, role: &'static str) -> Result<Secret<String>> {
        let password = hex::<8>()?;
        self.logins.push((name.to_owned(), role, password.clone()));
        Ok(Secret::new(password))
    }
}

/// The configuration alone: what the environment says is for another server.
pub(super) fn read(config: &Path) -> Result<Config> {
    Ok(Config::read_with(config, |_| None)?)
}
