//! `Order`, what a worker of the demo is told, on its standard input: the command line and the
//! environment of a process are for others to see.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_audit::secrets::{DataKeys, KeyProvider, KeyRing, Owner, WrappedKey};
use ksef_audit::{Sqlite, Tenant, Test};
use ksef_client::{Client, PollPolicy, RetryPolicy};
use ksef_core::{Clock, Endpoints, Environment, Nip, Secret, TenantId};
use ksef_stripe::{Policies, Profile};
use serde::{Deserialize, Serialize};

use super::Result;
use super::clock::DayClock;
use super::day::Cast;
use super::doubles::Doubles;
use crate::company::Company;
use crate::ksef::Ksef;
use crate::random::random;

/// The sandbox answers within milliseconds.
const PAUSE: Duration = Duration::from_millis(5);

/// What a worker has to know.
#[derive(Deserialize, Serialize)]
pub(super) struct Order {
    api: String,
    clock: DayClock,
    folder: PathBuf,
    key_ring: String,
    companies: Vec<Login>,
}

#[derive(Deserialize, Serialize)]
struct Login {
    tenant: TenantId,
    token: String,
    key_id: String,
    key_version: u32,
    key: String,
}

impl Order {
    /// For these companies, each with a KSeF token of its own.
    pub(super) async fn new(
        api: String,
        clock: DayClock,
        folder: PathBuf,
        tokens: Vec<(TenantId, Secret<String>)>,
    ) -> Result<Self> {
        let key_ring = format!("demo {}", STANDARD.encode(random::<32>()?));
        let ring = KeyRing::parse(&key_ring)?;
        let mut companies = Vec::new();
        for (tenant, token) in tokens {
            let owner = Owner::new(tenant, Environment::Test);
            let (_, wrapped) = DataKeys::create(owner, &ring).await?;
            companies.push(Login {
                tenant,
                token: token.expose().clone(),
                key_id: wrapped.key_id.to_string(),
                key_version: wrapped.version,
                key: STANDARD.encode(&wrapped.bytes),
            });
        }
        Ok(Self { api, clock, folder, key_ring, companies })
    }

    /// The companies, open.
    pub(super) async fn companies(&self) -> Result<Vec<Arc<Company<Test>>>> {
        let ring = KeyRing::parse(&self.key_ring)?;
        let ledgers = Sqlite::open(&self.folder).await?;
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let client = Client::builder_for(Endpoints::custom(Environment::Test, &self.api)?)
            .clock(Arc::clone(&clock))
            .retry(RetryPolicy::new().first_pause(PAUSE))
            .without_limiter()
            .build()?;
        let mut companies = Vec::new();
        for login in &self.companies {
            let cast = Cast::of(login.tenant).ok_or("nobody knows this company")?;
            let nip: Nip = cast.nip.parse()?;
            let token = Secret::new(login.token.clone());
            let poll = PollPolicy::new().first_pause(PAUSE);
            companies.push(Arc::new(Company {
                ledger: Tenant::open(&ledgers, login.tenant).await?,
                profile: profile(nip, cast.name)?,
                ksef: Ksef::new(client.clone(), nip, token, poll),
                keys: login.keys(&ring).await?,
                sources: Arc::new(Doubles::new(cast.day, super::morning()?)),
                clock: Arc::clone(&clock),
            }));
        }
        Ok(companies)
    }
}

impl Login {
    async fn keys(&self, ring: &dyn KeyProvider) -> Result<DataKeys> {
        let owner = Owner::new(self.tenant, Environment::Test);
        let bytes = STANDARD.decode(&self.key)?;
        let key = WrappedKey { version: self.key_version, key_id: self.key_id.parse()?, bytes };
        Ok(DataKeys::unlock(owner, ring, &[key]).await?)
    }
}

fn profile(nip: Nip, name: &str) -> Result<Profile> {
    let mut profile = Profile::new(nip, name, "ul. Przykładowa 1, 00-001 Warszawa");
    let policies = serde_json::json!({ "supplies": "service" });
    profile.policies = serde_json::from_value::<Policies>(policies)?;
    Ok(profile)
}
