//! A KSeF that refuses, or takes its time: it is not asked more often than is of use, and nothing is
//! recorded twice.

use core::ops::Range;

use ksef_audit::entry::Body;
use ksef_audit::query::{Filter, PageRequest};
use ksef_audit::secrets::{
    ConnectionStatus, ConnectionUpdate, LoginMethod, SecretName, SecretUpdate,
};
use ksef_audit::{Entry, EnvironmentType, Row, SubmissionId};
use ksef_core::SubmissionStatus;
use ksef_core::submission::{Decision, Fact};

use super::super::objects::{Sale, invoice_id};
use super::abuse::work_until;
use super::*;
use crate::worker::Pace;

/// How many documents there are: more than go one by one, and fewer.
const MANY: usize = 25;
const FEW: usize = 5;

/// Requests that KSeF was asked, as the number of times that a fault which does nothing has happened.
pub(super) struct Asked(u64);

impl Asked {
    pub(super) fn of(sandbox: &Sandbox, operation: Operation) -> Self {
        let nothing = ksef_sandbox::FaultKind::Delay { milliseconds: 0 };
        Self(sandbox.add_fault(ksef_sandbox::Fault::always(nothing).at(operation)))
    }

    pub(super) fn times(&self, sandbox: &Sandbox) -> u32 {
        let faults = sandbox.faults();
        faults.iter().find(|armed| armed.id == self.0).unwrap().fired
    }
}

impl Server {
    /// The first company as it is set now.
    pub(super) async fn company(&self) -> Arc<Company<Test>> {
        self.stage.app.reload().await.unwrap();
        let scope = Scope::new(self.stage.players[0].company.ledger.tenant(), Environment::Test);
        let Some(AnyCompany::Test(served)) = self.stage.app.company(scope) else { panic!("TEST") };
        Arc::clone(&served.company)
    }

    /// The first company logs in with this token from now on, whatever KSeF says to it.
    async fn log_in_with(&self, token: &Secret<String>) {
        let (app, company) = (&self.stage.app, self.company().await);
        let token = SecretUpdate::from_form(token.expose().as_str());
        let update = ConnectionUpdate {
            method: LoginMethod::KsefToken,
            expires_at: None,
            secrets: [(SecretName::KsefToken, token)].into(),
        };
        let by = Decision::new("anna", "another token").unwrap();
        let changed = company.ledger.change_connection(update, &app.safe.vault, &by, company.now());
        changed.await.unwrap();
    }

    /// Events about invoices with these numbers, which KSeF takes.
    pub(super) async fn announce(&self, numbers: Range<usize>) {
        let first = &self.stage.players[0];
        let path = format!("/webhooks/stripe/{}", first.cast.endpoint());
        let at = self.stage.clock.now().as_unix_milliseconds() / 1000;
        for number in numbers {
            let number = format!("FV-2026-7{number:03}");
            first.stripe.put(Sale::Plain.object(&number, at)).unwrap();
            let id = invoice_id(&number);
            let now = self.stage.clock.now();
            let event = first.stripe.happen("invoice.finalized", &id, &first.secret, now).unwrap();
            assert_eq!(self.deliver(&path, event).await, StatusCode::OK);
        }
    }
}

/// Works for a company as long as somebody looks on; what is put off is taken up ten times in a second.
async fn work_while<T>(company: &Arc<Company<Test>>, looks: impl Future<Output = T> + Send) -> T
where
    T: Send,
{
    let pace = Pace {
        lease: Duration::from_secs(4),
        concurrency: 4,
        idle: Duration::from_millis(20),
        patience: Duration::from_millis(100),
    };
    let worker = Arc::new(Worker::new(Arc::clone(company), "worker".to_owned(), pace));
    let mut seen = None;
    worker.run(async { seen = Some(looks.await) }).await;
    seen.unwrap()
}

/// How much is recorded once nothing more has been for a while.
async fn quiet(company: &Company<Test>) -> u64 {
    let mut recorded = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(800)).await;
        let size = company.ledger.head().await.unwrap().size;
        if size == recorded {
            return size;
        }
        recorded = size;
    }
}

async fn ids<E: EnvironmentType>(company: &Company<E>) -> Vec<SubmissionId<E>> {
    let count = company.ledger.counts().await.unwrap().all();
    let mut ids = Vec::new();
    for number in 1..=count {
        ids.push(company.ledger.submission_id(number).await.unwrap());
    }
    ids
}

const fn fact(entry: &Entry) -> Option<&Fact> {
    match &entry.body {
        Body::Fact(fact) => Some(fact),
        _ => None,
    }
}

/// Each document was put off once, for this reason, and nothing else was done with it.
async fn were_put_off_once(company: &Company<Test>, reason: &str) {
    for id in ids(company).await {
        let timeline = company.ledger.timeline(id).await.unwrap();
        let facts: Vec<_> = timeline.iter().filter_map(fact).collect();
        let put_off = facts.iter().filter(
            |fact| matches!(fact, Fact::Postponed { reason: why, .. } if why.as_str() == reason),
        );
        assert_eq!(put_off.count(), 1, "{facts:?}");
        assert!(!facts.iter().any(|fact| matches!(fact, Fact::Claimed)), "{facts:?}");
        assert_eq!(company.ledger.row(id).await.unwrap().status, SubmissionStatus::Pending);
    }
}

pub(super) fn is_accepted(row: &Row) -> bool {
    row.status == SubmissionStatus::Accepted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_login_is_recorded_once_and_tried_ever_more_rarely() {
    for count in [FEW, MANY] {
        let server = Server::start().await;
        let sandbox = server.stage.ksef.sandbox();
        let both = [Permission::InvoiceRead, Permission::InvoiceWrite];
        // KSeF answers that there is no such token in this context.
        server.log_in_with(&sandbox.create_token("7012345671".parse().unwrap(), both)).await;
        server.announce(0..count).await;
        let company = server.company().await;
        let (logins, began) = (Asked::of(sandbox, Operation::AuthenticateByToken), Instant::now());
        let recorded = work_while(&company, async {
            let recorded = quiet(&company).await;
            while logins.times(sandbox) < 4 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            recorded
        });
        let recorded = recorded.await;
        // After a pause of a second, of another one and of two.
        assert!(began.elapsed() >= Duration::from_millis(3_900), "{:?}", began.elapsed());
        assert_eq!(company.ledger.head().await.unwrap().size, recorded, "something was recorded");
        were_put_off_once(&company, "no_login").await;
        let connection = company.ledger.connection().await.unwrap().unwrap();
        assert!(matches!(connection.status(), ConnectionStatus::Refused { .. }));
        server.stage.app.reload().await.unwrap();
        let page = text(&server.get("/log", &server.log_in("anna").await).await);
        assert!(page.contains("KSeF odmówił logowania"), "{page}");

        // Nobody waits for the pause once the connection is another one.
        server.log_in_with(&sandbox.create_token(company.profile.nip, both)).await;
        work_until(&server, &server.company().await, is_accepted).await;
        assert_eq!(sandbox.accepted().len(), count);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_right_to_send_nothing_is_claimed_and_it_is_recorded_once() {
    for count in [FEW, MANY] {
        let server = Server::start().await;
        let sandbox = server.stage.ksef.sandbox();
        let nip = server.company().await.profile.nip;
        server.log_in_with(&sandbox.create_token(nip, [Permission::InvoiceRead])).await;
        server.announce(0..count).await;
        let company = server.company().await;
        let is_batch = count == MANY;
        let open =
            if is_batch { Operation::OpenBatchSession } else { Operation::OpenOnlineSession };
        let (opened, began) = (Asked::of(sandbox, open), Instant::now());
        let recorded = work_while(&company, async {
            let recorded = quiet(&company).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
            recorded
        });
        let recorded = recorded.await;
        assert_eq!(company.ledger.head().await.unwrap().size, recorded, "something was recorded");
        // The pause doubles from a tenth of a second on.
        let tries = opened.times(sandbox);
        let most = 3 + (began.elapsed().as_millis() / 100).ilog2();
        assert!((1..=most).contains(&tries), "{tries} tries in {:?}", began.elapsed());
        were_put_off_once(&company, "no_session").await;

        let both = [Permission::InvoiceRead, Permission::InvoiceWrite];
        server.log_in_with(&sandbox.create_token(nip, both)).await;
        work_until(&server, &server.company().await, is_accepted).await;
        assert_eq!(sandbox.accepted().len(), count);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_ksef_long_is_asked_for_ever_more_rarely() {
    let server = Server::start().await;
    let sandbox = server.stage.ksef.sandbox();
    sandbox.add_fault(ksef_sandbox::Fault::always(ksef_sandbox::FaultKind::StuckProcessing));
    server.announce(0..FEW).await;
    let company = server.company().await;
    let (asked, began) = (Asked::of(sandbox, Operation::SessionInvoiceStatus), Instant::now());
    work_while(&company, tokio::time::sleep(Duration::from_secs(5))).await;
    // Not more often than once in a second.
    let most = u32::try_from(FEW).unwrap() * u32::try_from(began.elapsed().as_secs() + 2).unwrap();
    assert!((1..=most).contains(&asked.times(sandbox)), "{} questions", asked.times(sandbox));
    let page = PageRequest { filter: Filter::default(), after: None, limit: 500 };
    for (_, row) in company.ledger.page(&page).await.unwrap().lines {
        assert_eq!(row.status, SubmissionStatus::Submitted, "{:?}", row.error);
    }
}
