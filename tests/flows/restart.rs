//! `--state DIR`: a sandbox that ends, in whatever way, is the same one when it starts again.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, thread};

use bytes::Bytes;
use http::Request;
use ksef_sandbox::{Config, Sandbox};
use ksef_tests::sandbox::{
    CheckedSandbox, Client, Compression, InvoiceText, NIP, Package, config, now, request,
};
use ksef_tests::suite::Failed;
use serde_json::Value;
use tempfile::TempDir;

/// The variable with the directory of the state; with it, this program is a sandbox and no test.
pub(crate) const ROLE: &str = "KSEF_FLOWS_STATE";

/// Has the keys made and kept, as the program `ksef-sandbox` does.
fn keeps(directory: &Path) -> impl FnOnce(&mut Config) {
    move |config| {
        config.keys = None;
        config.seed = None;
        config.state = Some(directory.to_owned());
    }
}

/// Listens until this process is killed or its input ends, after a line with the address.
pub(crate) fn serve(directory: &Path) -> ExitCode {
    let served = || -> Result<(), Failed> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let handle = runtime.block_on(Sandbox::start(config(keeps(directory))?))?;
        handle.sandbox().freeze(now()?);
        let mut out = io::stdout();
        writeln!(out, "{}", handle.address())?;
        out.flush()?;
        // Whoever started it ends it, and takes it along when it ends itself.
        io::copy(&mut io::stdin(), &mut io::sink())?;
        Ok(())
    };
    match served() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Another process with a sandbox. It is killed when this is dropped.
struct Other(Child, SocketAddr);

impl Other {
    fn start(directory: &Path) -> Result<Self, Failed> {
        let mut command = Command::new(env::current_exe()?);
        let mut child =
            command.env(ROLE, directory).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        match line.trim().parse() {
            Ok(address) => Ok(Self(child, address)),
            Err(_) => {
                child.kill()?;
                Err("the other process gave no address".into())
            }
        }
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let ended = self.0.kill().and_then(|()| self.0.wait());
        debug_assert!(ended.is_ok(), "the other process is ours");
    }
}

/// Everything that is told about what there is, in the words of the sandbox.
fn told(client: &Client<'_>, paths: &[String]) -> Result<Vec<Value>, Failed> {
    let checked = client.checked();
    let mut told = Vec::new();
    for path in ["/sandbox/invoices", "/sandbox/sessions"] {
        told.push(
            checked.ask(&Request::get(path).body(Bytes::new())?)?.expect(200)?.json().clone(),
        );
    }
    for path in paths {
        let mut answer = client.get(path)?.expect(200)?.json().clone();
        unsigned(&mut answer);
        told.push(answer);
    }
    Ok(told)
}

/// Without the signatures of links, which are made anew each time.
fn unsigned(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("http") => {
            let end = text.find("&sig=").or_else(|| text.find('?')).unwrap_or(text.len());
            let start = text.find("/storage").unwrap_or_default();
            *text = text.get(start..end).unwrap_or_default().to_owned();
        }
        Value::Array(items) => items.iter_mut().for_each(unsigned),
        Value::Object(members) => members.values_mut().for_each(unsigned),
        _ => {}
    }
}

/// Something of everything; where it can be asked for.
fn fill(client: &Client<'_>) -> Result<Vec<String>, Failed> {
    let checked = client.checked();
    let closed = client.open()?;
    client.deliver(&closed, InvoiceText::new("1").as_bytes())?;
    client.deliver(&closed, InvoiceText::new("1").as_bytes())?;
    client.close(&closed)?.expect(204)?;
    let open = client.open()?;
    client.deliver(&open, InvoiceText::new("2").as_bytes())?;
    let package = Package::new(Compression::Zip, [("1.xml", InvoiceText::new("3").as_bytes())])?;
    let batch = client.send_batch(&package.order(checked, 1)?)?;
    let waiting = client.open_batch(&package.order(checked, 1)?)?.expect(201)?;
    let order = crate::causes::order_of_export(checked)?;
    let export = client.post("/invoices/exports", &order)?.expect(201)?;
    crate::limits::allow_invoices(client, 7)?;
    let sessions = [&closed, &open, &batch, waiting.text("/referenceNumber")?];
    let mut paths: Vec<_> = sessions.iter().map(|session| format!("/sessions/{session}")).collect();
    paths.extend(sessions.iter().map(|session| format!("/sessions/{session}/invoices")));
    paths.push(format!("/invoices/exports/{}", export.text("/referenceNumber")?));
    paths.extend(["/limits/context", "/tokens", "/auth/sessions"].map(str::to_owned));
    Ok(paths)
}

/// Ends it by dropping it and starts it again, in this process.
pub(crate) fn keeps_everything() -> Result<(), Failed> {
    let directory = TempDir::new()?;
    let start = || CheckedSandbox::new(keeps(directory.path()));
    let before = start()?;
    let client = before.log_in(NIP)?;
    let token = client.ksef_token()?;
    let paths = fill(&client)?;
    let told_before = told(&client, &paths)?;
    let (access, refresh) = (client.access_token().to_owned(), client.refresh_token().to_owned());
    before.verdict()?;
    drop(client);
    drop(before);

    let after = start()?;
    // Its tokens are still good, and so is the key that clients encrypted to.
    let same = request("GET", "/tokens", Some(&access), None)?;
    after.ask(&same)?.expect(200)?;
    let again = request("POST", "/auth/token/refresh", Some(&refresh), None)?;
    after.ask(&again)?.expect(200)?;
    let client = after.log_in_with_token(&token, NIP)?;
    let told_after = told(&client, &paths)?;
    differ(&told_before, &told_after, &["/auth/sessions", "/tokens"], &paths)?;
    // What was taken before is still a duplicate, and numbers go on.
    let session = client.open()?;
    let duplicate = client.deliver(&session, InvoiceText::new("2").as_bytes())?;
    let fresh = client.deliver(&session, InvoiceText::new("4").as_bytes())?;
    let code = |invoice: &str| Ok::<_, Failed>(client.invoice(&session, invoice)?.status()?.code);
    if (code(&duplicate)?, code(&fresh)?) != (440, 200) {
        return Err("it does not know what it has accepted".into());
    }
    after.verdict()?;
    Ok(())
}

/// What is told otherwise, but for what changes by a further login.
fn differ(
    before: &[Value],
    after: &[Value],
    changing: &[&str],
    paths: &[String],
) -> Result<(), Failed> {
    let names = ["/sandbox/invoices", "/sandbox/sessions"].map(str::to_owned);
    let names = names.iter().chain(paths);
    let different = names
        .zip(before.iter().zip(after))
        .filter(|(name, (before, after))| !changing.contains(&name.as_str()) && before != after);
    let different: Vec<_> =
        different.map(|(name, (before, after))| format!("{name}: {before} then {after}")).collect();
    crate::none(&different)
}

/// Four clients send without a pause until the sandbox is killed; then it starts again.
pub(crate) fn loses_nothing_that_was_answered() -> Result<(), Failed> {
    let directory = TempDir::new()?;
    let mut acknowledged: Vec<(String, String, String)> = Vec::new();
    for round in 0..3 {
        let other = Other::start(directory.path())?;
        let checked = CheckedSandbox::at(other.1)?;
        let log_in = |sender| Ok((checked.log_in(NIP)?, format!("{round}/{sender}")));
        let senders = (0..4).map(log_in).collect::<Result<Vec<_>, Failed>>()?;
        let enough = AtomicUsize::new(0);
        let sent = thread::scope(|scope| {
            let running: Vec<_> = senders
                .iter()
                .map(|(client, name)| scope.spawn(|| send_until_the_end(client, name, &enough)))
                .collect();
            let is_over = || running.iter().all(|sender| sender.is_finished());
            while enough.load(Ordering::Relaxed) < 12 && !is_over() {
                thread::yield_now();
            }
            drop(other);
            running.into_iter().map(|sender| sender.join()).collect::<Vec<_>>()
        });
        for sent in sent {
            acknowledged.extend(sent.map_err(|_| "a sender stopped")?);
        }
        checked.verdict()?;
    }
    let other = Other::start(directory.path())?;
    let checked = CheckedSandbox::at(other.1)?;
    let client = checked.log_in(NIP)?;
    if acknowledged.len() < 30 {
        return Err("it was killed before much was acknowledged".into());
    }
    for (session, invoice, number) in &acknowledged {
        let told = client.invoice(session, invoice)?;
        if told.status()?.code != 200 || told.text("/invoiceNumber")? != number {
            return Err(format!("{number} was acknowledged and is not there").into());
        }
    }
    crate::conservation::none_twice(&checked)?;
    checked.verdict()?;
    Ok(())
}

/// The session, the reference number and the own number of whatever was acknowledged.
fn send_until_the_end(
    client: &Client<'_>,
    name: &str,
    enough: &AtomicUsize,
) -> Vec<(String, String, String)> {
    let mut acknowledged = Vec::new();
    let Ok(session) = client.open() else {
        return acknowledged;
    };
    for number in 0.. {
        let number = format!("{name}/{number}");
        let Ok(invoice) = client.deliver(&session, InvoiceText::new(&number).as_bytes()) else {
            break;
        };
        acknowledged.push((session.clone(), invoice, number));
        enough.fetch_add(1, Ordering::Relaxed);
    }
    acknowledged
}
