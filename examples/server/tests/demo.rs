//! The demo as anybody runs it.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Output, Stdio};

use ksef_audit::Postgres;
use ksef_tests::postgres::{APPLICATION, Database, OWNER, Server};
use ksef_tests::suite::{Failed, Need, Suite};
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    Suite::new()
        .test("the_demo_ends_as_its_table_says_and_leaves_exports", &[], in_sqlite)
        .test("the_demo_ends_as_its_table_says_in_postgresql", &[Need::PostgreSql], in_postgresql)
        .test("a_company_is_made_once_and_verified", &[], || commands(None))
        .test("a_company_is_made_once_and_verified_in_postgresql", &[Need::PostgreSql], || {
            let server = Server::start()?;
            commands(Some(&server.database()?))
        })
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

/// What somebody types who begins with nothing.
fn commands(database: Option<&Database>) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let run = |command: &[&str], input: &str| run(folder.path(), database, command, input);
    let company = |owner| {
        let nip = ["create-tenant", "--nip", "5265877635", "--name", "Przykładowa sp. z o.o."];
        let address = ["--address", "ul. Przykładowa 1, 00-001 Warszawa", "--owner", owner];
        [nip.as_slice(), address.as_slice()].concat()
    };
    if database.is_some() {
        let early = run(&company("anna"), "a long password\n")?;
        let said = String::from_utf8_lossy(&early.stderr).into_owned();
        assert!(!early.status.success() && said.contains("database: "), "{said}");
        assert!(said.contains("migrate") && said.lines().count() == 1, "{said}");
    }
    let migrated = run(&["migrate"], "")?;
    assert!(migrated.status.success(), "{migrated:?}");
    let short = run(&company("anna"), "short\n")?;
    let said = String::from_utf8_lossy(&short.stderr).into_owned();
    assert!(!short.status.success() && said.contains("at least 12 characters"), "{said}");
    let made = run(&company("anna"), "a long password\n")?;
    assert!(made.status.success(), "{made:?}");
    let again = run(&company("anna"), "a long password\n")?;
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(!again.status.success() && said.contains("take another name"), "{said}");
    let verified = run(&["verify"], "")?;
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success() && said.contains("0 findings"), "{said}");
    assert_eq!(folder.path().join("data").exists(), database.is_none());
    Ok(())
}

fn run(
    folder: &Path,
    database: Option<&Database>,
    command: &[&str],
    input: &str,
) -> Result<Output, Failed> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ksef-server"));
    program.args(command).current_dir(folder);
    if let Some(database) = database {
        program.env("KSEF_SERVER_DATABASE", database.address(APPLICATION));
        program.env("KSEF_SERVER_DATABASE_OWNER", database.address(OWNER));
    }
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = program.spawn()?;
    if let Some(mut stdin) = running.stdin.take() {
        // A command that does not read may have ended.
        let _ = stdin.write_all(input.as_bytes());
    }
    Ok(running.wait_with_output()?)
}
