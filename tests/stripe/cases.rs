//! The cases of `cases.toml`: an object, what is known besides, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use ksef_core::{Amount, Environment, KsefNumber};
use ksef_stripe::model::{CreditNote, Invoice, TaxRate};
use ksef_stripe::{
    Context, ExchangeRate, FiledOriginal, Original, Outcome, Policies, Profile, RateLookup,
    RateOfExchange, map_credit_note, map_invoice,
};
use ksef_tests::planted::PlantedFault;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::objects::{self, Shape};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    object: String,
    #[serde(default)]
    patch: Vec<(String, Value)>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    duplicate: Vec<String>,
    repeat_lines: Option<usize>,
    long_description: Option<usize>,
    #[serde(default)]
    policies: Policies,
    #[serde(default)]
    profile: ProfileOf,
    now: Option<String>,
    environment: Option<String>,
    event: Option<String>,
    account: Option<String>,
    #[serde(default)]
    failed_rates: Vec<String>,
    exchange: Option<Exchange>,
    original: Option<OriginalOf>,
    #[serde(default)]
    filed: BTreeSet<String>,
    #[serde(default)]
    taken: BTreeSet<String>,
    /// The old shape cannot say it.
    #[serde(default)]
    only_basil: bool,
    /// Exactly these codes, in this order.
    #[serde(default)]
    pub(crate) codes: Vec<String>,
    /// These codes among others.
    #[serde(default)]
    pub(crate) codes_include: Vec<String>,
    pub(crate) p_15: Option<String>,
    #[serde(default)]
    pub(crate) buckets: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) rates: Vec<String>,
    #[serde(default)]
    pub(crate) contains: Vec<String>,
    #[serde(default)]
    pub(crate) notes: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ProfileOf {
    accounts: BTreeSet<String>,
    number_prefix: String,
    bank_account: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    state: Option<String>,
    currency: Option<String>,
    rate: Option<String>,
    day: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OriginalOf {
    case: Option<String>,
    state: Option<String>,
    invoice: Option<String>,
    customer: Option<String>,
    #[serde(default)]
    outside: bool,
    #[serde(default)]
    without_exchange_rate: bool,
    #[serde(default)]
    corrections: Vec<String>,
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

pub(crate) fn load() -> Vec<Case> {
    let text = fs::read_to_string(objects::folder().join("cases.toml")).expect("cases.toml");
    toml::from_str::<Cases>(&text).expect("cases.toml").case
}

fn named(name: &str) -> Case {
    let case = load().into_iter().find(|case| case.name == name);
    case.unwrap_or_else(|| panic!("{name}: no such case"))
}

impl Case {
    pub(crate) fn is_credit_note(&self) -> bool {
        self.object.starts_with("kor_")
    }

    pub(crate) const fn is_mapped(&self) -> bool {
        self.codes.is_empty() && self.codes_include.is_empty()
    }

    /// The shapes in which it can be said.
    pub(crate) const fn shapes(&self) -> &'static [Shape] {
        if self.only_basil { &[Shape::Basil] } else { &Shape::ALL }
    }

    /// The object, changed as the case says.
    pub(crate) fn source(&self, shape: Shape) -> Value {
        let mut object = objects::read(&self.object, shape);
        for (pointer, value) in &self.patch {
            objects::set(&mut object, &shape.pointer(pointer), value.clone());
        }
        for pointer in &self.remove {
            objects::remove(&mut object, &shape.pointer(pointer));
        }
        for pointer in &self.duplicate {
            objects::duplicate(&mut object, &shape.pointer(pointer));
        }
        if let Some(length) = self.long_description {
            object["lines"]["data"][0]["description"] = "ą".repeat(length).into();
        }
        if let Some(times) = self.repeat_lines {
            objects::repeat_lines(&mut object, times, shape);
        }
        object
    }

    pub(crate) fn profile(&self) -> Profile {
        let nip = "5265877635".parse().expect("a NIP");
        let mut profile =
            Profile::new(nip, "Sprzedawca sp. z o.o.", "ul. Przykładowa 1, 00-001 Warszawa");
        profile.accounts.clone_from(&self.profile.accounts);
        profile.number_prefix.clone_from(&self.profile.number_prefix);
        profile.bank_account.clone_from(&self.profile.bank_account);
        profile.policies = self.policies.clone();
        profile
    }

    pub(crate) fn context<'a>(&self, profile: &'a Profile, shape: Shape) -> Context<'a> {
        let now = self.now.as_deref().unwrap_or("2026-11-20T12:00:00Z").parse().expect("a time");
        let environment = match self.environment.as_deref() {
            None => Environment::Test,
            Some("Production") => Environment::Production,
            Some(other) => panic!("{other}: no environment"),
        };
        let mut context = Context::new(profile, environment, now);
        for rate in tax_rates() {
            context = context.with_tax_rate(rate);
        }
        for id in &self.failed_rates {
            context.tax_rates.insert(id.clone(), RateLookup::Failed);
        }
        context.event.clone_from(&self.event);
        context.account.clone_from(&self.account);
        context.filed.clone_from(&self.filed);
        context.taken_numbers.clone_from(&self.taken);
        if let Some(exchange) = &self.exchange {
            context.exchange_rate = exchange.rate();
        }
        if let Some(original) = &self.original {
            context.original = original.original(shape);
        }
        context
    }

    /// What becomes of the object.
    pub(crate) fn outcome(&self, shape: Shape) -> Outcome {
        self.outcome_of(&self.source(shape), shape)
    }

    /// What becomes of another object in the same context.
    pub(crate) fn outcome_of(&self, object: &Value, shape: Shape) -> Outcome {
        let profile = self.profile();
        let context = self.context(&profile, shape);
        self.map(object, &context).unwrap_or_else(|| panic!("{}: cannot be read", self.name))
    }

    /// What becomes of an object, if it can be read.
    pub(crate) fn map(&self, object: &Value, context: &Context<'_>) -> Option<Outcome> {
        let bytes = serde_json::to_vec(object).expect("JSON");
        if self.is_credit_note() {
            let note = CreditNote::from_json(&bytes).ok()?;
            Some(map_credit_note(&note, context))
        } else {
            let invoice = Invoice::from_json(&bytes).ok()?;
            let mut outcome = map_invoice(&invoice, context);
            if PlantedFault::GroszInAnotherTotal.is_on() {
                move_a_grosz(&mut outcome);
            }
            Some(outcome)
        }
    }
}

/// The planted fault: the total remains what it is.
fn move_a_grosz(outcome: &mut Outcome) {
    let Outcome::Mapped { invoice, .. } = outcome else { return };
    let grosz = Amount::from_minor_units(1, 2).expect("a grosz");
    if let Some(total) = &mut invoice.body.vat_summary.basic {
        total.p_13_1 = total.p_13_1.checked_add(grosz).expect("an amount");
        total.p_14_1 = total.p_14_1.checked_sub(grosz).expect("an amount");
    }
}

impl Exchange {
    fn rate(&self) -> RateOfExchange {
        if self.state.as_deref() == Some("not_published") {
            return RateOfExchange::NotPublished;
        }
        let text = |part: &Option<String>| part.clone().expect("given");
        RateOfExchange::Published(ExchangeRate::new(
            text(&self.currency).parse().expect("a currency"),
            text(&self.rate).parse().expect("a rate"),
            "224/A/NBP/2026",
            text(&self.day).parse().expect("a day"),
        ))
    }
}

impl OriginalOf {
    fn original(&self, shape: Shape) -> Original {
        match self.state.as_deref() {
            Some("pending") => return Original::Pending,
            Some("skipped") => return Original::Skipped,
            Some("missing") => return Original::Missing,
            Some(other) => panic!("{other}: no state"),
            None => {}
        }
        let case = named(self.case.as_deref().expect("a case"));
        let mut invoice = case.outcome(shape).invoice().expect("mapped").clone();
        if self.without_exchange_rate {
            invoice.body.lines.iter_mut().for_each(|line| line.exchange_rate = None);
        }
        let mut filed = if self.outside {
            FiledOriginal::outside_ksef(invoice)
        } else {
            let (nip, date) = (invoice.seller.identification.nip, invoice.body.p_1);
            let number = KsefNumber::new(nip, date, [1, 2, 3, 4, 5, 6]).expect("a number");
            FiledOriginal::in_ksef(invoice, number)
        };
        let id = case.source(shape)["id"].as_str().map(str::to_owned);
        filed.invoice_id = self.invoice.clone().or(id);
        filed.customer_id = Some(self.customer.clone().unwrap_or_else(|| "cus_1".to_owned()));
        for name in &self.corrections {
            let correction = named(name).outcome(shape);
            let document = correction.invoice().expect("mapped");
            filed.corrections.push(document.body.vat_summary.clone());
        }
        Original::Filed(Box::new(filed))
    }
}

/// The tax rates of the seller's account.
fn tax_rates() -> Vec<TaxRate> {
    let rates = [
        ("txr_23", "23", Some("PL")),
        ("txr_8", "8.0", Some("PL")),
        ("txr_5", "5", Some("PL")),
        ("txr_22", "22", Some("PL")),
        ("txr_0", "0", Some("PL")),
        ("txr_de19", "19", Some("DE")),
        ("txr_gb20", "20", Some("GB")),
        ("txr_nowhere", "23.00", None),
    ];
    let rates = rates.into_iter().map(|(id, percentage, country)| {
        let json = json!({ "object": "tax_rate", "id": id, "country": country }).to_string();
        let json = json.replacen('{', &format!("{{\"percentage\":{percentage},"), 1);
        TaxRate::from_json(json.as_bytes()).expect("a tax rate")
    });
    rates.collect()
}
