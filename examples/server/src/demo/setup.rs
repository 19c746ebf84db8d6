//! The configuration of the demo's server, written as a person would.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_core::{Secret, TenantId};
use ksef_stripe::fetch::BaseAddress;
use ksef_stripe::webhook::WebhookSecret;

use super::Result;
use super::day::Cast;
use crate::command::private;
use crate::random::random;
use crate::web::hash_password;

/// The server has secrets in files; here they are made up.
#[derive(Debug)]
pub(super) struct Setup {
    folder: PathBuf,
    text: String,
    /// Name, role and password of everybody who may log in.
    pub(super) logins: Vec<(String, &'static str, String)>,
}

impl Setup {
    pub(super) fn new(folder: &Path) -> Result<Self> {
        let key = format!("demo {}\n", STANDARD.encode(random::<32>()?));
        private(&folder.join("keys.txt"), &key)?;
        private(&folder.join("checkpoint-key.txt"), &STANDARD.encode(random::<32>()?))?;
        let text = "\
listen = \"127.0.0.1:0\"
data = \"ledger\"
keys = { file = \"keys.txt\" }

[checkpoints]
name = \"ksef-demo\"
key = { file = \"checkpoint-key.txt\" }
folder = \"checkpoints\"

# The sandbox answers within milliseconds, and nobody waits long for a worker that was killed.
[worker]
lease_ms = 4000
concurrency = 4
idle_ms = 20
patience_ms = 1000
";
        Ok(Self { folder: folder.to_owned(), text: text.to_owned(), logins: Vec::new() })
    }

    /// Adds a company; returns the secret with which Stripe signs its webhooks.
    pub(super) fn add(
        &mut self,
        cast: &Cast,
        (api, token): (&str, &Secret<String>),
        stripe: &BaseAddress,
    ) -> Result<WebhookSecret> {
        let nip = cast.nip;
        let tenant = TenantId::from_bytes(cast.tenant)?;
        let webhook_secret = format!("whsec_{}", hex::<16>()?);
        let keep = |name: &str, secret: &str| private(&self.folder.join(name), secret);
        keep(&format!("{nip}.ksef-token"), token.expose())?;
        keep(&format!("{nip}.stripe-key"), &format!("rk_test_{}", hex::<12>()?))?;
        keep(&format!("{nip}.webhook-secret"), &webhook_secret)?;
        keep(&format!("{nip}.api-key"), &hex::<16>()?)?;
        let stripe = stripe.as_str();
        write!(
            self.text,
            "
[[company]]
tenant = \"{tenant}\"
environment = \"test\"
ksef_api = \"{api}\"
without_limits = true
ksef_token = {{ file = \"{nip}.ksef-token\" }}

[company.profile]
nip = \"{nip}\"
name = \"{}\"
address = \"ul. Przykładowa 1, 00-001 Warszawa\"
policies = {{ supplies = \"service\" }}

[company.stripe]
endpoint = \"{}\"
webhook_secrets = [{{ file = \"{nip}.webhook-secret\" }}]
key = {{ file = \"{nip}.stripe-key\" }}
api = \"{stripe}\"
nbp_api = \"{stripe}\"

[company.api]
key = {{ file = \"{nip}.api-key\" }}
",
            cast.name,
            cast.endpoint()
        )?;
        for (name, role) in cast.people {
            self.add_user(name, role)?;
        }
        Ok(WebhookSecret::new(webhook_secret))
    }

    fn add_user(&mut self, name: &str, role: &'static str) -> Result<()> {
        let password = hex::<8>()?;
        let hash = hash_password(&password)?;
        write!(
            self.text,
            "\n[[company.user]]\nname = \"{name}\"\nrole = \"{role}\"\npassword_hash = \"{hash}\"\n"
        )?;
        self.logins.push((name.to_owned(), role, password));
        Ok(())
    }

    /// Writes the file, and says where it is.
    pub(super) fn write(&self) -> Result<PathBuf> {
        let file = self.folder.join("server.toml");
        private(&file, &self.text)?;
        Ok(file)
    }
}

fn hex<const N: usize>() -> Result<String> {
    Ok(random::<N>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}
