//! Tenants that cannot reach each other, whatever they do.

use std::sync::Arc;

use ksef_audit::query::{Filter, PageRequest};
use ksef_audit::store::{
    Backend, Commit, DocumentKind, LeaseRequest, Release, Scope, SealedKey, Store,
};
use ksef_audit::{Error, InMemory, SubmissionId, Tenant, Test};
use ksef_core::submission::simulation::Random;
use ksef_core::submission::{Event, Fact};
use ksef_core::{Environment, ReferenceNumber, ReferenceNumberKind, Sha256Digest, Timestamp};
use ksef_tests::suite::{Failed, cases};

use crate::world::{PINNED, Place, new_submission, runtime, start, tenant, tenant_id};

const TENANTS: u8 = 20;

/// How many operations a sequence has.
const OPERATIONS: u32 = 3;

/// A tenant, and what the test knows to be its own.
struct Known {
    tenant: Tenant<Test>,
    store: Arc<dyn Store>,
    name: u8,
    keys: Vec<String>,
    ids: Vec<SubmissionId<Test>>,
}

impl Known {
    async fn open(backend: &dyn Backend, name: u8) -> Result<Self, Error> {
        let store = backend.open(Scope::new(tenant_id(name), Environment::Test)).await?;
        let session_keys = vec![SealedKey { session: session(name), sealed: mark(name).into() }];
        store.commit(Commit { session_keys, ..Commit::default() }).await?;
        let tenant = tenant(backend, name).await;
        Ok(Self { tenant, store, name, keys: Vec::new(), ids: Vec::new() })
    }

    async fn submit(&mut self) -> Result<(), Error> {
        let key = format!("{}{}", mark(self.name), self.ids.len());
        self.ids.push(self.tenant.submit(new_submission(&key), start()).await?);
        self.keys.push(key);
        Ok(())
    }
}

/// What everything of a tenant has in it.
fn mark(name: u8) -> String {
    format!("tenant{name}.")
}

fn session(name: u8) -> ReferenceNumber {
    let kind = ReferenceNumberKind::OnlineSession;
    ReferenceNumber::new(kind, start(), 1, name.into()).expect("a number")
}

pub(crate) fn in_memory() -> Result<(), Failed> {
    runtime().block_on(run(&InMemory::new(), cases(10_000, 200_000)))
}

pub(crate) fn in_sqlite() -> Result<(), Failed> {
    let place = Place::folder()?;
    runtime().block_on(async { run(&*place.open().await?, cases(2_000, 50_000)).await })
}

/// Sequences of random operations, each of a random tenant on what belongs to a random other one.
pub(crate) async fn run(backend: &dyn Backend, sequences: u32) -> Result<(), Failed> {
    let mut known = Vec::new();
    for name in 1..=TENANTS {
        known.push(Known::open(backend, name).await?);
    }
    let mut random = Random::new(3);
    let mut foreign = 0;
    for _ in 0..sequences {
        let actor = usize::try_from(random.below(TENANTS.into()))?;
        for _ in 0..OPERATIONS {
            let owner = usize::try_from(random.below(TENANTS.into()))?;
            if known[owner].ids.is_empty() || random.below(40) == 0 {
                known[owner].submit().await?;
            }
            foreign += u32::from(actor != owner);
            if random.below(2) == 0 {
                by_id(&known[actor], &known[owner], &mut random).await?;
            } else {
                by_guess(&known[actor], &known[owner], &mut random).await?;
            }
        }
        if random.below(5) == 0 {
            own_page_only(&known[actor]).await?;
        }
    }
    for known in &known {
        let options =
            ksef_audit::VerifyOptions { receipts: Some(Arc::new(PINNED)), known_heads: &[] };
        let verification = known.tenant.verify(&options).await?;
        assert!(verification.is_clean(), "{:?}", verification.findings);
        assert_eq!(verification.submissions, u64::try_from(known.ids.len())?);
    }
    println!("{sequences} sequences, {foreign} operations on what is another tenant's");
    assert!(foreign > sequences);
    Ok(())
}

/// Through the handle, with an id that another handle may have given.
async fn by_id(actor: &Known, owner: &Known, random: &mut Random) -> Result<(), Failed> {
    let at = usize::try_from(random.below(u64::try_from(owner.ids.len())?))?;
    let id = owner.ids[at];
    let own = actor.name == owner.name;
    match (act(&actor.tenant, id, random.below(7)).await, own) {
        (Ok(text), true) if text.as_ref().is_none_or(|it| it.contains(&mark(owner.name))) => Ok(()),
        (Err(Error::NotFound { .. }), false) => Ok(()),
        (Err(Error::NotFound { what: "receipt" } | Error::Refused(_)), true) => Ok(()),
        (seen, own) => Err(format!("own: {own}, but {seen:?}").into()),
    }
}

/// Does something with the id, and returns what it showed.
async fn act(
    tenant: &Tenant<Test>,
    id: SubmissionId<Test>,
    kind: u64,
) -> Result<Option<String>, Error> {
    let text = |bytes: &[u8]| Some(String::from_utf8_lossy(bytes).into_owned());
    Ok(match kind {
        0 => tenant.row(id).await?.order_reference,
        1 => tenant.submission(id).await?.source().map(|source| source.id.clone()),
        2 => text(tenant.xml(id).await?.as_bytes()),
        3 => text(&tenant.source(id).await?),
        4 => text(tenant.upo(id).await?.as_bytes()),
        5 => tenant.append(id, vec![Event::new(start(), Fact::Claimed)]).await.map(|_| None)?,
        _ => Some(format!("{:?}", tenant.timeline(id).await?)),
    })
}

/// Past the handle, with names and numbers that the other tenant uses.
async fn by_guess(actor: &Known, owner: &Known, random: &mut Random) -> Result<(), Failed> {
    let at = usize::try_from(random.below(u64::try_from(owner.ids.len())?))?;
    let (key, number) = (&owner.keys[at], owner.ids[at].number());
    let seen = match guess(&*actor.store, owner.name, (key, number), random.below(10)).await {
        Err(Error::NotFound { .. }) => None,
        seen => seen?,
    };
    let own = actor.name == owner.name;
    let foreign = (1..=TENANTS).filter(|name| *name != actor.name).map(mark);
    for foreign in foreign {
        if seen.as_ref().is_some_and(|seen| seen.contains(&foreign)) {
            return Err(format!("{} sees what is of {foreign}", mark(actor.name)).into());
        }
    }
    if own && seen.is_none() {
        return Err(format!("{} does not see its own", mark(actor.name)).into());
    }
    Ok(())
}

/// What the store shows for the key and the number of `owner`, if anything.
async fn guess(
    store: &dyn Store,
    owner: u8,
    (key, number): (&str, u64),
    kind: u64,
) -> Result<Option<String>, Error> {
    let submission = store.scope().key(number);
    let all = |text: String| Some(text);
    let part = Filter { order_reference: Some(mark(owner)), ..Filter::default() };
    Ok(match kind {
        0 => store.row(submission).await?.order_reference,
        1 => all(format!("{:?}", store.entries(submission).await?)),
        2 => store.find(key).await?.map(|_| mark(owner)),
        3 => {
            let digest = Sha256Digest::of(format!("<Faktura>{key}</Faktura>").as_bytes());
            let found = store.document(DocumentKind::Invoice, digest).await?.into_bytes()?;
            all(String::from_utf8_lossy(&found).into_owned())
        }
        4 => {
            let sealed = store.session_key(session(owner)).await?;
            all(String::from_utf8_lossy(&sealed).into_owned())
        }
        5 => {
            let records = store.records(0, 50).await?;
            all(records.iter().map(|it| String::from_utf8_lossy(&it.bytes).into_owned()).collect())
        }
        6 => all(format!("{:?}", store.lines(number, 20).await?)),
        7 => {
            let request = PageRequest { filter: part, after: None, limit: 20 };
            let rows = store.rows(&request).await?;
            (!rows.is_empty()).then(|| format!("{rows:?}"))
        }
        8 => (store.count(&part, 100).await? > 0).then(|| mark(owner)),
        _ => {
            let leased = lease(store, start()).await?;
            all(format!("{leased} are due"))
        }
    })
}

/// Leases what is due, looks at it, and gives it back.
async fn lease(store: &dyn Store, now: Timestamp) -> Result<usize, Error> {
    let request = LeaseRequest { worker: "worker".to_owned(), now, until: now, limit: 3 };
    let leases = store.lease(&request).await?;
    for lease in &leases {
        let seen = store.row(lease.key).await?.entries;
        store.release(Release { lease: *lease, seen, due_at: Some(now) }).await?;
    }
    Ok(leases.len())
}

async fn own_page_only(known: &Known) -> Result<(), Failed> {
    let request = PageRequest { filter: Filter::default(), after: None, limit: 5 };
    for (_, row) in known.tenant.page(&request).await?.lines {
        let reference = row.order_reference.unwrap_or_default();
        assert!(reference.contains(&mark(known.name)), "a foreign line");
    }
    let head = known.store.head().await?;
    let records = known.store.records(0, 100_000).await?;
    assert_eq!(head.size, u64::try_from(records.len())?, "as many records as the head says");
    let counted = known.store.counts().await?.all();
    assert_eq!(counted, u64::try_from(known.ids.len())?, "as many as were submitted");
    Ok(())
}
