//! The demo as anybody runs it.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::process::{Command, ExitCode};

use ksef_audit::Postgres;
use ksef_tests::postgres::{APPLICATION, OWNER, Server};
use ksef_tests::suite::{Failed, Need, Suite};
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    Suite::new()
        .test("the_demo_ends_as_its_table_says_and_leaves_exports", &[], in_sqlite)
        .test("the_demo_ends_as_its_table_says_in_postgresql", &[Need::PostgreSql], in_postgresql)
        .run()
}

fn ends_as_its_table_says(options: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_ksef-server");
    let mut demo = Command::new(program);
    let output = demo.arg("demo").args(options).current_dir(&folder).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.matches("nothing lost, nothing twice").count(), 2, "{said}");
    assert_eq!(said.matches("; 0 findings").count(), 4, "{said}");
    let companies = [
        ("01010101-0101-0101-0101-010101010101", 17),
        ("02020202-0202-0202-0202-020202020202", 14),
    ];
    for (tenant, accepted) in companies {
        let folder = folder.path().join("target/demo/exports").join(tenant);
        let csv = fs::read_to_string(folder.join("TEST-audit.csv")).unwrap();
        assert_eq!(csv.matches(",ACCEPTED,").count(), accepted, "{csv}");
        for name in ["TEST-receipts.zip", "TEST-evidence.zip"] {
            let zip = fs::read(folder.join(name)).unwrap();
            assert!(zip.starts_with(b"PK"), "{name} is no archive");
        }
    }
}

fn in_sqlite() -> Result<(), Failed> {
    ends_as_its_table_says(&[]);
    Ok(())
}

fn in_postgresql() -> Result<(), Failed> {
    let server = Server::start()?;
    let database = server.database()?;
    let owner = database.address(OWNER);
    Runtime::new()?.block_on(Postgres::migrate(&owner, APPLICATION))?;
    ends_as_its_table_says(&["--database", &database.address(APPLICATION)]);
    Ok(())
}
