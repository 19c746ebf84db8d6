//! Every status that the contract documents for logins, sessions, invoices and exports, each for its real
//! reason: KSeF API, sections 3.2, 5.6, 5.7 and 8.3.

mod batch;
mod export;
mod invoice;
mod login;
mod online;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ksef_sandbox::{Config, Delays};
use ksef_tests::contract::OPEN_API;
use ksef_tests::official_data;
use ksef_tests::sandbox::{CheckedSandbox, Status};
use ksef_tests::suite::Failed;
use serde_json::Value;

pub(crate) use export::order as order_of_export;

/// What has a status.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Machine {
    Login,
    Online,
    Batch,
    Invoice,
    Export,
}

/// How a status comes about.
#[derive(Clone, Copy)]
pub(crate) struct Cause {
    pub(crate) machine: Machine,
    pub(crate) code: u16,
    /// The reason, in the words of a test's name.
    reason: &'static str,
    /// Brings it about; what is answered then.
    bring_about: fn(&CheckedSandbox) -> Result<Status, Failed>,
}

/// A row of a table of the contract.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Documented {
    code: u16,
    description: String,
    /// `None` where the table has a dash.
    detail: Option<String>,
}

/// What the tables have and the sandbox does not say, and why not.
const NEVER_SAID: [(Machine, u16, &str, &str); 5] = [
    (
        Machine::Login,
        450,
        "Nieprawidłowe wyzwanie autoryzacyjne",
        "a wrong challenge is refused at once with 21111",
    ),
    (
        Machine::Login,
        460,
        "Błąd weryfikacji łańcucha certyfikatów",
        "nobody issues certificates here",
    ),
    (Machine::Login, 460, "Certyfikat odwołany", "nobody revokes certificates here"),
    (Machine::Login, 460, "Certyfikat zawieszony", "nobody suspends certificates here"),
    (
        Machine::Login,
        460,
        "Niepoprawny certyfikat",
        "a certificate that cannot be read is refused at once with 21115",
    ),
];

impl Machine {
    const ALL: [Self; 5] = [Self::Login, Self::Online, Self::Batch, Self::Invoice, Self::Export];

    /// The schema whose `status` is described, and the words before the table if there are several.
    const fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::Login => ("AuthenticationOperationStatusResponse", ""),
            Self::Online => ("SessionStatusResponse", "Sesja interaktywna:"),
            Self::Batch => ("SessionStatusResponse", "Sesja wsadowa:"),
            Self::Invoice => ("SessionInvoiceStatusResponse", ""),
            Self::Export => ("InvoiceExportStatusResponse", ""),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = format!("{:?}", self.machine).to_lowercase();
        write!(f, "{machine}_{}_{}", self.code, self.reason)
    }
}

impl Cause {
    const fn new(
        machine: Machine,
        code: u16,
        reason: &'static str,
        bring_about: fn(&CheckedSandbox) -> Result<Status, Failed>,
    ) -> Self {
        Self { machine, code, reason, bring_about }
    }

    /// The row of the contract that is answered when this is brought about.
    fn observe(&self, checked: &CheckedSandbox) -> Result<Documented, Failed> {
        let status = (self.bring_about)(checked)?;
        checked.verdict()?;
        let rows = documented(self.machine)?;
        let row = rows.into_iter().find(|row| row.is_said_by(&status));
        row.ok_or_else(|| format!("{status:?} is not in the contract").into())
    }

    /// The test of it.
    pub(crate) fn prove(&self) -> Result<(), Failed> {
        let observed = self.observe(&CheckedSandbox::new(delayed)?)?;
        if observed.code == self.code {
            return Ok(());
        }
        Err(format!("{observed:?} instead of {}", self.code).into())
    }
}

impl Documented {
    fn is_said_by(&self, status: &Status) -> bool {
        let (code, description) = (self.code, self.description.as_str());
        let description = description.replace("{statusCode}", &code.to_string());
        let is_said = |detail: &String| {
            let beginning = detail.split('{').next().unwrap_or_default();
            status.details.iter().any(|said| said.starts_with(beginning))
        };
        code == status.code
            && description == status.description
            && self.detail.as_ref().is_none_or(is_said)
    }
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = Cause> {
    let causes =
        [login::CAUSES, online::CAUSES, batch::CAUSES, invoice::CAUSES, export::CAUSES].into_iter();
    causes.flatten().copied()
}

/// The table of the contract.
fn documented(machine: Machine) -> Result<BTreeSet<Documented>, Failed> {
    let file: Value = serde_json::from_slice(&official_data::load(OPEN_API)?)?;
    let (schema, words) = machine.table();
    let pointer = format!("/components/schemas/{schema}/properties/status/description");
    let text = file.pointer(&pointer).and_then(Value::as_str).ok_or("no description")?;
    let text = text.split_once(words).ok_or("no such table")?.1;
    let lines = text.lines().skip_while(|line| !line.starts_with('|'));
    let rows = lines.take_while(|line| line.starts_with('|')).filter_map(row);
    Ok(rows.collect())
}

/// A line of a table; `None` for its head, and for `*`.
fn row(line: &str) -> Option<Documented> {
    let mut cells = line.split('|').map(str::trim).skip(1);
    let code = cells.next()?.parse().ok()?;
    let description = cells.next()?.to_owned();
    let detail = cells.next().filter(|detail| *detail != "-").map(str::to_owned);
    Some(Documented { code, description, detail })
}

/// Starts a sandbox with this change of its configuration.
type Start = fn(fn(&mut Config)) -> Result<CheckedSandbox, Failed>;

fn delayed(config: &mut Config) {
    config.delays = Delays::REAL;
}

pub(crate) fn are_complete() -> Result<(), Failed> {
    compare(CheckedSandbox::new)
}

pub(crate) fn are_complete_over_sockets() -> Result<(), Failed> {
    compare(CheckedSandbox::behind_a_socket)
}

/// Brings all of them about and compares what was answered with the tables of the contract.
fn compare(start: Start) -> Result<(), Failed> {
    let mut observed: BTreeMap<Machine, BTreeSet<Documented>> = BTreeMap::new();
    for cause in all() {
        let checked = start(delayed)?;
        let row = cause.observe(&checked).map_err(|why| format!("{cause}: {why:?}"))?;
        observed.entry(cause.machine).or_default().insert(row);
    }
    let mut wrong = Vec::new();
    for machine in Machine::ALL {
        let observed = observed.remove(&machine).unwrap_or_default();
        for row in documented(machine)? {
            let never = |(of, code, detail, _): &&(Machine, u16, &str, &str)| {
                (*of, *code, Some(*detail)) == (machine, row.code, row.detail.as_deref())
            };
            match (observed.contains(&row), NEVER_SAID.iter().find(never)) {
                (true, Some(_)) => wrong.push(format!("{machine:?} says {row:?} after all")),
                (false, None) => wrong.push(format!("{machine:?} never said {row:?}")),
                _ => {}
            }
        }
    }
    crate::none(&wrong)
}
