//! The example `send_invoice` over real sockets.

use ksef_core::{Endpoints, Environment, InvoiceXml};
use ksef_sandbox::{Config, Permission, Sandbox};
use ksef_tests::client::invoice;
use ksef_tests::sandbox::{NIP, keys};
use libtest_mimic::Failed;

#[path = "../../ksef-client/examples/send_invoice.rs"]
#[expect(dead_code, reason = "its `main` is not run here")]
mod send_invoice;

#[test]
fn the_example_sends_an_invoice_and_goes_on_with_what_it_kept() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let ran: Result<(), Failed> = runtime.block_on(async {
        let mut config = Config::default();
        config.keys = Some(keys()?);
        let server = Sandbox::start(config).await?;
        let permissions = [Permission::InvoiceWrite, Permission::InvoiceRead];
        let endpoints = Endpoints::custom(Environment::Test, &format!("{}/v2", server.base_url()))?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("invoice.xml");
        std::fs::write(&path, today("FV 1")?.as_bytes())?;
        for _ in 0..2 {
            let token = server.sandbox().create_token(NIP.parse()?, permissions);
            send_invoice::send(endpoints.clone(), NIP.parse()?, token, &path)
                .await
                .map_err(|error| format!("{error}: {:?}", error.source()))?;
        }
        assert_eq!(server.sandbox().accepted().len(), 1);
        server.stop().await;
        Ok(())
    });
    ran.unwrap();
}

/// The invoice of the tests, issued today.
fn today(number: &str) -> Result<InvoiceXml, Failed> {
    use ksef_core::{Clock as _, SystemClock};

    let document = invoice(number)?;
    let text = String::from_utf8(document.xml().as_bytes().to_vec())?;
    let today = SystemClock.now().warsaw_date().to_string();
    Ok(InvoiceXml::new(text.replace("2026-11-20", &today).into_bytes())?)
}
