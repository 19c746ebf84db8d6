//! Tenants that cannot reach each other, whatever they do.

use ksef_audit::query::{Filter, PageRequest};
use ksef_audit::store::Backend;
use ksef_audit::{Error, InMemory, SubmissionId, Tenant, Test};
use ksef_core::submission::simulation::Random;
use ksef_core::submission::{Event, Fact};
use ksef_tests::suite::{Failed, cases};

use crate::world::{new_submission, runtime, sqlite, start, tenant};

const TENANTS: u8 = 20;

/// A tenant, and what the test knows to be its own.
struct Known {
    tenant: Tenant<Test>,
    name: u8,
    ids: Vec<SubmissionId<Test>>,
}

pub(crate) fn in_memory() -> Result<(), Failed> {
    runtime().block_on(run(&InMemory::new(), cases(20_000, 500_000)))
}

pub(crate) fn in_sqlite() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    runtime().block_on(async {
        let backend = sqlite(folder.path()).await;
        run(&backend, cases(4_000, 200_000)).await
    })
}

async fn run(backend: &dyn Backend, operations: u32) -> Result<(), Failed> {
    let mut known = Vec::new();
    for name in 1..=TENANTS {
        known.push(Known { tenant: tenant(backend, name).await, name, ids: Vec::new() });
    }
    let mut random = Random::new(3);
    let mut foreign = 0;
    for operation in 0..operations {
        let actor = usize::try_from(random.below(TENANTS.into()))?;
        let owner = usize::try_from(random.below(TENANTS.into()))?;
        if known[owner].ids.is_empty() || random.below(20) == 0 {
            submit(&mut known[actor], operation).await?;
            continue;
        }
        let at = usize::try_from(random.below(known[owner].ids.len() as u64))?;
        let id = known[owner].ids[at];
        let seen = act(&known[actor].tenant, id, random.below(7)).await;
        foreign += u32::from(actor != owner);
        match (seen, actor == owner) {
            (Ok(text), true)
                if text.as_ref().is_none_or(|it| it.contains(&mark(known[owner].name))) => {}
            (Err(Error::NotFound { .. }), false) => {}
            (Err(Error::NotFound { what: "receipt" } | Error::Refused(_)), true) => {}
            (seen, own) => return Err(format!("own: {own}, but {seen:?}").into()),
        }
        own_page_only(&known[actor]).await?;
    }
    println!("{operations} operations, {foreign} with the id of another tenant");
    assert!(foreign > operations / 2);
    Ok(())
}

/// What everything of a tenant has in it.
fn mark(name: u8) -> String {
    format!("tenant{name}.")
}

async fn submit(known: &mut Known, operation: u32) -> Result<(), Error> {
    let new = new_submission(&format!("{}{operation}", mark(known.name)));
    known.ids.push(known.tenant.submit(new, start()).await?);
    Ok(())
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

async fn own_page_only(known: &Known) -> Result<(), Failed> {
    let request = PageRequest { filter: Filter::default(), after: None, limit: 5 };
    for (_, row) in known.tenant.page(&request).await?.lines {
        let reference = row.order_reference.unwrap_or_default();
        assert!(reference.contains(&mark(known.name)), "a foreign line");
    }
    Ok(())
}
