//! The documents of `data/rules`, and how each is judged.

use std::collections::BTreeMap;

use ksef_core::{Environment, Nip};
use ksef_fa::rules::Context;
use ksef_fa::{Issue, Language, Profile, Report, Schema, SessionKind, Severity, judge};
use ksef_tests::planted::PlantedFault;
use ksef_tests::suite::Failed;
use ksef_tests::xmllint::Xmllint;
use serde::Deserialize;

use crate::document::{Edit, edited};

/// All documents.
#[derive(Debug)]
pub(crate) struct Fixtures {
    /// The two of each rule, by its code.
    pub(crate) pairs: BTreeMap<String, Pair>,
    /// Those of further branches.
    pub(crate) more: Vec<Fixture>,
}

/// The two documents of a rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pair {
    pub(crate) fires: Fixture,
    pub(crate) silent: Fixture,
}

/// A document, and how it is judged.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fixture {
    /// The rule, where that is not said already.
    code: Option<String>,
    base: String,
    #[serde(default)]
    edits: Vec<Edit>,
    #[serde(default)]
    at: Vec<String>,
    environment: Option<Environment>,
    session: Option<String>,
    today: Option<String>,
    #[serde(default)]
    context: Known,
}

/// What is known besides the document.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    sellers: Option<Vec<Nip>>,
    self_invoicing: Option<Vec<Nip>>,
    #[serde(default)]
    seen: Vec<[String; 3]>,
    #[serde(default)]
    rates: Vec<[String; 3]>,
    #[serde(default)]
    checked_identifiers: bool,
    attachments: Option<bool>,
}

/// The documents of every rule.
pub(crate) fn load() -> Fixtures {
    read().unwrap_or_else(|error| panic!("rules.toml: {error}"))
}

fn read() -> Result<Fixtures, toml::de::Error> {
    let mut table: toml::Table = toml::from_str(include_str!("../data/rules/rules.toml"))?;
    let more = table.remove("more").map_or(Ok(Vec::new()), toml::Value::try_into)?;
    Ok(Fixtures { pairs: table.try_into()?, more })
}

/// The profile of a batch on TEST, on the day that all fixtures are judged.
pub(crate) fn batch_on_test() -> Profile {
    Profile::new(Environment::Test, parsed("2026-11-20")).with_session(SessionKind::Batch)
}

/// What the rules report, without those that are switched off for a planted fault.
pub(crate) fn judged(bytes: &[u8], profile: &Profile, context: &Context) -> (Report, Vec<Issue>) {
    let report = judge(bytes, profile, context);
    let is_on =
        |issue: &&Issue| issue.code().as_str() != "F-P15-SUM" || !PlantedFault::RuleOff.is_on();
    let issues = report.issues().iter().filter(is_on).cloned().collect();
    (report, issues)
}

/// Fails if a report shows anything that is in the document but its element names.
pub(crate) fn no_report_contains_a_value() -> Result<(), Failed> {
    for (code, Pair { fires, .. }) in load().pairs {
        let (_, issues) = fires.judge();
        for issue in issues {
            let text = format!("{issue:?} {}", issue.text(Language::Polish));
            if ["1111111111", "9876543210", "Testow", "FV/2026", "255.00"]
                .iter()
                .any(|value| text.contains(value))
            {
                return Err(format!("{code}: {text}").into());
            }
        }
    }
    Ok(())
}

/// Fails if the official schema does not allow a document.
pub(crate) fn are_valid(schema: Schema) -> Result<(), Failed> {
    let Fixtures { pairs, more } = load();
    let more = more.into_iter().map(|fixture| (fixture.code.clone().unwrap_or_default(), fixture));
    let fixtures = pairs
        .into_iter()
        .flat_map(|(code, pair)| [(code.clone(), pair.fires), (code, pair.silent)])
        .chain(more);
    let (codes, documents): (Vec<_>, Vec<_>) = fixtures
        .map(|(code, fixture)| (code, fixture.document()))
        .filter(|(_, document)| document.contains(schema.namespace()))
        .unzip();
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let verdicts = Xmllint::official(schema)?.judge(&documents)?;
    match codes.iter().zip(&verdicts).find(|(_, verdict)| !verdict.is_valid) {
        Some((code, verdict)) => Err(format!("{code}: {verdict:?}").into()),
        None if verdicts.len() == codes.len() => Ok(()),
        None => Err("some documents have no verdict".into()),
    }
}

/// Fails unless each further branch of a rule does what is written about it.
pub(crate) fn further_branches() -> Result<(), Failed> {
    for fixture in load().more {
        let code = fixture.code.clone().unwrap_or_default();
        let verdict =
            if fixture.at.is_empty() { fixture.leaves(&code) } else { fixture.fires(&code) };
        verdict.map_err(|failed| {
            let reason = failed.message().unwrap_or_default();
            format!("{code} on {}, {:?}\n{reason}", fixture.base, fixture.edits)
        })?;
    }
    Ok(())
}

impl Fixture {
    /// Fails if the rule reports anything.
    fn leaves(&self, code: &str) -> Result<(), Failed> {
        let (_, issues) = self.judge();
        let is_left = !issues
            .iter()
            .any(|issue| issue.code().as_str() == code || issue.severity() == Severity::Fatal);
        if is_left { Ok(()) } else { Err(listed(&issues).into()) }
    }

    /// Fails unless the rule reports exactly the places that are listed.
    pub(crate) fn fires(&self, code: &str) -> Result<(), Failed> {
        let (_, issues) = self.judge();
        let of_rule = issues.iter().filter(|issue| issue.code().as_str() == code);
        let mut places: Vec<&str> = of_rule.map(Issue::path).collect();
        let mut expected: Vec<&str> = self.at.iter().map(String::as_str).collect();
        places.sort_unstable();
        expected.sort_unstable();
        let unplaced = issues.iter().find(|issue| issue.position().byte == 0);
        if let Some(issue) = unplaced {
            return Err(format!("{} is not where it says", issue.path()).into());
        }
        if places == expected && !places.is_empty() {
            return Ok(());
        }
        Err(format!("expected {expected:?}\n{}", listed(&issues)).into())
    }

    /// Fails if the rule reports anything, or any rule an error or a warning.
    pub(crate) fn is_silent(&self, code: &str) -> Result<(), Failed> {
        let (report, mut issues) = self.judge();
        issues
            .retain(|issue| issue.code().as_str() == code || issue.severity() >= Severity::Warning);
        if issues.is_empty() && report.is_valid() && self.at.is_empty() {
            return Ok(());
        }
        Err(listed(&issues).into())
    }

    fn judge(&self) -> (Report, Vec<Issue>) {
        judged(self.document().as_bytes(), &self.profile(), &self.context())
    }

    fn document(&self) -> String {
        self.edits.iter().fold(base(&self.base).to_owned(), |xml, edit| edited(&xml, edit))
    }

    fn profile(&self) -> Profile {
        let environment = self.environment.unwrap_or(Environment::Test);
        let today = parsed(self.today.as_deref().unwrap_or("2026-11-20"));
        let session = match self.session.as_deref() {
            Some("online") => SessionKind::Online,
            Some("batch") | None => SessionKind::Batch,
            Some("technical correction") => SessionKind::TechnicalCorrection,
            Some(other) => panic!("there is no session {other}"),
        };
        Profile::new(environment, today).with_session(session)
    }

    fn context(&self) -> Context {
        let Known { sellers, self_invoicing, seen, rates, checked_identifiers, attachments } =
            &self.context;
        let mut context = Context::new();
        if let Some(sellers) = sellers {
            context = context.with_sellers(sellers.iter().copied());
        }
        if let Some(sellers) = self_invoicing {
            context = context.with_self_invoicing(sellers.iter().copied());
        }
        if let Some(attachments) = attachments {
            context = context.with_attachments(*attachments);
        }
        if *checked_identifiers {
            context = context.with_checked_identifiers();
        }
        let seen = seen
            .iter()
            .map(|[seller, kind, number]| (parsed(seller), parsed(kind), number.as_str()));
        let rates =
            rates.iter().map(|[currency, day, rate]| (parsed(currency), parsed(day), parsed(rate)));
        context.with_seen(seen).with_exchange_rates(rates)
    }
}

/// A document that the others are changes of.
fn base(name: &str) -> &'static str {
    match name {
        "vat" => include_str!("../data/rules/vat.xml"),
        "vat_fa2" => include_str!("../data/rules/vat_fa2.xml"),
        "kor" => include_str!("../data/rules/kor.xml"),
        "zal" => include_str!("../data/rules/zal.xml"),
        "roz" => include_str!("../data/rules/roz.xml"),
        "upr" => include_str!("../data/rules/upr.xml"),
        "kor_zal" => include_str!("../data/rules/kor_zal.xml"),
        "eur" => include_str!("../data/rules/eur.xml"),
        "wdt" => include_str!("../data/rules/wdt.xml"),
        other => panic!("there is no document {other}"),
    }
}

fn parsed<T: core::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is none"))
}

/// The issues, one in a line.
pub(crate) fn listed(issues: &[Issue]) -> String {
    let line = |issue: &Issue| format!("{} {:?} {}", issue.code(), issue.severity(), issue.path());
    issues.iter().map(line).collect::<Vec<_>>().join("\n")
}
