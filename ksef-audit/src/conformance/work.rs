//! Who has which work, and until when.

use core::time::Duration;

use ksef_core::submission::{Decision, Event, Fact};

use super::world::{Outcome, STUCK, World, check, new_submission};
use crate::store::Backend;
use crate::{Leased, Test};

/// Work is handed out once per lease, comes back when the lease ends, and counts its strikes.
///
/// # Errors
///
/// What the backend does not do.
pub async fn due_work_is_leased_to_one_worker(backend: &dyn Backend) -> Outcome {
    let world = World::<Test>::new(backend, 7).await?;
    for text in ["1", "2", "3"] {
        world.tenant.submit(new_submission(text, world.now)?, world.now).await?;
    }
    let minute = Duration::from_secs(60);
    let later = world.now.checked_add(minute).ok_or(STUCK)?;
    let first = world.tenant.lease("one", world.now, minute, 2).await?;
    let second = world.tenant.lease("two", world.now, minute, 9).await?;
    let numbers = |leased: &[Leased<Test>]| -> Vec<u64> {
        leased.iter().map(|leased| leased.id().number()).collect()
    };
    check(numbers(&first) == [1, 2] && numbers(&second) == [3], "each is leased once")?;
    let again = world.tenant.lease("two", later, minute, 9).await?;
    check(again.len() == 3, "what was not finished comes back")?;
    for leased in first {
        let seen = world.tenant.submission(leased.id()).await?;
        world.tenant.release(leased, &seen, None).await?;
    }
    let late = later.checked_add(minute).ok_or(STUCK)?;
    check(world.tenant.lease("one", late, minute, 9).await?.len() == 3, "a lost lease is void")
}

/// Work that is given back is due when its worker says, unless somebody else has recorded more
/// meanwhile: then it is due when that record says.
///
/// # Errors
///
/// What the backend does not do.
pub async fn work_given_back_hides_no_record(backend: &dyn Backend) -> Outcome {
    let World { tenant, now, .. } = World::<Test>::new(backend, 17).await?;
    for text in ["1", "2"] {
        tenant.submit(new_submission(text, now)?, now).await?;
    }
    let minute = Duration::from_secs(60);
    let mut seen = Vec::new();
    let leased = tenant.lease("one", now, minute, 2).await?;
    for work in &leased {
        seen.push(tenant.submission(work.id()).await?);
    }
    let other = leased.last().ok_or(STUCK)?.id();
    tenant.append(other, vec![Event::new(now, Fact::Claimed)]).await?;
    for (work, seen) in leased.into_iter().zip(&seen) {
        tenant.release(work, seen, None).await?;
    }
    let leased = tenant.lease("two", now, minute, 2).await?;
    let due: Vec<_> = leased.iter().map(|work| work.id().number()).collect();
    check(due == [other.number()], "what was recorded meanwhile is due as it says")
}

/// Work that workers keep dying over is parked, and a person can order it to go on.
///
/// # Errors
///
/// What the backend does not do.
pub async fn poison_work_is_parked(backend: &dyn Backend) -> Outcome {
    let world = World::<Test>::new(backend, 8).await?;
    let id = world.tenant.submit(new_submission("1", world.now)?, world.now).await?;
    let minute = Duration::from_secs(60);
    let mut now = world.now;
    let mut leases = 0;
    while !world.tenant.submission(id).await?.is_parked() {
        leases += world.tenant.lease("dies", now, minute, 1).await?.len();
        now = now.checked_add(minute).ok_or(STUCK)?;
        check(leases < 100, "it is parked at some time")?;
    }
    check(leases == 5, "after five leases")?;
    check(world.tenant.lease("one", now, minute, 1).await?.is_empty(), "nothing is due")?;
    world.tenant.unpark(id, Decision::new("Anna Nowak", "the worker is mended")?, now).await?;
    check(world.tenant.lease("one", now, minute, 1).await?.len() == 1, "it is due again")
}
