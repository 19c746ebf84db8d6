//! What is known of all tenants.

use core::time::Duration;

use ksef_core::{TenantId, Timestamp};

use super::world::{Outcome, STUCK, check, new_submission};
use crate::registry::{Due, Registry, sweep};
use crate::store::Scope;
use crate::{EnvironmentType as _, Error, Tenant, Test};

/// The registry knows every tenant, whose endpoint it is, and who has work. It may know others too.
///
/// # Errors
///
/// In which way the backend does not conform.
pub async fn the_registry_knows_who_has_work(registry: &dyn Registry) -> Outcome {
    let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    let later: Timestamp = "2026-03-02T10:00:00Z".parse()?;
    let seeds = [15, 16, 17];
    let mut scopes = Vec::new();
    for seed in seeds {
        scopes.push(Scope::new(TenantId::from_bytes([seed; 16])?, Test::ENVIRONMENT));
    }
    let (idle, one, two) = match scopes.as_slice() {
        [idle, one, two] => (*idle, *one, *two),
        _ => return Err(STUCK.into()),
    };
    let ours = |found: Vec<Due>| -> Vec<Scope> {
        let found = found.into_iter().filter(|due| due.at <= now).map(|due| due.scope);
        let mut found: Vec<_> = found.filter(|scope| scopes.contains(scope)).collect();
        found.sort_unstable();
        found
    };
    Tenant::<Test>::open(registry, idle.tenant()).await?;
    for (scope, numbers) in [(one, 0..1), (two, 1..3)] {
        let tenant: Tenant<Test> = Tenant::open(registry, scope.tenant()).await?;
        for number in numbers {
            tenant.submit(new_submission(&format!("registry.{number}"), now)?, now).await?;
        }
    }
    let (mut listed, mut after) = (Vec::new(), None);
    while let Some(last) = registry.scopes(after, 1).await?.pop() {
        check(after < Some(last), "the registry is not in order")?;
        listed.push(last);
        after = Some(last);
    }
    check(scopes.iter().all(|scope| listed.contains(scope)), "a tenant is not listed")?;

    let swept = sweep(registry, now).await?;
    check(swept.failed.is_empty(), "a ledger could not be asked")?;
    check(ours(swept.due) == [one, two], "the sweep does not find all work")?;
    check(ours(registry.due(now, 1_000).await?) == [one, two], "the registry missed work")?;

    let tenant: Tenant<Test> = Tenant::open(registry, one.tenant()).await?;
    let leased = tenant.lease("worker", now, Duration::from_secs(60), 10).await?;
    let until = now.checked_add(Duration::from_secs(60));
    check(registry.refresh(one).await? == until, "leased work is due when the lease ends")?;
    for work in leased {
        let seen = tenant.submission(work.id()).await?;
        tenant.release(work, &seen, Some(later)).await?;
    }
    check(registry.refresh(one).await? == Some(later), "released work is due as it says")?;
    check(ours(sweep(registry, now).await?.due) == [two], "work is due before its time")?;
    the_registry_knows_endpoints(registry, (one, two)).await
}

async fn the_registry_knows_endpoints(
    registry: &dyn Registry,
    (owner, other): (Scope, Scope),
) -> Outcome {
    let endpoint = "endpoint_of_conformance".parse()?;
    check(registry.endpoint(&endpoint).await?.is_none(), "an endpoint is somebody's at first")?;
    registry.assign(&endpoint, owner).await?;
    registry.assign(&endpoint, owner).await?;
    let taken = registry.assign(&endpoint, other).await;
    check(matches!(taken, Err(Error::AlreadyExists { .. })), "an endpoint has two owners")?;
    registry.remove(&endpoint, other).await?;
    check(registry.endpoint(&endpoint).await? == Some(owner), "the owner is lost")?;
    registry.remove(&endpoint, owner).await?;
    check(registry.endpoint(&endpoint).await?.is_none(), "an endpoint is not taken away")
}
