//! How long a webhook takes until it is answered, and so durable.

use std::time::Duration;

use crate::company::Company;
use crate::{Failure, feed, setting};

const CONNECTIONS: usize = 32;

/// 200 a second.
const PAUSE: Duration = Duration::from_millis(5);

/// A second before, so that connections are open and files have grown.
const WARM: usize = 200;

pub(crate) async fn measure() -> Result<(), Failure> {
    let count = setting("KSEF_BENCH_WEBHOOKS", 6_000)?;
    one("nothing is sent to KSeF", count, false).await?;
    one("a worker sends to KSeF what came", count, true).await
}

async fn one(what: &str, count: usize, is_connected: bool) -> Result<(), Failure> {
    let company = Company::new().await?;
    if is_connected {
        company.connect_ksef().await?;
    }
    let mut server = company.start("serve")?;
    let address = server.address()?;
    let warm = company.deliveries(0..WARM)?;
    let deliveries = company.deliveries(WARM..WARM + count)?;
    let times = tokio::task::spawn_blocking(move || {
        feed::send(&address, &warm, (CONNECTIONS, PAUSE))?;
        feed::send(&address, &deliveries, (CONNECTIONS, PAUSE))
    });
    let times = times.await??;
    let recorded = company.ledger.counts().await?.all();
    println!(
        "webhooks while {what}: {} of {count} at 200 a second (asked: p99 at most 50 ms)",
        times.told()
    );
    if recorded == u64::try_from(WARM + count)? {
        Ok(())
    } else {
        Err(format!("{recorded} webhooks are recorded").into())
    }
}
