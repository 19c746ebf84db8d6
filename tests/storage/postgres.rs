//! PostgreSQL: what holds there and nowhere else.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ksef_audit::conformance::CHECKS;
use ksef_audit::query::{DateOf, Dates, Filter};
use ksef_audit::{Error, First, Postgres, Row, SubmissionId, Tenant, Test, VerifyOptions};
use ksef_core::submission::simulation::SimulatedKsef;
use ksef_core::submission::{Event, Fact};
use ksef_core::{ReferenceNumber, ReferenceNumberKind};
use ksef_tests::planted::PlantedFault;
use ksef_tests::postgres::{APPLICATION, Database, OWNER, SUPERUSER, Server};
use ksef_tests::suite::{Failed, cases};
use tokio::sync::mpsc;

use crate::world::{PINNED, Place, drive, ksef, new_submission, runtime, start, tenant};
use crate::{catalogue, isolation, search};

/// The server of this process, and a database that is migrated and empty.
struct Shared {
    server: Server,
    template: Database,
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let server = Server::start().expect("a server starts");
        let template = migrated(&server);
        Shared { server, template }
    })
}

fn migrated(server: &Server) -> Database {
    let database = server.database().expect("a database");
    migrate(&database).expect("the schema is made");
    database
}

fn migrate(database: &Database) -> Result<(), Error> {
    runtime().block_on(Postgres::migrate(&database.address(OWNER), APPLICATION))
}

pub(crate) fn database() -> Result<(&'static Server, Database), Failed> {
    let Shared { server, template } = shared();
    Ok((server, server.copy_of(template)?))
}

/// A database that is migrated and empty.
pub(crate) fn fresh() -> Result<Place, Failed> {
    Ok(Place::at(database()?.1.address(APPLICATION)))
}

/// A database with what `sql` fills in, and with the tenant that it is for. The server reads `file`.
pub(crate) fn filled(file: &Path, sql: &str) -> Result<Place, Failed> {
    let (server, database) = database()?;
    std::fs::set_permissions(file, Permissions::from_mode(0o644))?;
    server.execute(&database, SUPERUSER, sql)?;
    // As the server itself does after a while.
    server.execute(&database, SUPERUSER, "VACUUM ANALYZE")?;
    Ok(Place::at(database.address(APPLICATION)))
}

pub(crate) fn conformance() -> Result<(), Failed> {
    let (_, database) = database()?;
    runtime().block_on(async {
        let backend = Postgres::open(&database.address(APPLICATION)).await?;
        for (name, check) in CHECKS {
            check(&backend).await.map_err(|error| format!("{name}: {error}"))?;
        }
        println!("{} functions", CHECKS.len());
        Ok(())
    })
}

/// The steps that made the schemas of earlier programs.
const EARLIER: [&str; 6] = [
    include_str!("../../ksef-audit/migrations/postgres/0001_ledger.sql"),
    include_str!("../../ksef-audit/migrations/postgres/0002_search.sql"),
    include_str!("../../ksef-audit/migrations/postgres/0003_shared.sql"),
    include_str!("../../ksef-audit/migrations/postgres/0004_covering.sql"),
    include_str!("../../ksef-audit/migrations/postgres/0005_together.sql"),
    include_str!("../../ksef-audit/migrations/postgres/0006_found.sql"),
];

/// The schema of an earlier program, which today's takes for its own.
fn of_an_earlier_program(server: &Server, version: usize) -> Result<Database, Failed> {
    let database = server.database()?;
    let steps = EARLIER.iter().take(version).copied().collect::<String>();
    let sql = format!(
        "CREATE SCHEMA ksef_audit;
        CREATE TABLE ksef_audit.migration (version bigint PRIMARY KEY);
        {steps};
        INSERT INTO ksef_audit.migration SELECT generate_series(1, {});
        GRANT USAGE ON SCHEMA ksef_audit TO {APPLICATION};
        GRANT ALL ON ALL TABLES IN SCHEMA ksef_audit TO {APPLICATION}",
        EARLIER.len() + 1,
    );
    server.execute(&database, OWNER, &sql)?;
    Ok(database)
}

/// Submits and drives every other one to the end, half a month after the one before.
async fn record_some(
    tenant: &Tenant<Test>,
    ksef: &mut SimulatedKsef,
    keys: &[&str],
) -> Result<(), Failed> {
    for (place, key) in keys.iter().enumerate() {
        let mut new = new_submission(key);
        if let First::Prepared(prepared) = &mut new.first {
            prepared.p_1 = ksef.now().warsaw_date();
        }
        let id = tenant.submit(new, ksef.now()).await?;
        if place % 2 == 0 {
            drive(tenant, id, ksef, &mut || ()).await;
        }
        let later = ksef.now().checked_add(Duration::from_secs(15 * 24 * 60 * 60)).ok_or("time")?;
        ksef.advance_to(later);
    }
    Ok(())
}

/// A database of an earlier program is brought up to date: it has what it had, every filter finds it,
/// nothing is found in it, and it records on.
pub(crate) fn earlier_schemas() -> Result<(), Failed> {
    let Shared { server, .. } = shared();
    for version in 1..=EARLIER.len() {
        let database = of_an_earlier_program(server, version)?;
        let address = database.address(APPLICATION);
        let mut ksef = ksef();
        let (before, head) = runtime().block_on(async {
            let backend = Postgres::open(&address).await?;
            let tenant = tenant(&backend, 1).await;
            record_some(&tenant, &mut ksef, &["one", "two", "three", "four", "five"]).await?;
            let lines = search::lines(&tenant, &Filter::default(), (100, 1)).await?;
            Ok::<_, Failed>((lines, tenant.head().await?))
        })?;
        let back = format!(
            "DELETE FROM ksef_audit.migration WHERE version > {version};
            DELETE FROM ksef_audit.trigram WHERE {version} < 2 AND gram LIKE E'%\n'"
        );
        server.execute(&database, SUPERUSER, &back)?;
        let refused = runtime().block_on(Postgres::open(&address));
        assert!(matches!(refused, Err(Error::Unsupported { .. })), "{refused:?}");
        migrate(&database)?;
        runtime().block_on(async {
            let backend = Postgres::open(&address).await?;
            let tenant = tenant(&backend, 1).await;
            let options = VerifyOptions { receipts: Some(Arc::new(PINNED)), known_heads: &[head] };
            let verification = tenant.verify(&options).await?;
            assert!(verification.is_clean(), "{version}: {:?}", verification.findings);
            let after = search::lines(&tenant, &Filter::default(), (100, 1)).await?;
            assert_eq!(after, before, "{version}");
            assert!(before.len() == 5 && before.iter().any(|(_, row)| row.ksef_number.is_some()));
            finds_everything(&tenant, &before).await?;
            record_some(&tenant, &mut ksef, &["six", "seven"]).await?;
            let all = search::lines(&tenant, &Filter::default(), (100, 1)).await?;
            finds_everything(&tenant, &all).await?;
            clean(&tenant, 7).await
        })?;
    }
    Ok(())
}

/// What each line says of itself leads to it, and so do beginnings and parts of that.
async fn finds_everything(tenant: &Tenant<Test>, all: &[(u64, Row)]) -> Result<(), Failed> {
    for (_, row) in all {
        let mut filters = vec![
            Filter { statuses: [row.status].into(), ..Filter::default() },
            Filter { document_type: row.document_type, ..Filter::default() },
            Filter { nip: row.nip, ..Filter::default() },
            Filter { nip: row.nip, statuses: [row.status].into(), ..Filter::default() },
        ];
        for of in [DateOf::Submitted, DateOf::Issue, DateOf::Accepted] {
            let dates = row.p_1.map(|day| Dates { of, from: day, to: day });
            filters.push(Filter { dates, ..Filter::default() });
        }
        if let Some(number) = row.ksef_number {
            let beginnings =
                (0..=number.as_str().len()).filter_map(|end| number.as_str().get(..end));
            filters.extend(beginnings.map(|beginning| Filter {
                ksef_number: Some(beginning.to_owned()),
                ..Filter::default()
            }));
        }
        let reference = row.order_reference.as_deref().ok_or("a reference")?;
        let ends = (0..reference.len()).filter_map(|begin| reference.get(begin..));
        filters.extend(
            ends.map(|part| Filter { order_reference: Some(part.to_owned()), ..Filter::default() }),
        );
        for filter in filters {
            search::finds_what_it_should(tenant, all, &filter).await?;
        }
    }
    Ok(())
}

/// How many sequences of random operations tenants go through.
fn sequences() -> u32 {
    cases(10_000, 100_000)
}

/// Switches off what the application itself filters by: for its role, `tenant = …` holds for any.
/// The policies were made before and keep the operators of the system.
const WITHOUT_OWN_FILTER: &str = "
    CREATE SCHEMA planted;
    GRANT USAGE ON SCHEMA planted TO application;
    CREATE FUNCTION planted.always(uuid, uuid) RETURNS boolean
        LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE OPERATOR planted.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = planted.always);
    CREATE FUNCTION planted.always(ksef_audit.environment, ksef_audit.environment)
        RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE OPERATOR planted.= (LEFTARG = ksef_audit.environment,
        RIGHTARG = ksef_audit.environment, FUNCTION = planted.always);
    ALTER ROLE application IN DATABASE %database% SET search_path = planted, pg_catalog;";

/// Switches row security off, behind the back of a backend that is open already.
const WITHOUT_ROW_SECURITY: &str = "DO $$
    DECLARE name text;
    BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'ksef_audit' LOOP
            EXECUTE format('ALTER TABLE ksef_audit.%I DISABLE ROW LEVEL SECURITY', name);
        END LOOP;
    END $$";

#[derive(Clone, Copy)]
struct Walls {
    own_filter: bool,
    row_security: bool,
}

fn isolated(walls: Walls, sequences: u32) -> Result<(), Failed> {
    let (server, database) = database()?;
    if !walls.own_filter {
        let sql = WITHOUT_OWN_FILTER.replace("%database%", database.name());
        server.execute(&database, SUPERUSER, &sql)?;
    }
    runtime().block_on(async {
        let backend = Postgres::open(&database.address(APPLICATION)).await?;
        if !walls.row_security {
            server.execute(&database, SUPERUSER, WITHOUT_ROW_SECURITY)?;
        }
        isolation::run(&backend, sequences).await
    })
}

pub(crate) fn isolated_by_both() -> Result<(), Failed> {
    isolated(Walls { own_filter: true, row_security: true }, sequences() / 4)
}

pub(crate) fn isolated_by_row_security() -> Result<(), Failed> {
    let row_security = !PlantedFault::NoRowSecurity.is_on();
    isolated(Walls { own_filter: false, row_security }, sequences())
}

pub(crate) fn isolated_by_the_application() -> Result<(), Failed> {
    isolated(Walls { own_filter: true, row_security: false }, sequences())
}

/// The two tests above see what they are there to see.
pub(crate) fn a_leak_is_seen() -> Result<(), Failed> {
    let leaks = std::panic::catch_unwind(|| {
        isolated(Walls { own_filter: false, row_security: false }, 200)
    });
    match leaks {
        Ok(Ok(())) => Err("without any wall there is no leak".into()),
        Ok(Err(_)) | Err(_) => Ok(()),
    }
}

/// Tables that are read before a tenant is known: what they may have, and nothing else.
const READ_BY_ALL: &str = "endpoint|environment,id,tenant
migration|version
scope|due_at,environment,tenant
";

pub(crate) fn no_table_lacks_its_policy() -> Result<(), Failed> {
    let (server, database) = database()?;
    let own = "((tenant = (NULLIF(current_setting('ksef_audit.tenant'::text, true), ''::text))::uuid) \
               AND (environment = (NULLIF(current_setting('ksef_audit.environment'::text, true), \
               ''::text))::ksef_audit.environment))";
    // A policy in `own` is the one for every command, and for everyone.
    let open = format!(
        "WITH walled AS (
            SELECT polrelid FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
            WHERE polcmd = '*' AND polroles = '{{0}}' AND relrowsecurity AND relforcerowsecurity
                AND replace(pg_get_expr(polqual, polrelid), E'\\n', '') = $own${own}$own$
                AND replace(pg_get_expr(polwithcheck, polrelid), E'\\n', '') = $own${own}$own$
        ), other AS (SELECT polrelid FROM pg_policy GROUP BY polrelid HAVING count(*) > 1)
        SELECT relname, string_agg(attname, ',' ORDER BY attname)
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
        WHERE relnamespace = 'ksef_audit'::regnamespace AND relkind NOT IN ('i', 'c')
            AND (pg_class.oid NOT IN (SELECT polrelid FROM walled)
                OR pg_class.oid IN (SELECT polrelid FROM other))
        GROUP BY relname ORDER BY relname"
    );
    assert_eq!(server.execute(&database, SUPERUSER, &open)?, READ_BY_ALL);
    // A unique key that does not begin with the tenant would tell of others by its refusals. The
    // address of an endpoint is found before its tenant is.
    let keys = "SELECT indexrelid::regclass FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
        WHERE relnamespace = 'ksef_audit'::regnamespace AND indisunique AND NOT EXISTS (
            SELECT 1 FROM pg_attribute WHERE attrelid = indrelid
                AND attnum = indkey[0] AND attname = 'tenant'
        ) ORDER BY 1";
    let expected = "ksef_audit.migration_pkey\nksef_audit.endpoint_pkey\n";
    assert_eq!(server.execute(&database, SUPERUSER, keys)?, expected);
    Ok(())
}

/// The page about the data model says in which columns the databases differ.
pub(crate) fn the_data_model_is_that_of_sqlite() -> Result<(), Failed> {
    let (server, database) = database()?;
    let sql = "SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_schema = 'ksef_audit' AND table_name <> 'migration'
            AND column_name NOT IN ('tenant', 'environment', 'receipt_kind', 'ksef_month')";
    let stored = server.execute(&database, SUPERUSER, sql)?;
    let page = catalogue::page("DATA-MODEL.md")?;
    let mut described = BTreeSet::new();
    for section in ["A tenant's file", "The registry"] {
        for (table, column, kind) in catalogue::on_page(&page, section)? {
            let kind = match kind.as_str() {
                "INTEGER" => "bigint",
                "BLOB" => "bytea",
                _ => "text",
            };
            let differs = ["tenant", "environment", "one", "noted", "through"];
            if !differs.contains(&column.as_str()) {
                described.insert(format!("{table}|{column}|{kind}"));
            }
        }
    }
    assert_eq!(stored.lines().map(str::to_owned).collect::<BTreeSet<_>>(), described);
    Ok(())
}

/// What the page about data and security says of PostgreSQL is what there is.
pub(crate) fn the_security_page_has_every_column() -> Result<(), Failed> {
    let (server, database) = database()?;
    let sql = "SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE table_schema = 'ksef_audit'";
    let stored: BTreeSet<_> =
        server.execute(&database, SUPERUSER, sql)?.lines().map(str::to_owned).collect();
    let mut tables = catalogue::on_security_page()?;
    tables.retain(|(table, _)| table != "indexed");
    let names: BTreeSet<_> = tables.iter().map(|(table, _)| table.clone()).collect();
    let columns = tables.iter().filter(|(_, column)| !matches!(column.as_str(), "one" | "noted"));
    let mut described: BTreeSet<_> =
        columns.map(|(table, column)| format!("{table}.{column}")).collect();
    for (table, column) in
        names.iter().flat_map(|table| ["tenant", "environment"].map(|column| (table, column)))
    {
        described.insert(format!("{table}.{column}"));
    }
    let others = ["migration.version", "submission.receipt_kind", "submission.ksef_month"]
        .map(str::to_owned);
    described.extend(others);
    let differing: Vec<_> = stored.symmetric_difference(&described).collect();
    assert!(differing.is_empty(), "{differing:?}");
    Ok(())
}

/// What the application may do beside reading, and what nobody may. Whatever is not here is refused.
const GRANTED: &str = "document|INSERT
endpoint|DELETE
endpoint|INSERT
entry|INSERT
idempotency|INSERT
log_head|INSERT
scope|INSERT
session_key|INSERT
setting|INSERT
shared|INSERT
submission|INSERT
tally|INSERT
trigram|INSERT
work|INSERT
";

/// The columns that the application may update are those that follow from the facts.
const UPDATED: &str = "log_head\nscope\nsetting\nshared\nsubmission\ntally\nwork\n";

pub(crate) fn facts_are_not_changed() -> Result<(), Failed> {
    let (server, database) = database()?;
    fill(&database)?;
    let granted = "SELECT table_name, privilege_type FROM information_schema.table_privileges
        WHERE grantee = 'application' AND privilege_type <> 'SELECT' ORDER BY 1, 2";
    assert_eq!(server.execute(&database, SUPERUSER, granted)?, GRANTED);
    let updated = "SELECT DISTINCT table_name FROM information_schema.column_privileges
        WHERE grantee = 'application' AND privilege_type = 'UPDATE' ORDER BY 1";
    assert_eq!(server.execute(&database, SUPERUSER, updated)?, UPDATED);
    let own =
        "SELECT set_config('ksef_audit.tenant', '01010101-0101-0101-0101-010101010101', false),
        set_config('ksef_audit.environment', 'TEST', false);";
    let facts = ["document", "session_key", "entry", "idempotency"];
    let mut refused = 0;
    for role in [APPLICATION, OWNER, SUPERUSER] {
        for table in facts {
            for sql in [
                format!("UPDATE ksef_audit.{table} SET tenant = tenant"),
                format!("DELETE FROM ksef_audit.{table}"),
                format!("TRUNCATE ksef_audit.{table} CASCADE"),
            ] {
                let result = server.execute(&database, role, &format!("{own}{sql}"));
                assert!(result.is_err(), "{role}: {sql}");
                refused += 1;
            }
        }
        for sql in [
            "DELETE FROM ksef_audit.submission",
            "DELETE FROM ksef_audit.log_head",
            "UPDATE ksef_audit.log_head SET size = size - 1",
            "INSERT INTO ksef_audit.entry SELECT tenant, environment, sequence + 1000, submission,
                position + 1000, record FROM ksef_audit.entry",
            &appended("VALUES (1, 0), (3, 1)"),
            &appended("VALUES (1, 0), (2, 2)"),
            &appended("VALUES (1, 1)"),
            &appended("VALUES (2, 0)"),
            "UPDATE ksef_audit.submission SET status = 'ACCEPTED'",
            "UPDATE ksef_audit.submission SET status = 'ACCEPTED', ksef_number = '1',
                receipt = digest",
        ] {
            let result = server.execute(&database, role, &format!("{own}{sql}"));
            assert!(result.is_err(), "{role}: {sql}");
            refused += 1;
        }
    }
    let followed = format!("BEGIN; {own} {}; ROLLBACK", appended("VALUES (2, 1), (1, 0)"));
    server.execute(&database, APPLICATION, &followed)?;
    println!("{refused} refusals");
    Ok(())
}

/// Appends entries of a submission that has none, each so far behind the end of the log, and at a
/// position.
fn appended(places: &str) -> String {
    format!(
        "INSERT INTO ksef_audit.entry SELECT tenant, environment, size - 1 + step, 9, position, 'x'
        FROM ksef_audit.log_head, ({places}) AS place (step, position)"
    )
}

/// One submission, and the sealed key of a session.
fn fill(database: &Database) -> Result<(), Failed> {
    runtime().block_on(async {
        let backend = Postgres::open(&database.address(APPLICATION)).await?;
        let tenant = tenant(&backend, 1).await;
        tenant.submit(new_submission("one"), start()).await?;
        let kind = ReferenceNumberKind::OnlineSession;
        let session = ReferenceNumber::new(kind, start(), 1, 1)?;
        tenant.keep_session_key(session, b"sealed".to_vec()).await?;
        Ok(())
    })
}

pub(crate) fn unsafe_servers_are_refused() -> Result<(), Failed> {
    let (server, database) = database()?;
    let empty = server.database()?;
    let what = |address: String| match runtime().block_on(Postgres::open(&address)) {
        Err(Error::Unsupported { what }) => Ok(what),
        other => Err(format!("{other:?}")),
    };
    let unbound = "a role that row security does not bind";
    assert_eq!(what(database.address(OWNER))?, unbound);
    assert_eq!(what(database.address(SUPERUSER))?, unbound);
    let missing = "a schema that is not there or out of date; migrate it";
    assert_eq!(what(empty.address(APPLICATION))?, missing);
    let unforced = "ALTER TABLE ksef_audit.entry NO FORCE ROW LEVEL SECURITY";
    server.execute(&database, OWNER, unforced)?;
    assert_eq!(what(database.address(APPLICATION))?, "tables without row security");
    server.execute(&database, OWNER, "INSERT INTO ksef_audit.migration VALUES (1000)")?;
    let later = "a schema that a later version of the program made";
    assert_eq!(what(database.address(APPLICATION))?, later);
    assert!(matches!(migrate(&database), Err(Error::Unsupported { what }) if what == later));
    Ok(())
}

/// While the server is away every call says so, and afterwards everything is as it was acknowledged.
pub(crate) fn gone_and_back() -> Result<(), Failed> {
    let server = Server::start()?;
    let database = migrated(&server);
    runtime().block_on(async {
        let backend = Postgres::open(&database.address(APPLICATION)).await?;
        let tenant = tenant(&backend, 1).await;
        let id = tenant.submit(new_submission("one"), start()).await?;
        server.crash()?;
        let claimed = || vec![Event::new(start(), Fact::Claimed)];
        let (submitted, row, appended) = tokio::join!(
            tenant.submit(new_submission("two"), start()),
            tenant.row(id),
            tenant.append(id, claimed()),
        );
        assert!(matches!(submitted, Err(Error::Backend { .. })), "{submitted:?}");
        assert!(matches!(row, Err(Error::Backend { .. })), "{row:?}");
        assert!(matches!(appended, Err(Error::Backend { .. })), "{appended:?}");
        server.resume()?;
        clean(&tenant, 1).await?;
        assert_eq!(tenant.submit(new_submission("one"), start()).await?, id);
        tenant.append(id, claimed()).await?;
        assert_eq!(tenant.submit(new_submission("two"), start()).await?.number(), 2);
        clean(&tenant, 2).await
    })
}

/// How long a call may wait at most: behind one that is given up, and then for a connection.
const GIVEN_UP: Duration = Duration::from_secs(40);

const WRITERS: u32 = 8;

/// The server is frozen under writers: whoever waits is told in time, and afterwards everything goes
/// on. What was not acknowledged may be there, and is not there twice.
pub(crate) fn frozen() -> Result<(), Failed> {
    let server = Server::start()?;
    let database = migrated(&server);
    runtime().block_on(async {
        let backend = Postgres::open(&database.address(APPLICATION)).await?;
        let tenant = tenant(&backend, 1).await;
        let id = tenant.submit(new_submission("first"), start()).await?;
        let (tell, mut told) = mpsc::unbounded_channel();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write_until_refused(tenant.clone(), writer, tell.clone())))
            .collect();
        for _ in 0..10 * WRITERS {
            told.recv().await.ok_or("the writers write")?;
        }
        let frozen = server.freeze()?;
        let begin = Instant::now();
        let (row, counts) = tokio::join!(tenant.row(id), tenant.counts());
        assert!(matches!(row, Err(Error::Backend { .. })), "{row:?}");
        assert!(matches!(counts, Err(Error::Backend { .. })), "{counts:?}");
        let mut keys = vec!["first".to_owned()];
        let mut acknowledged = vec![id];
        for writer in writers {
            let (written, names, error) = writer.await?;
            assert!(matches!(error, Error::Backend { .. }), "{error:?}");
            acknowledged.extend(written);
            keys.extend(names);
        }
        let elapsed = begin.elapsed();
        assert!(elapsed < GIVEN_UP, "{elapsed:?}");
        drop(frozen);
        let mut found = BTreeSet::new();
        for key in &keys {
            found.insert(tenant.submit(new_submission(key), start()).await?.number());
        }
        assert!(acknowledged.iter().all(|id| found.contains(&id.number())), "nothing is lost");
        assert_eq!(found, (1..=u64::try_from(keys.len())?).collect(), "nothing is there twice");
        println!("{} acknowledged, given up after {elapsed:.1?}", acknowledged.len());
        clean(&tenant, u64::try_from(keys.len())?).await
    })
}

/// What is acknowledged, the names under which something was submitted, and why that ended.
async fn write_until_refused(
    tenant: Tenant<Test>,
    writer: u32,
    tell: mpsc::UnboundedSender<()>,
) -> (Vec<SubmissionId<Test>>, Vec<String>, Error) {
    let (mut acknowledged, mut names) = (Vec::new(), Vec::new());
    loop {
        let name = format!("{writer}-{}", names.len());
        names.push(name.clone());
        match tenant.submit(new_submission(&name), start()).await {
            Ok(id) => acknowledged.push(id),
            Err(error) => return (acknowledged, names, error),
        }
        // Nobody listens once the server is frozen.
        let _ = tell.send(());
    }
}

async fn clean(tenant: &Tenant<Test>, submissions: u64) -> Result<(), Failed> {
    let options = VerifyOptions { receipts: Some(Arc::new(PINNED)), ..VerifyOptions::default() };
    let verification = tenant.verify(&options).await?;
    assert!(verification.is_clean(), "{:?}", verification.findings);
    assert_eq!(verification.submissions, submissions);
    Ok(())
}

/// The server is killed under writers, with a default that would lose what was acknowledged last.
pub(crate) fn the_server_is_killed() -> Result<(), Failed> {
    let server = Server::start()?;
    let database = migrated(&server);
    let lossy = "ALTER SYSTEM SET synchronous_commit = off";
    server.execute(&database, SUPERUSER, lossy)?;
    server.execute(&database, SUPERUSER, "ALTER SYSTEM SET wal_writer_delay = '10s'")?;
    server.execute(&database, SUPERUSER, "SELECT pg_reload_conf()")?;
    let mut acknowledged = 0;
    for round in 0..cases(5, 200) {
        acknowledged += runtime().block_on(async {
            let backend = Postgres::open(&database.address(APPLICATION)).await?;
            let tenant = tenant(&backend, 1).await;
            let mut keys = Vec::new();
            for count in 0..20 {
                let key = format!("{round}-{count}");
                keys.push((tenant.submit(new_submission(&key), start()).await?, key));
            }
            server.crash()?;
            server.resume()?;
            for (id, key) in &keys {
                let found = tenant.submit(new_submission(key), start()).await?;
                assert_eq!(found, *id, "{key} was acknowledged and is lost");
            }
            clean(&tenant, u64::from(acknowledged) + 20).await?;
            Ok::<u32, Failed>(20)
        })?;
    }
    println!("{acknowledged} acknowledged");
    Ok(())
}
