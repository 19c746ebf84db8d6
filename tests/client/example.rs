//! The examples over real sockets.

use std::path::Path;
use std::sync::Arc;

use ksef_client::retrieval::SubjectType;
use ksef_client::{Client, PollPolicy};
use ksef_core::{Clock as _, Endpoints, Environment, InvoiceXml, Secret};
use ksef_sandbox::{Config, Delays, Handle, Permission, Sandbox};
use ksef_tests::client::{ShiftedClock, invoice};
use ksef_tests::sandbox::{NIP, keys};
use libtest_mimic::Failed;

#[path = "../../ksef-client/examples/send_batch.rs"]
#[expect(dead_code, reason = "its `main` is not run here")]
mod send_batch;
#[path = "../../ksef-client/examples/send_invoice.rs"]
#[expect(dead_code, reason = "its `main` is not run here")]
mod send_invoice;
#[path = "../../ksef-client/examples/sync_invoices.rs"]
#[expect(dead_code, reason = "its `main` is not run here")]
mod sync_invoices;

/// A sandbox behind a socket, at noon of the day on which the invoices are issued.
struct Server {
    clock: Arc<ShiftedClock>,
    ksef: Handle,
}

impl Server {
    async fn start() -> Result<Self, Failed> {
        let mut config = Config::default();
        config.keys = Some(keys()?);
        config.delays = Delays::NONE;
        let clock = Arc::new(ShiftedClock::starting_now()?);
        config.clock = Arc::<ShiftedClock>::clone(&clock);
        Ok(Self { clock, ksef: Sandbox::start(config).await? })
    }

    fn client(&self) -> Result<Client, Failed> {
        let api = format!("{}/v2", self.ksef.base_url());
        let client = Client::builder_for(Endpoints::custom(Environment::Test, &api)?);
        Ok(client.clock(Arc::<ShiftedClock>::clone(&self.clock)).build()?)
    }

    fn token(&self) -> Result<Secret<String>, Failed> {
        let permissions = [Permission::InvoiceWrite, Permission::InvoiceRead];
        Ok(self.ksef.sandbox().create_token(NIP.parse()?, permissions))
    }

    fn accepted(&self) -> usize {
        self.ksef.sandbox().accepted().len()
    }
}

fn run<F: Future<Output = Result<(), Failed>>>(test: F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let ran: Result<(), Failed> = runtime.block_on(test);
    ran.unwrap();
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn failed(error: Box<dyn std::error::Error>) -> Failed {
    format!("{error}: {:?}", error.source()).into()
}

#[test]
fn the_example_sends_an_invoice_and_goes_on_with_what_it_kept() {
    run(async {
        let server = Server::start().await?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("invoice.xml");
        std::fs::write(&path, invoice("FV 1")?.xml().as_bytes())?;
        for _ in 0..2 {
            let (client, token) = (server.client()?, server.token()?);
            let poll = PollPolicy::default();
            let sent = send_invoice::send(&client, NIP.parse()?, token, &path, &poll).await;
            sent.map_err(failed)?;
        }
        assert_eq!(server.accepted(), 1);
        server.ksef.stop().await;
        Ok(())
    });
}

#[test]
fn the_examples_send_a_folder_and_fetch_what_was_sent() {
    run(async {
        let server = Server::start().await?;
        let begun = server.clock.now();
        let folder = tempfile::tempdir()?;
        let (invoices, receipts, copies) =
            (folder.path().join("out"), folder.path().join("receipts"), folder.path().join("in"));
        std::fs::create_dir(&invoices)?;
        for number in 1..=3 {
            let invoice = invoice(&format!("FV {number}"))?;
            let path = invoices.join(format!("{number}.xml"));
            std::fs::write(path, invoice.xml().as_bytes())?;
        }
        std::fs::write(invoices.join("notes.txt"), "no invoice")?;
        for _ in 0..2 {
            let (client, token) = (server.client()?, server.token()?);
            let nip = NIP.parse()?;
            let sent = send_batch::send(&client, nip, token, &invoices, &receipts).await;
            let sent = sent.map_err(failed)?;
            assert_eq!(sent.iter().filter_map(|sent| sent.ksef_number()).count(), 3);
        }
        assert_eq!((server.accepted(), files(&receipts)?), (3, 3));

        for new in [3, 0] {
            let (client, token) = (server.client()?, server.token()?);
            let login = sync_invoices::log_in(&client, NIP.parse()?, token).await;
            let (login, seller) = (login.map_err(failed)?, SubjectType::Subject1);
            let synced = sync_invoices::sync(&login, seller, begun, &copies).await;
            assert_eq!(synced.map_err(failed)?, new);
            assert_eq!(files(&copies)?, 3 + 1, "and the position");
        }
        for accepted in server.ksef.sandbox().accepted() {
            let copy = std::fs::read(copies.join(format!("{}.xml", accepted.ksef_number)))?;
            assert_eq!(InvoiceXml::new(copy)?.digest(), accepted.invoice_hash);
        }
        server.ksef.stop().await;
        Ok(())
    });
}

fn files(folder: &Path) -> Result<usize, Failed> {
    Ok(std::fs::read_dir(folder)?.count())
}

#[test]
fn a_folder_with_something_else_in_it_is_not_sent() {
    run(async {
        let server = Server::start().await?;
        let folder = tempfile::tempdir()?;
        let invoices = folder.path().join("out");
        std::fs::create_dir(&invoices)?;
        let older = String::from_utf8(invoice("FV 1")?.xml().as_bytes().to_vec())?;
        for text in [older.replace("FA (3)", "FA (2)"), "<Order/>".to_owned()] {
            std::fs::write(invoices.join("1.xml"), text)?;
            let (client, token) = (server.client()?, server.token()?);
            let sent = send_batch::send(&client, NIP.parse()?, token, &invoices, folder.path());
            assert!(sent.await.is_err());
        }
        assert_eq!(server.accepted(), 0);
        server.ksef.stop().await;
        Ok(())
    });
}
