//! The repository as its users see it: files at the top, READMEs, what is published.
#![expect(clippy::expect_used, clippy::panic, reason = "a file that cannot be read ends the test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ksef_tests::official_data::package_folder;
use toml::{Table, Value};

const TOP_LEVEL: [&str; 15] = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "docs",
    "examples",
    "ksef-audit",
    "ksef-client",
    "ksef-core",
    "ksef-fa",
    "ksef-stripe",
    "tests",
];

const PUBLISHED: [&str; 6] =
    ["ksef-audit", "ksef-client", "ksef-core", "ksef-fa", "ksef-stripe", "examples/sandbox"];

/// Names that mean the machine somebody worked on, not the reader's.
const MACHINE_FOLDERS: [&str; 5] = ["tmp", "work", "root", "home", "Users"];

fn root() -> PathBuf {
    package_folder().join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn manifest(folder: &str) -> Table {
    read(&format!("{folder}/Cargo.toml")).parse().expect("a manifest is TOML")
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    entries.map(|entry| entry.expect("an entry of a folder").path()).collect()
}

#[test]
fn the_visible_top_level_is_exactly_what_the_design_says() {
    let mut found: BTreeSet<String> = entries(&root()).iter().map(|path| name(path)).collect();
    found.retain(|name| !name.starts_with('.') && name != "target");
    assert_eq!(found, TOP_LEVEL.map(String::from).into());
}

#[test]
fn readmes_name_the_client_package_that_is_ours() {
    for readme in ["README.md", "ksef-client/README.md"] {
        let text = read(readme);
        assert!(text.contains("cargo add ksef-api-client"), "{readme} does not say how to add it");
    }
    for readme in markdown_files() {
        let text = read(&readme);
        let foreign = text.contains("cargo add ksef-client");
        assert!(!foreign, "{readme}: the package ksef-client belongs to someone else");
    }
}

fn markdown_files() -> Vec<String> {
    let files =
        tracked_files().into_iter().filter(|path| path.extension().is_some_and(|e| e == "md"));
    files
        .map(|path| path.strip_prefix(root()).expect("below the root").display().to_string())
        .collect()
}

#[test]
fn published_crates_have_what_a_registry_page_needs() {
    for folder in PUBLISHED {
        let manifest = manifest(folder);
        let package = manifest.get("package").and_then(Value::as_table).expect("a package");
        assert_eq!(package.get("publish"), None, "{folder} is published");
        assert!(package.contains_key("license"), "{folder} names its licence");
        for key in ["description", "readme", "name"] {
            let value = package.get(key).and_then(Value::as_str).unwrap_or_default();
            assert!(!value.is_empty(), "{folder} has no {key}");
        }
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            assert_eq!(read(&format!("{folder}/{licence}")), read(licence), "{folder}/{licence}");
        }
        let package_name = package.get("name").and_then(Value::as_str).unwrap_or_default();
        let readme = read(&format!("{folder}/README.md"));
        assert!(readme.starts_with("# "), "{folder}/README.md has no title");
        assert!(readme.contains(package_name), "{folder}/README.md does not name {package_name}");
    }
}

#[test]
fn every_other_member_is_kept_from_being_published() {
    let workspace = manifest(".");
    let members = workspace.get("workspace").and_then(|table| table.get("members"));
    let members = members.and_then(Value::as_array).expect("members");
    for member in members.iter().filter_map(Value::as_str) {
        let publish =
            manifest(member).get("package").and_then(|table| table.get("publish")).cloned();
        let expected = (!PUBLISHED.contains(&member)).then_some(Value::Boolean(false));
        assert_eq!(publish, expected, "{member}");
    }
}

#[test]
fn no_file_names_a_folder_of_somebody_s_machine() {
    let mut found = Vec::new();
    for path in tracked_files() {
        // Anything that is not text cannot be read as UTF-8 and is not looked at.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            if names_a_machine_folder(line) {
                found.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_machine_folder_is_told_from_an_address() {
    let line = |before: &str, after: &str| format!("{before}/{}/{after}", "home");
    assert!(names_a_machine_folder(&line("", "me")));
    assert!(names_a_machine_folder(&line("path = \"", "me\"")));
    assert!(!names_a_machine_folder(&line("https://example.com", "page")));
    assert!(!names_a_machine_folder("see /homework for it"));
}

fn names_a_machine_folder(line: &str) -> bool {
    MACHINE_FOLDERS.iter().any(|folder| {
        let path = format!("/{folder}/");
        line.match_indices(&path).any(|(at, _)| {
            let before = line.get(..at).and_then(|text| text.chars().next_back());
            before.is_none_or(|c| !c.is_alphanumeric() && !"./_-}".contains(c))
        })
    })
}

/// Every file of the checkout but what Cargo, Git and Python put there.
fn tracked_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if ["target", ".git", ".venv"].contains(&name(&path).as_str()) {
                continue;
            }
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}
