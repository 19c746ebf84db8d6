//! The page about the data model, held beside the catalogue of a database.

use std::collections::BTreeSet;
use std::path::Path;

use ksef_tests::suite::Failed;
use rusqlite::Connection;

use crate::world::{new_submission, runtime, sqlite, start, tenant, tenant_id};

/// Table, column, type.
pub(crate) type Columns = BTreeSet<(String, String, String)>;

fn in_database(file: &Path) -> Result<Columns, Failed> {
    let sql = "SELECT tables.name, columns.name, columns.type
        FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
        WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'";
    let connection = Connection::open(file)?;
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The tables with the heading `| Column | Type |…` under a heading of the second level.
pub(crate) fn on_page(page: &str, section: &str) -> Result<Columns, Failed> {
    let section = format!("\n## {section}\n");
    let text = page.split_once(&section).ok_or("no such section")?.1;
    let text = text.split("\n## ").next().unwrap_or(text);
    let (mut columns, mut table, mut is_columns) = (Columns::new(), String::new(), false);
    for line in text.lines() {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let quoted = |text: &str| text.trim_matches('`').to_owned();
        match (line.strip_prefix("### "), cells.as_slice()) {
            (Some(name), _) => table = quoted(name),
            (None, ["Column", "Type", _]) => is_columns = true,
            (None, [name, kind, _]) if is_columns && name.starts_with('`') => {
                columns.insert((table.clone(), quoted(name), (*kind).to_owned()));
            }
            (None, ["---", ..]) => {}
            _ => is_columns = false,
        }
    }
    Ok(columns)
}

pub(crate) fn page(name: &str) -> Result<String, Failed> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
    Ok(std::fs::read_to_string(Path::new(folder).join(name))?)
}

/// The two files of a tenant that has something, with the sections of the page on each.
fn stored() -> Result<[(&'static str, Columns); 2], Failed> {
    let folder = tempfile::tempdir()?;
    runtime().block_on(async {
        let backend = sqlite(folder.path()).await;
        tenant(&backend, 1).await.submit(new_submission("one"), start()).await.map(drop)
    })?;
    let own = folder.path().join(format!("{}.test.sqlite", tenant_id(1)));
    let registry = folder.path().join("registry.sqlite");
    Ok([("A tenant's file", in_database(&own)?), ("The registry", in_database(&registry)?)])
}

pub(crate) fn data_model() -> Result<(), Failed> {
    let page = page("DATA-MODEL.md")?;
    for (section, stored) in stored()? {
        let described = on_page(&page, section)?;
        let differing: Vec<_> = stored.symmetric_difference(&described).collect();
        assert!(differing.is_empty(), "{section}: {differing:?}");
        assert!(stored.len() > 6, "hardly any column was compared");
    }
    Ok(())
}

/// Table and column.
pub(crate) type Named = BTreeSet<(String, String)>;

/// The tables of the page about data and security, which is the same in both languages: each names
/// all of its columns in one cell.
pub(crate) fn on_security_page() -> Result<Named, Failed> {
    let english = named_on(&page("DATA-AND-SECURITY.md")?, "\n| Table | Columns |")?;
    let polish = named_on(&page("DATA-AND-SECURITY.pl.md")?, "\n| Tabela | Kolumny |")?;
    let differing: Vec<_> = english.symmetric_difference(&polish).collect();
    assert!(differing.is_empty(), "in one language alone: {differing:?}");
    Ok(english)
}

fn named_on(page: &str, heading: &str) -> Result<Named, Failed> {
    let text = page.split_once(heading).ok_or("no table of tables")?.1;
    let rows = text.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut named = Named::new();
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [table, columns, .., ground] = cells.as_slice() else {
            return Err(format!("no row: {row}").into());
        };
        assert!(cells.len() == 5 && !ground.is_empty(), "{row}");
        let table = table.trim_matches('`').to_owned();
        let columns = columns.split_whitespace().map(|name| name.trim_matches('`').to_owned());
        named.extend(columns.map(|column| (table.clone(), column)));
    }
    Ok(named)
}

pub(crate) fn data_and_security() -> Result<(), Failed> {
    let stored = stored()?.into_iter().flat_map(|(_, columns)| columns);
    let stored: Named = stored.map(|(table, column, _)| (table, column)).collect();
    let described = on_security_page()?;
    let differing: Vec<_> = stored.symmetric_difference(&described).collect();
    assert!(differing.is_empty(), "{differing:?}");
    assert!(stored.len() > 50, "hardly any column was compared");
    Ok(())
}
