//! The walk with curl in the sandbox's README, line for line.

use std::fs;
use std::process::Command;

use ksef_core::Nip;
use ksef_sandbox::{Config, Permission, Sandbox};
use ksef_tests::sandbox::NIP;
use ksef_tests::suite::{Failed, Need, Suite};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Builder;

const README: &str = include_str!("../../examples/sandbox/README.md");
const NEEDS: [Need; 2] = [Need::Program("curl"), Need::Program("openssl")];

/// The suite with the test of this module.
pub(crate) fn add_to(suite: Suite) -> Suite {
    suite.test("the_walk_with_curl_in_the_readme_leads_where_it_says", &NEEDS, leads)
}

/// The commands of the section.
fn commands() -> Result<&'static str, Failed> {
    let (_, section) =
        README.split_once("## A walk with curl").ok_or("there is no such section")?;
    let (_, block) = section.split_once("```sh\n").ok_or("there are no commands")?;
    Ok(block.split_once("```").ok_or("the commands have no end")?.0)
}

fn leads() -> Result<(), Failed> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let handle = runtime.block_on(Sandbox::start(Config::default()))?;
    let nip: Nip = NIP.parse()?;
    let token = handle.sandbox().create_token(nip, [Permission::InvoiceWrite]);
    let folder = TempDir::new()?;
    // What the program prints with `--json`, as far as the walk needs it.
    let said = json!({ "base_url": handle.base_url(), "ksef_token": token.expose(), "nip": nip });
    fs::write(folder.path().join("sandbox.json"), format!("{said}\n"))?;
    let mut shell = Command::new("sh");
    shell.args(["-eu", "-c", commands()?]).current_dir(folder.path());
    let output = shell.env("no_proxy", "*").output()?;
    let (said, trouble) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let is_there = |part: &&str| said.contains(part);
    let parts = [
        "\"challenge\":",
        "\"code\":200",
        "\"sessions\":[]",
        "{\"id\":1}503\n",
        "{\"invoices\":[]}",
    ];
    let missing: Vec<&str> = parts.into_iter().filter(|part| !is_there(part)).collect();
    if output.status.success() && missing.is_empty() {
        return Ok(());
    }
    Err(format!("{}, without {missing:?}:\n{said}\n{trouble}", output.status).into())
}
