//! Webhooks as nobody should send them, and what keeps them from being kept.

use ksef_audit::Row;
use ksef_audit::query::{Filter, PageRequest};
use ksef_core::SubmissionStatus;
use tokio::task::JoinSet;

use super::super::objects::{Sale, credit_note_id, invoice_id, tax_rates};
use super::*;

/// How many webhooks come at once.
const AT_ONCE: usize = 10_000;

/// Replayed, in any order, with other events about the same object, and forged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_ten_thousand_webhooks_at_once_each_object_counts_once() {
    let server = Server::start().await;
    let [first, _] = &server.stage.players[..] else { panic!("two companies") };
    let (day, clock) = (first.cast.day, &server.stage.clock);
    let nobody = WebhookSecret::new("whsec_of_nobody");
    let mut deliveries = Vec::new();
    for row in day.iter().rev() {
        let good = first.event(row, &first.secret, clock).unwrap();
        let other = first.event(row, &first.secret, clock).unwrap();
        let forged = first.event(row, &nobody, clock).unwrap();
        deliveries.push([(good.clone(), true), (other, true), (forged, false), (good, true)]);
    }
    let deliveries: Vec<_> = deliveries.into_iter().flatten().collect();
    let url = format!("{}/webhooks/stripe/{}", server.address, first.cast.endpoint());
    let mut posts = JoinSet::new();
    for (delivery, is_good) in deliveries.iter().cycle().take(AT_ONCE) {
        let request = Request::post(&url).header("stripe-signature", &delivery.signature);
        let request = request.body(delivery.body.clone()).unwrap();
        let (transport, is_good) = (server.transport.clone(), *is_good);
        posts.spawn(async move {
            let status = transport.call(request).await.unwrap().status();
            let expected = if is_good { StatusCode::OK } else { StatusCode::BAD_REQUEST };
            assert_eq!(status, expected);
        });
    }
    assert_eq!(posts.join_all().await.len(), AT_ONCE);
    assert_eq!(server.recorded().await, [u64::try_from(day.len()).unwrap(), 0]);
    assert!(first.stripe.requests().is_empty(), "no webhook waits for Stripe");
}

/// How long a test waits for what a worker does. Reached only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(120);

/// Lets a worker work for this company until each of its rows is as wanted.
pub(super) async fn work_until(
    server: &Server,
    company: &Arc<Company<Test>>,
    is_so: fn(&Row) -> bool,
) {
    let worker =
        Worker::new(Arc::clone(company), "worker".to_owned(), server.stage.app.config.pace());
    let request = PageRequest { filter: Filter::default(), after: None, limit: 500 };
    let all_are_so = async {
        while !company.ledger.page(&request).await.unwrap().lines.iter().all(|(_, row)| is_so(row))
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let end = async { tokio::time::timeout(PATIENCE, all_are_so).await.expect("each is so") };
    Arc::new(worker).run(end).await;
}

/// Nothing happens to it without somebody else: it has ended, or it waits for something that was missing.
pub(super) fn is_at_rest(row: &Row) -> bool {
    let is_pending = row.status == SubmissionStatus::Pending;
    has_ended(row) || is_pending && row.error.is_some()
}

fn has_ended(row: &Row) -> bool {
    !matches!(
        row.status,
        SubmissionStatus::Pending | SubmissionStatus::Signing | SubmissionStatus::Submitted
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_stripe_down_nothing_is_lost_and_work_goes_on_when_it_is_back() {
    let server = Server::start().await;
    let [first, _] = &server.stage.players[..] else { panic!("two companies") };
    let path = format!("/webhooks/stripe/{}", first.cast.endpoint());
    let row = &first.cast.day[0];
    first.stripe.add_fault(Fault::new(FaultKind::Status {
        status: 401,
        code: "invalid_api_key".to_owned(),
    }));
    let delivery = first.event(row, &first.secret, &server.stage.clock).unwrap();
    assert_eq!(server.deliver(&path, delivery).await, StatusCode::OK);
    work_until(&server, &first.company, is_at_rest).await;
    let ledger = &first.company.ledger;
    let (id, line) = first.company.of_source(&row.id()).await.unwrap().unwrap();
    assert_eq!(line.status, SubmissionStatus::Pending);
    assert_eq!(line.error.as_deref(), Some("source_unavailable"));
    assert!(ledger.submission(id).await.unwrap().awaited().is_some());
    first.stripe.clear_faults();
    work_until(&server, &first.company, has_ended).await;
    let line = ledger.row(id).await.unwrap();
    assert_eq!(line.status, SubmissionStatus::Accepted, "{:?}", line.error);
    let source = ledger.source(id).await.unwrap();
    assert!(!String::from_utf8_lossy(&source).contains("\"card\""));
}

/// Two credit notes of one invoice: the second is about what the first has left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_credit_note_knows_of_the_first() {
    let server = Server::start().await;
    let [first, _] = &server.stage.players[..] else { panic!("two companies") };
    let path = format!("/webhooks/stripe/{}", first.cast.endpoint());
    let clock = &server.stage.clock;
    for rate in tax_rates() {
        first.stripe.put(rate).unwrap();
    }
    let at = clock.now().as_unix_milliseconds() / 1000;
    let invoice = "FV-2026-0900";
    let notes = ["FV-2026-0900-CN-01", "FV-2026-0900-CN-02", "FV-2026-0900-CN-03"];
    first.stripe.put(Sale::Plain.object(invoice, at)).unwrap();
    let mut events = vec![("invoice.finalized", invoice_id(invoice))];
    for note in notes {
        first.stripe.put(Sale::CreditInPart(invoice).object(note, at)).unwrap();
        events.push(("credit_note.created", credit_note_id(note)));
    }
    // The invoice is the last to arrive.
    for (event, id) in events.iter().rev() {
        let delivery = first.stripe.happen(event, id, &first.secret, clock.now()).unwrap();
        assert_eq!(server.deliver(&path, delivery).await, StatusCode::OK);
    }
    work_until(&server, &first.company, has_ended).await;
    let mut ended = Vec::new();
    for (_, id) in events {
        let (_, line) = first.company.of_source(&id).await.unwrap().unwrap();
        ended.push((line.status, line.error));
    }
    let accepted = ended.iter().filter(|(status, _)| *status == SubmissionStatus::Accepted);
    assert_eq!(accepted.count(), 3, "{ended:?}");
    // Half and half are all; of the third there is nothing left.
    let refused = (SubmissionStatus::Failed, Some("over_credit".to_owned()));
    assert!(ended.contains(&refused), "{ended:?}");
}
