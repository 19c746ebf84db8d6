//! How much memory the server has while it does nothing.

use std::time::Duration;

use crate::company::Company;
use crate::http::Connection;
use crate::program::Program;
use crate::visitor::Visitor;
use crate::{Failure, feed};

/// Then everything that the start begins is done.
const PAUSE: Duration = Duration::from_secs(5);

const INVOICES: usize = 200;

pub(crate) async fn measure() -> Result<(), Failure> {
    let company = Company::new().await?;
    company.connect_ksef().await?;
    let mut server = company.start("serve")?;
    let address = server.address()?;
    tokio::time::sleep(PAUSE).await;
    tell("after its start", &server)?;

    let deliveries = company.deliveries(0..INVOICES)?;
    tokio::task::spawn_blocking(move || {
        feed::send(&address, &deliveries, (4, Duration::from_millis(5)))?;
        look(&address)
    })
    .await??;
    company.until_accepted(INVOICES.try_into()?).await?;
    tokio::time::sleep(PAUSE).await;
    tell("after 200 invoices, a login and 300 pages", &server)
}

fn look(address: &str) -> Result<(), Failure> {
    let mut visitor = Visitor::log_in(Connection::open(address)?)?;
    for _ in 0..100 {
        for path in ["/log", "/documents/7", "/settings/connection"] {
            visitor.page(path)?;
        }
    }
    Ok(())
}

fn tell(when: &str, server: &Program) -> Result<(), Failure> {
    let [now, most] = [server.memory("VmRSS")? >> 20, server.memory("VmHWM")? >> 20];
    println!("memory {when}: {now} MB idle, {most} MB at most before (asked: idle at most 60 MB)");
    Ok(())
}
