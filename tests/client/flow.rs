//! The way of an invoice.

use ksef_client::{Error, InputError, PollPolicy};
use ksef_core::SubmissionStatus;
use ksef_core::submission::ReceiptSigner;
use ksef_core::{FormCode, KsefNumber};
use ksef_tests::client::{World, invoice};

use crate::run;

#[test]
fn an_invoice_is_sent_accepted_and_receipted() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let session = auth.open_online(FormCode::Fa3).await?;
        let mut sent = session.send(invoice("FV 1")?).await?;
        assert_eq!(sent.status(), SubmissionStatus::Submitted);

        let accepted = sent.accepted(&PollPolicy::default()).await?;
        let held = world.sandbox().accepted();
        let numbers: Vec<KsefNumber> = held.iter().map(|held| held.ksef_number).collect();
        assert_eq!(numbers, [accepted.ksef_number]);

        let receipt = sent.receipt(&PollPolicy::default()).await?;
        assert_eq!(receipt.signer, ReceiptSigner::Unknown);
        assert_eq!(sent.status(), SubmissionStatus::Accepted);

        let pages = session.close().await?.upo(&PollPolicy::default()).await?;
        assert_eq!(pages.len(), 1);
        let number = accepted.ksef_number;
        for page in pages {
            auth.client().verify_upo(page, sent.invoice(), &number)?;
        }
        assert_eq!(world.count("/invoices"), 1, "sent once");
        Ok(())
    });
}

#[test]
fn a_receipt_is_the_same_in_three_ways_and_by_its_link() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let session = auth.open_online(FormCode::Fa3).await?;
        let mut sent = session.send(invoice("FV 1")?).await?;
        let accepted = sent.accepted(&PollPolicy::default()).await?;
        let status = sent.invoice_status().unwrap().clone();
        let number = session.reference_number();
        let by_invoice = auth.upo_by_invoice(number, status.reference_number).await?;
        let by_number = auth.upo_by_ksef_number(number, accepted.ksef_number).await?;
        let by_link = auth.client().download_upo(status.upo_link.as_ref().unwrap()).await?;
        assert_eq!(by_invoice, by_number);
        assert_eq!(by_invoice, by_link);
        Ok(())
    });
}

#[test]
fn what_ksef_would_refuse_is_not_sent() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        assert!(matches!(
            auth.open_online(FormCode::Pef3).await,
            Err(Error::Input(InputError::PeppolContext))
        ));
        let session = auth.open_online(FormCode::Fa3).await?;
        world.sandbox().advance(std::time::Duration::from_secs(12 * 3_600));
        let late = session.send(invoice("FV 1")?).await.unwrap_err();
        assert!(matches!(late, Error::Input(InputError::IssueDatePassed)));
        assert_eq!(world.count("/invoices"), 0);
        Ok(())
    });
}

#[test]
fn a_rejected_invoice_says_why() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let session = auth.open_online(FormCode::Fa3).await?;
        let xml = ksef_core::InvoiceXml::new(b"<Faktura/>".as_slice())?;
        let valid = invoice("FV 1")?;
        let broken = ksef_client::OutgoingInvoice::new(
            FormCode::Fa3,
            xml,
            valid.seller(),
            valid.issue_date(),
        );
        let mut sent = session.send(broken).await?;
        let error = sent.accepted(&PollPolicy::default()).await.unwrap_err();
        let Error::Rejected(rejection) = error else { panic!("{error:?}") };
        assert_eq!(rejection.status.unwrap().status.code, 450);
        assert_eq!(sent.status(), SubmissionStatus::Failed);
        let failed = auth.failed_session_invoices(session.reference_number()).await?;
        assert_eq!(failed.len(), 1);
        Ok(())
    });
}

#[test]
fn handles_go_on_in_another_process() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let session = auth.open_online(FormCode::Fa3).await?;
        let first = session.send(invoice("FV 1")?).await?;
        let (login, session, first) =
            (auth.to_secret().await, session.to_secret(), first.to_secret());
        drop(auth);

        let client = world.client()?;
        let auth = client.resume_login(&login, None, &PollPolicy::default())?;
        let session = auth.resume_online(&session)?;
        let mut first = auth.resume_submission(&first)?;
        first.receipt(&PollPolicy::default()).await?;
        let mut second = session.send(invoice("FV 2")?).await?;
        second.receipt(&PollPolicy::default()).await?;
        assert_eq!(world.sandbox().accepted().len(), 2);
        assert_eq!(world.count("/auth/challenge"), 1);
        Ok(())
    });
}
