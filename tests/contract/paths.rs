//! From a request to its operation.

use http::Method;
use ksef_tests::contract::{BASE, Contract, Operation, operations};
use ksef_tests::suite::{Failed, cases};
use proptest::prelude::{ProptestConfig, Strategy, prop_assert_eq};
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::api::{Api, list};

/// The file's own list, read in another way.
pub(crate) fn is_the_list_of_the_file() -> Result<(), Failed> {
    let api = Api::load()?;
    let operations = operations()?;
    let permissions = |operation: &Value| -> Vec<String> {
        let names = list(operation, "/x-required-permissions");
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut listed: Vec<_> = api
        .operations()
        .map(|(method, path, operation)| {
            let anonymous = operation.get("security").is_none();
            (path.clone(), method.to_string(), anonymous, permissions(operation))
        })
        .collect();
    let mut ours: Vec<_> = operations
        .iter()
        .map(|operation| {
            let (path, method) = (operation.path().to_owned(), operation.method().to_string());
            (path, method, operation.is_anonymous(), operation.permissions().to_vec())
        })
        .collect();
    listed.sort();
    ours.sort();
    assert_eq!(ours, listed);
    assert_eq!(ours.len(), 83);
    assert_eq!(ours.iter().filter(|(_, _, anonymous, _)| *anonymous).count(), 15);
    Ok(())
}

pub(crate) fn groups_have_one_limit() -> Result<(), Failed> {
    let operations = operations()?;
    for operation in operations {
        let limits = operation.rate_limits();
        assert!(limits.per_second.is_some(), "{operation} has no limit in a second");
        // Without a group it is the limit of anonymous callers, which has one window only.
        assert_eq!(operation.rate_group().is_none(), limits.per_hour.is_none(), "{operation}");
        let group = operations.iter().filter(|other| other.rate_group() == operation.rate_group());
        for other in group {
            assert_eq!(other.rate_limits(), limits, "{operation} and {other}");
        }
    }
    Ok(())
}

pub(crate) fn a_literal_beats_a_parameter() -> Result<(), Failed> {
    let contract = Contract::load()?;
    let found = |method: Method, path: &str| {
        let operation = contract.operation(&method, &format!("{BASE}{path}"));
        operation.map_or_else(|| "none".to_owned(), |operation| operation.path().to_owned())
    };
    let session = "/sessions/20251002-SO-190FB15000-0123456789-AB";
    let one = "/sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}";
    assert_eq!(found(Method::GET, &format!("{session}/invoices/some")), one);
    let failed = "/sessions/{referenceNumber}/invoices/failed";
    assert_eq!(found(Method::GET, &format!("{session}/invoices/failed")), failed);
    assert_eq!(found(Method::GET, "/auth/sessions"), "/auth/sessions");
    assert_eq!(found(Method::GET, "/auth/some"), "/auth/{referenceNumber}");
    // The other methods of a path have no part in it: `POST /auth/challenge` is another operation.
    assert_eq!(found(Method::GET, "/auth/challenge"), "/auth/{referenceNumber}");
    assert_eq!(found(Method::DELETE, "/auth/sessions/current"), "/auth/sessions/current");
    assert_eq!(found(Method::DELETE, "/auth/sessions/some"), "/auth/sessions/{referenceNumber}");
    Ok(())
}

/// Paths of words that are literals somewhere, of reference numbers and of other text.
pub(crate) fn a_request_is_of_the_best_match() -> Result<(), Failed> {
    let contract = Contract::load()?;
    let paths: Vec<&str> = contract.operations().iter().map(Operation::path).collect();
    let words: Vec<String> = paths
        .iter()
        .flat_map(|path| path.split('/'))
        .filter(|word| !word.starts_with('{'))
        .map(str::to_owned)
        .collect();
    let word = proptest::prop_oneof![select(words), "[A-Za-z0-9-]{0,36}"];
    let words = proptest::collection::vec(word, 8);
    let methods = select(vec![Method::GET, Method::POST, Method::DELETE, Method::PUT]);
    let template = proptest::arbitrary::any::<Index>();
    let config = ProptestConfig {
        cases: cases(20_000, 1_000_000),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new(config);
    let strategy = (methods, template, words).prop_map(|(method, template, words)| {
        (method, filled(template.get::<&str>(&paths), &words))
    });
    runner.run(&strategy, |(method, path)| {
        let found = contract.operation(&method, &format!("{BASE}{path}")).map(Operation::path);
        prop_assert_eq!(found, best(&contract, &method, &path), "{} {}", method, path);
        Ok(())
    })?;
    Ok(())
}

/// A template with words for its parameters, and for some of its literals.
fn filled(template: &str, words: &[String]) -> String {
    let segments = template.split('/').zip(words).map(|(segment, word)| {
        let takes_word = segment.starts_with('{') || word.len() % 7 == 6;
        if takes_word && !segment.is_empty() { word } else { segment }
    });
    segments.collect::<Vec<&str>>().join("/")
}

/// The template that the path matches, segment for segment, with literals as early as may be.
fn best<'a>(contract: &'a Contract, method: &Method, path: &str) -> Option<&'a str> {
    let operations = contract.operations().iter().filter(|operation| operation.method() == method);
    let matches = operations.map(Operation::path).filter(|template| {
        let (segments, texts) = (template.split('/'), path.split('/'));
        let fits = |(segment, text): (&str, &str)| {
            if segment.starts_with('{') { !text.is_empty() } else { segment == text }
        };
        segments.clone().count() == texts.clone().count() && segments.zip(texts).all(fits)
    });
    matches.min_by_key(|template| {
        template.split('/').map(|segment| segment.starts_with('{')).collect::<Vec<bool>>()
    })
}

pub(crate) fn only_the_base_and_whole_paths_match() -> Result<(), Failed> {
    let contract = Contract::load()?;
    for operation in contract.operations() {
        let path = operation.path().replace(['{', '}'], "x");
        let is_found = |path: &str| {
            let found = contract.operation(operation.method(), path);
            found.is_some_and(|found| found.path() == operation.path())
        };
        assert!(is_found(&format!("{BASE}{path}")), "{operation}");
        for other in ["", "/v1", "/v22", "/V2", "/api/v2", "/v2/"] {
            assert!(!is_found(&format!("{other}{path}")), "{other} {operation}");
        }
        for other in ["/", "/x", "x/"] {
            assert!(!is_found(&format!("{BASE}{path}{other}")), "{operation}{other}");
        }
    }
    Ok(())
}
