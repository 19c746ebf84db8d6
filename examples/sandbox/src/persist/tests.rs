use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use ksef_core::Timestamp;

use super::{FILE_NAME, StateError};
use crate::{Config, Sandbox, StartError};

fn config(directory: &Path) -> Config {
    Config { state: Some(directory.to_owned()), ..Config::default() }
}

fn challenge(sandbox: &Sandbox) -> String {
    let request = http::Request::post("/v2/auth/challenge").body(Bytes::new()).unwrap();
    let answer = sandbox.handle(&request).unwrap();
    assert_eq!(answer.status(), 200);
    let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    body["challenge"].as_str().unwrap().to_owned()
}

#[test]
fn everything_is_there_again_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let frozen: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    let sandbox = Sandbox::new(config(directory.path())).unwrap();
    sandbox.freeze(frozen);
    sandbox.advance(Duration::from_secs(60));
    let challenge = challenge(&sandbox);
    drop(sandbox);

    let sandbox = Sandbox::new(config(directory.path())).unwrap();
    assert!(sandbox.0.world().challenges.contains(&challenge));
    assert_eq!(sandbox.now(), frozen.checked_add(Duration::from_secs(60)).unwrap());
}

#[test]
fn every_table_of_the_world_is_saved() {
    let sandbox = Sandbox::new(Config::default()).unwrap();
    let mut world = sandbox.0.world();
    // `Debug` shows every field; whatever shows rows is a table and must be among the tables.
    let shown = format!("{world:?}").matches("Table {").count();
    assert_eq!(world.tables().len(), shown);
}

#[test]
fn what_is_removed_stays_removed() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new(config(directory.path())).unwrap();
    let challenge = challenge(&sandbox);
    sandbox.0.world().challenges.remove(&challenge);
    sandbox.0.save().unwrap();
    drop(sandbox);
    let sandbox = Sandbox::new(config(directory.path())).unwrap();
    assert_eq!(sandbox.0.world().challenges.len(), 0);
}

#[test]
fn a_second_sandbox_cannot_use_the_same_file() {
    let directory = tempfile::tempdir().unwrap();
    let _first = Sandbox::new(config(directory.path())).unwrap();
    let second = Sandbox::new(config(directory.path()));
    assert!(matches!(second, Err(StartError::State(StateError::File(_)))));
}

#[test]
fn a_file_of_another_version_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    drop(Sandbox::new(config(directory.path())).unwrap());
    let connection = rusqlite::Connection::open(directory.path().join(FILE_NAME)).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let refused = Sandbox::new(config(directory.path()));
    assert!(matches!(refused, Err(StartError::State(StateError::Version))));
}

#[test]
fn a_damaged_record_is_named_by_its_table() {
    let directory = tempfile::tempdir().unwrap();
    drop(Sandbox::new(config(directory.path())).unwrap());
    let connection = rusqlite::Connection::open(directory.path().join(FILE_NAME)).unwrap();
    connection.execute("INSERT INTO record VALUES ('sessions', 'x', '{')", []).unwrap();
    drop(connection);
    let refused = Sandbox::new(config(directory.path())).unwrap_err();
    let StartError::State(StateError::Record { table, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(table, "sessions");
}

#[test]
fn what_could_not_be_written_is_written_later() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new(config(directory.path())).unwrap();
    let file = sandbox.0.state.as_ref().unwrap();
    let read_only = |on: bool| {
        let writer = file.0.lock().unwrap();
        writer.connection.pragma_update(None, "query_only", on).unwrap();
    };

    read_only(true);
    let request = http::Request::post("/v2/auth/challenge").body(Bytes::new()).unwrap();
    assert_eq!(sandbox.handle(&request).unwrap().status(), 500);
    read_only(false);
    challenge(&sandbox);
    drop(sandbox);

    let sandbox = Sandbox::new(config(directory.path())).unwrap();
    assert_eq!(sandbox.0.world().challenges.len(), 2);
}
