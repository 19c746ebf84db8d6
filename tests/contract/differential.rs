//! The verdicts of the checker beside those of the Python package `jsonschema`, which shares no code with it.

use std::collections::BTreeSet;

use ksef_tests::contract::{Contract, OPEN_API};
use ksef_tests::suite::{Failed, cases};
use ksef_tests::{official_data, python};
use proptest::sample::Index;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::api::{Api, Subject, token};
use crate::bodies::body;
use crate::instances::{Variety, instance, mutants};
use crate::none;

/// Statuses whose bodies are the same for every operation: one operation stands for all.
const COMMON: [u16; 5] = [400, 401, 403, 410, 429];

pub(crate) fn verdicts_agree() -> Result<(), Failed> {
    let (api, contract) = (Api::load()?, Contract::load()?.with_any_timestamp());
    let subjects = distinct_subjects(&api);
    let bodies = bodies(&api, &subjects);
    let task =
        |(subject, value): &(&Subject, Value)| json!({ "schema": subject.pointer, "value": value });
    let file = official_data::find(OPEN_API)?;
    let answers = python::ask("contract/judge.py", &[file], bodies.iter().map(task).collect())?;
    let mut wrong = Vec::new();
    let mut valid = 0;
    for ((subject, value), answer) in bodies.iter().zip(answers) {
        let found = subject.check(&contract, value);
        valid += usize::from(answer == "valid");
        if found.is_empty() != (answer == "valid") {
            wrong.push(format!("{}: {answer}, but {found:?}\n{value}", subject.name()));
        }
    }
    if valid < 300 || bodies.len() - valid < 10_000 {
        return Err(format!("only {valid} valid of {} bodies", bodies.len()).into());
    }
    none(&wrong)
}

fn distinct_subjects(api: &Api) -> Vec<Subject> {
    let mut seen = BTreeSet::new();
    let mut subjects = api.subjects();
    subjects.retain(|subject| {
        let common = subject.status.filter(|status| COMMON.contains(status));
        let is_new = common.is_none_or(|status| seen.insert((status, subject.kind.clone())));
        subject.is_json() && is_new
    });
    subjects
}

/// Examples, made-up bodies, broken ones, those of other schemas, and shuffled ones.
fn bodies<'a>(api: &Api, subjects: &'a [Subject]) -> Vec<(&'a Subject, Value)> {
    let mut runner = TestRunner::deterministic();
    let shuffles = cases(20, 1_000);
    let made = |subject: &Subject| Variety::ALL.map(|variety| body(api, subject, variety));
    let full: Vec<Value> =
        subjects.iter().map(|subject| body(api, subject, Variety::Full)).collect();
    let mut bodies = Vec::new();
    for subject in subjects {
        let mut values = made(subject).to_vec();
        values.extend(subject.examples.iter().cloned());
        for value in values.clone() {
            values.extend((0..shuffles).map(|_| shuffled(&value, &mut runner)));
        }
        for value in made(subject) {
            let broken = mutants(api, &subject.schema, &value);
            values.extend(broken.into_iter().map(|mutant| mutant.value));
        }
        values.extend(full.iter().cloned());
        values.push(instance(api, &subject.schema, Variety::Full));
        // That a problem repeats the status of its answer is no matter of its schema.
        values.retain(|value| {
            !is_problem(subject) || value.get("status") == Some(&json!(subject.status))
        });
        bodies.extend(values.into_iter().map(|value| (subject, value)));
    }
    bodies
}

fn is_problem(subject: &Subject) -> bool {
    subject.kind == "application/problem+json"
}

/// The same value with one part of it put in the place of another.
fn shuffled(value: &Value, runner: &mut TestRunner) -> Value {
    let mut places = Vec::new();
    collect(value, String::new(), &mut places);
    let pair = proptest::arbitrary::any::<(Index, Index)>().new_tree(runner);
    let (from, to) = pair.expect("indices can be drawn").current();
    let part = value.pointer(from.get::<String>(&places)).cloned().unwrap_or_default();
    let mut value = value.clone();
    if let Some(target) = value.pointer_mut(to.get::<String>(&places)) {
        *target = part;
    }
    value
}

fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| collect(value, format!("{at}/{}", token(name)), places)),
        Value::Array(items) => (items.iter().enumerate())
            .for_each(|(number, value)| collect(value, format!("{at}/{number}"), places)),
        _ => {}
    }
    places.push(at);
}
