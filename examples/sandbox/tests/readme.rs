//! What the README says is there.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{Request, StatusCode};
use ksef_sandbox::{Config, Operation, Sandbox};

const README: &str = include_str!("../README.md");

/// The lines of the section with this heading.
fn section(heading: &str) -> &'static str {
    let (_, section) = README.split_once(&format!("\n## {heading}\n")).unwrap();
    section.split_once("\n## ").map_or(section, |(section, _)| section)
}

/// The cells of the rows of its table, without the head.
fn rows(section: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
}

/// What stands between backticks.
fn codes(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_operation_stands_in_the_column_where_it_belongs() {
    for (column, is_implemented) in [(1, true), (2, false)] {
        let told: Vec<&str> =
            rows(section("What is there")).flat_map(|row| codes(row[column])).collect();
        let once: BTreeSet<&str> = told.iter().copied().collect();
        let is_there = |operation: &&Operation| operation.is_implemented() == is_implemented;
        let all = Operation::ALL.iter().filter(is_there).map(|operation| operation.name());
        assert_eq!(once, all.collect());
        assert_eq!(once.len(), told.len());
    }
}

#[test]
fn every_fault_is_told_with_an_example_that_works() {
    let sandbox = Sandbox::new(Config::default()).unwrap();
    let arm = |json: &str| {
        let body = Bytes::copy_from_slice(json.as_bytes());
        sandbox.handle(&Request::post("/sandbox/faults").body(body).unwrap()).unwrap()
    };
    let mut told = BTreeSet::new();
    for row in rows(section("Faults")) {
        let (kind, example) = (codes(row[0]).next().unwrap(), codes(row[2]).next().unwrap());
        assert!(example.starts_with(&format!("{{\"kind\":\"{kind}\"")), "{example}");
        assert_eq!(arm(example).status(), StatusCode::CREATED, "{example}");
        told.insert(kind.to_owned());
    }
    // The answer to a fault that there is not names all that there are.
    let answer = arm("{\"kind\":\"none\"}");
    let answer = String::from_utf8(answer.body().to_vec()).unwrap();
    let named = codes(&answer).filter(|name| *name != "none").map(str::to_owned);
    assert_eq!(told, named.collect());
}

#[test]
fn every_request_that_steers_is_answered() {
    let sandbox = Sandbox::new(Config::default()).unwrap();
    for row in rows(section("Steering")) {
        let requests: Vec<&str> = codes(row[0]).filter(|code| code.contains(' ')).collect();
        let [.., request] = requests[..] else { panic!("no request in {row:?}") };
        let (method, path) = request.split_once(' ').unwrap();
        let request = Request::builder().method(method).uri(path.replace(['{', '}'], ""));
        let answer = sandbox.handle(&request.body(Bytes::new()).unwrap()).unwrap();
        let answer = String::from_utf8_lossy(answer.body()).into_owned();
        let is_known = !answer.contains("there is nothing here") || path.contains('{');
        assert!(is_known, "{request}: {answer}", request = row[0]);
    }
}
