//! What the tests have in common: a tenant, documents, and a KSeF that accepts them.

use std::env;
use std::path::Path;
use std::time::{Duration, Instant};

use ksef_audit::entry::Description;
use ksef_audit::store::Backend;
use ksef_audit::{
    CompanyProfile, Error, First, NewSubmission, Postgres, Prepared, Source, Sqlite, SubmissionId,
    Tenant, Test,
};
use ksef_core::port::ScriptedUpoVerifier;
use ksef_core::submission::simulation::{Faults, Parcel, SimulatedKsef, perform};
use ksef_core::submission::{Event, Fact, ReasonCode, ReceiptSigner, Step, WhenLate};
use ksef_core::{
    DocumentType, FormCode, InvoiceXml, ReferenceNumber, ReferenceNumberKind, SubmissionStatus,
    TenantId, Timestamp, UpoXml,
};
use ksef_tests::suite::{Failed, cases};
use rusqlite::{Connection, ErrorCode};

pub(crate) const PINNED: ScriptedUpoVerifier = ScriptedUpoVerifier::new(Ok(ReceiptSigner::Pinned));

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime starts")
}

pub(crate) fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().expect("a timestamp")
}

pub(crate) fn tenant_id(number: u8) -> TenantId {
    TenantId::from_bytes([number; 16]).expect("a tenant")
}

pub(crate) async fn sqlite(folder: &Path) -> Sqlite {
    Sqlite::open(folder).await.expect("the folder opens")
}

/// Where a store is: a folder of files, or the address of a database.
#[derive(Debug)]
pub(crate) struct Place {
    address: String,
    /// Removed with the place.
    _folder: Option<tempfile::TempDir>,
}

impl Place {
    /// A new folder.
    pub(crate) fn folder() -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let address = folder.path().to_str().ok_or("a path in UTF-8")?.to_owned();
        Ok(Self { address, _folder: Some(folder) })
    }

    /// What [`Place::address`] says, in another process.
    pub(crate) const fn at(address: String) -> Self {
        Self { address, _folder: None }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The backend that keeps its data there.
    pub(crate) async fn open(&self) -> Result<Box<dyn Backend>, Error> {
        if self.address.starts_with("postgres:") {
            Ok(Box::new(Postgres::open(&self.address).await?))
        } else {
            Ok(Box::new(Sqlite::open(&self.address).await?))
        }
    }
}

/// How many random cases a variable asks for, if it does.
pub(crate) fn asked_for(variable: &str) -> Option<u32> {
    env::var(variable).ok()?.parse().ok()
}

/// How long a test goes on with random cases where it is not asked for the long counts: as many as fit,
/// but a few on the busiest machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget(Option<Instant>);

impl Budget {
    /// As long as it takes.
    pub(crate) const NONE: Self = Self(None);

    pub(crate) fn of_seconds(seconds: u64) -> Self {
        let is_long = cases(0, 1) == 1;
        Self((!is_long).then(|| Instant::now() + Duration::from_secs(seconds)))
    }

    /// How many cases there are whatever the time.
    const LEAST: u32 = 12;

    pub(crate) fn is_spent(self, done: u32) -> bool {
        done >= Self::LEAST && self.0.is_some_and(|end| end <= Instant::now())
    }
}

/// Waits until the stores of a file are closed, and leaves one file without a WAL beside it.
pub(crate) fn settle(file: &Path) -> Result<Connection, Failed> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    // The connections of a store close after it is dropped, on threads of their own.
    for _ in 0..1_000 {
        match connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())) {
            Ok(()) => return Ok(connection),
            Err(error) if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) => {
                return Err(error.into());
            }
            Err(_) => std::thread::park_timeout(Duration::from_millis(10)),
        }
    }
    Err("the store does not close".into())
}

pub(crate) async fn tenant(backend: &dyn Backend, number: u8) -> Tenant<Test> {
    Tenant::open(backend, tenant_id(number)).await.expect("the tenant opens")
}

pub(crate) fn profile() -> CompanyProfile {
    CompanyProfile {
        nip: "7781464139".parse().expect("a NIP"),
        name: "Company".to_owned(),
        country: "PL".to_owned(),
        address_line_1: "ul. Prosta 1, 00-001 Warszawa".to_owned(),
        address_line_2: None,
    }
}

pub(crate) fn new_submission(key: &str) -> NewSubmission {
    let description = Description {
        order_reference: format!("FV/{key}"),
        customer: format!("Customer {key}"),
        buyer: Some("5265877635".parse().expect("a NIP")),
        seller: "7781464139".parse().expect("a NIP"),
        form_code: FormCode::Fa3,
        document_type: DocumentType::Vat,
    };
    let xml = format!("<Faktura>{key}</Faktura>").into_bytes();
    let prepared = Prepared {
        xml: InvoiceXml::new(xml).expect("a document"),
        description,
        p_1: start().warsaw_date(),
        when_late: WhenLate::Ask,
        paired: false,
    };
    let source = Source {
        kind: ReasonCode::from_static("stripe_invoice"),
        id: format!("in_{key}"),
        bytes: format!("{{\"id\":\"in_{key}\"}}").into_bytes().into(),
    };
    NewSubmission { idempotency_key: key.to_owned(), source, first: First::Prepared(prepared) }
}

/// Drives a submission to ACCEPTED and calls `point` before and after each record.
pub(crate) async fn drive(
    tenant: &Tenant<Test>,
    id: SubmissionId<Test>,
    ksef: &mut SimulatedKsef,
    point: &mut (dyn FnMut() + Send),
) {
    let mut now = ksef.now();
    let mut submission = tenant.submission(id).await.expect("it is there");
    while submission.status() != SubmissionStatus::Accepted {
        let step = submission.next(now);
        if let Step::Wait { until } = step {
            now = until;
            ksef.advance_to(until);
            continue;
        }
        let digest = submission.digest().expect("a document");
        for fact in perform(&step, ksef, Parcel { number: id.number(), digest }) {
            point();
            submission = record(tenant, id, now, fact).await;
            point();
        }
    }
}

async fn record(
    tenant: &Tenant<Test>,
    id: SubmissionId<Test>,
    now: Timestamp,
    fact: Fact,
) -> ksef_audit::Submission {
    let Fact::ReceiptStored { .. } = fact else {
        return tenant.append(id, vec![Event::new(now, fact)]).await.expect("it is recorded");
    };
    let upo = UpoXml::new(format!("<UPO>{}</UPO>", id.number()).into_bytes()).expect("a receipt");
    let kind = ReferenceNumberKind::OnlineSession;
    let number = ReferenceNumber::new(kind, now, 1, id.number()).expect("a number");
    tenant.store_receipt(id, (&upo, number), &PINNED, now).await.expect("it is stored");
    tenant.submission(id).await.expect("it is there")
}

/// A KSeF that answers at once.
pub(crate) fn ksef() -> SimulatedKsef {
    SimulatedKsef::new(1, Faults::NONE, start())
}
