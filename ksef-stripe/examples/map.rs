//! Maps an object of Stripe: prints the outcome as JSON.
//!
//! `cargo run --release -p ksef-stripe --example map -- --profile P.json [OPTIONS] FILE`
//!
//! | option | what it is |
//! |---|---|
//! | `--profile P.json` | the seller and the policies; `examples/profile.json` shows all of them |
//! | `--tax-rate R.json` | a tax rate of Stripe, as often as there are |
//! | `--exchange-rate EUR=4.5005@2026-11-19` | a rate of the National Bank and the day of its table |
//! | `--original XML=NUMBER` | for a credit note, the filed document and its KSeF number |
//! | `--now TIME` | the time to map at, instead of the clock |
//! | `--environment TEST` | `TEST`, `DEMO` or `PRODUCTION` |
//!
//! It ends with 0 for a document, with 1 where there is none, and with 2 where it cannot be told.

use std::error::Error;
use std::fs;
use std::io::{self, Write as _};
use std::process::ExitCode;

use ksef_core::{Clock as _, Environment, Sha256Digest, SystemClock, Timestamp};
use ksef_fa::Invoice as Document;
use ksef_stripe::model::{CreditNote, Invoice, TaxRate};
use ksef_stripe::{
    Context, ExchangeRate, FiledOriginal, Language, Note, Original, Outcome, Profile,
    RateOfExchange, Reason, map_credit_note, map_invoice,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

const USAGE: &str = "usage: map --profile P.json [--tax-rate R.json] \
    [--exchange-rate EUR=4.5005@2026-11-19] [--original XML=NUMBER] [--now TIME] \
    [--environment TEST] FILE";

fn main() -> ExitCode {
    match run() {
        Ok(outcome) => {
            let _ = writeln!(io::stdout(), "{:#}", as_json(&outcome));
            ExitCode::from(u8::from(outcome.invoice().is_none()))
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

/// The command line.
#[derive(Default)]
struct Options {
    profile: Option<String>,
    tax_rates: Vec<String>,
    exchange_rate: Option<String>,
    original: Option<String>,
    now: Option<String>,
    environment: Option<String>,
    file: Option<String>,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--profile" => options.profile = Some(arguments.next()?),
                "--tax-rate" => options.tax_rates.push(arguments.next()?),
                "--exchange-rate" => options.exchange_rate = Some(arguments.next()?),
                "--original" => options.original = Some(arguments.next()?),
                "--now" => options.now = Some(arguments.next()?),
                "--environment" => options.environment = Some(arguments.next()?),
                _ if options.file.is_some() || argument.starts_with("--") => return None,
                _ => options.file = Some(argument),
            }
        }
        Some(options)
    }
}

fn run() -> Result<Outcome, Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1)).ok_or(USAGE)?;
    let profile = profile(&fs::read_to_string(options.profile.as_ref().ok_or(USAGE)?)?)?;
    let environment = match options.environment.as_deref() {
        None | Some("TEST") => Environment::Test,
        Some("DEMO") => Environment::Demo,
        Some("PRODUCTION") => Environment::Production,
        Some(_) => return Err(USAGE.into()),
    };
    let now = options.now.as_deref().map(str::parse::<Timestamp>).transpose()?;
    let now = now.unwrap_or_else(|| SystemClock.now());
    let mut context = Context::new(&profile, environment, now);
    for file in &options.tax_rates {
        context = context.with_tax_rate(TaxRate::from_json(&fs::read(file)?)?);
    }
    if let Some(rate) = &options.exchange_rate {
        context.exchange_rate = RateOfExchange::Published(exchange_rate(rate).ok_or(USAGE)??);
    }
    if let Some(original) = &options.original {
        context.original = Original::Filed(Box::new(filed(original, now)?));
    }
    map(&fs::read(options.file.ok_or(USAGE)?)?, &mut context)
}

/// The profile without its comments.
fn profile(text: &str) -> Result<Profile, Box<dyn Error>> {
    let is_comment = |line: &&str| line.trim_start().starts_with("//");
    let lines: Vec<&str> = text.lines().filter(|line| !is_comment(line)).collect();
    Ok(serde_json::from_str(&lines.join("\n"))?)
}

fn exchange_rate(text: &str) -> Option<Result<ExchangeRate, ksef_core::ParseError>> {
    let (currency, rest) = text.split_once('=')?;
    let (rate, day) = rest.split_once('@')?;
    let read = || Ok(ExchangeRate::new(currency.parse()?, rate.parse()?, "table A", day.parse()?));
    Some(read())
}

fn filed(text: &str, now: Timestamp) -> Result<FiledOriginal, Box<dyn Error>> {
    let (file, number) = text.split_once('=').ok_or(USAGE)?;
    let rules = ksef_fa::Profile::new(Environment::Test, now.warsaw_date());
    let document = Document::from_xml(&fs::read(file)?, &rules)
        .map_err(|report| format!("{file}: {} errors", report.errors().count()))?;
    Ok(FiledOriginal::in_ksef(document, number.parse()?))
}

/// What tells objects and events apart.
#[derive(Deserialize)]
struct Head {
    object: String,
    r#type: Option<String>,
    account: Option<String>,
}

/// The object of an event, as it is written.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    data: EventData<'a>,
}

#[derive(Deserialize)]
struct EventData<'a> {
    #[serde(borrow)]
    object: &'a RawValue,
}

fn map(source: &[u8], context: &mut Context<'_>) -> Result<Outcome, Box<dyn Error>> {
    let head: Head = serde_json::from_slice(source)?;
    match head.object.as_str() {
        "event" => {
            context.event = head.r#type;
            context.account = head.account;
            let event: Event<'_> = serde_json::from_slice(source)?;
            map(event.data.object.get().as_bytes(), context)
        }
        "credit_note" => Ok(map_credit_note(&CreditNote::from_json(source)?, context)),
        _ => Ok(map_invoice(&Invoice::from_json(source)?, context)),
    }
}

fn as_json(outcome: &Outcome) -> Value {
    let Outcome::Mapped { invoice, notes, evidence, .. } = outcome else {
        let reasons: Vec<Value> = outcome.reasons().iter().map(reason_as_json).collect();
        return json!({ "outcome": outcome.as_str(), "reasons": reasons });
    };
    let note = |note: &Note| json!({ "note": note.kind.as_str(), "pointer": note.pointer });
    let exchange_rate = evidence.exchange_rate.as_ref();
    json!({
        "outcome": outcome.as_str(),
        "xml": String::from_utf8_lossy(&invoice.to_xml_unchecked()),
        "notes": notes.iter().map(note).collect::<Vec<Value>>(),
        "evidence": {
            "object": evidence.object_id,
            "source_sha256": evidence.source.map(Sha256Digest::to_hex),
            "shape": evidence.shape.as_str(),
            "tax_rates": evidence.tax_rates,
            "buyer_id_type": evidence.buyer_id_type,
            "exchange_table": exchange_rate.and_then(|rate| rate.table.as_deref()),
            "policies": evidence.policies,
        },
    })
}

fn reason_as_json(reason: &Reason) -> Value {
    json!({
        "code": reason.code.as_str(),
        "pointer": reason.pointer,
        "pl": reason.text(Language::Polish),
        "en": reason.text(Language::English),
        "to_do_pl": reason.advice(Language::Polish),
        "to_do_en": reason.advice(Language::English),
    })
}
