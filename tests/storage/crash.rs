//! Kills: the process really dies, at every step and at random moments.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::thread::ScopedJoinHandle;
use std::time::Duration;
use std::{env, io};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use ksef_audit::{Tenant, Test, VerifyOptions};
use ksef_core::submission::simulation::Random;
use ksef_tests::planted::PlantedFault;
use ksef_tests::suite::{Failed, cases};

use crate::world::{
    Budget, PINNED, Place, asked_for, drive, ksef, new_submission, runtime, start, tenant,
};
use crate::{search, trouble};

const ROLE: &str = "KSEF_STORAGE_ROLE";
const PLACE: &str = "KSEF_STORAGE_PLACE";
const ARGUMENT: &str = "KSEF_STORAGE_ARGUMENT";

/// Plays the role that the parent gave this process, if it gave one.
pub(crate) fn role() -> Option<ExitCode> {
    let role = env::var(ROLE).ok()?;
    let place = Place::at(env::var(PLACE).expect("a role has a place"));
    let argument: u64 = env::var(ARGUMENT).expect("an argument").parse().expect("a number");
    match role.as_str() {
        "steps" => stop_at(&place, argument),
        "writer" => write_for_ever(&place, argument),
        "export" => search::export(&place, argument),
        "fill" => trouble::fill(Path::new(place.address())),
        "write_once" => trouble::write_once(Path::new(place.address())),
        "leaser" => trouble::lease_and_wait(Path::new(place.address())),
        "backup" => trouble::backup(Path::new(place.address())),
        "restore" => trouble::restore(Path::new(place.address())),
        other => panic!("no role {other}"),
    }
    Some(ExitCode::SUCCESS)
}

pub(crate) fn start_role(role: &str, place: impl AsRef<OsStr>, argument: u64) -> Child {
    let program = Command::new(env::current_exe().expect("a path"));
    start_as(program, role, place, argument)
}

/// Starts a program that becomes this one in a role.
pub(crate) fn start_as(
    mut program: Command,
    role: &str,
    place: impl AsRef<OsStr>,
    argument: u64,
) -> Child {
    program
        .env(ROLE, role)
        .env(PLACE, place.as_ref())
        .env(ARGUMENT, argument.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the role starts")
}

/// What was acknowledged: the keys, with their numbers.
type Acknowledged = BTreeMap<String, u64>;

pub(crate) fn acknowledge(key: &str, number: u64) {
    let mut out = io::stdout().lock();
    writeln!(out, "{key} {number}").and_then(|()| out.flush()).expect("the parent listens");
}

/// Submits and drives three documents; at the given point it waits to be killed.
fn stop_at(place: &Place, stop: u64) {
    runtime().block_on(async {
        let backend = place.open().await.expect("the place opens");
        let tenant = tenant(&*backend, 1).await;
        let (mut ksef, mut passed) = (ksef(), 0);
        let mut point = move || {
            passed += 1;
            if passed == stop {
                acknowledge("stop", passed);
                // The parent kills instead of answering.
                let _ = io::stdin().read(&mut [0]);
            }
        };
        for document in ["one", "two", "three"] {
            point();
            let id = tenant.submit(new_submission(document), start()).await.expect("submitted");
            acknowledge(document, id.number());
            point();
            drive(&tenant, id, &mut ksef, &mut point).await;
            acknowledge(&format!("{document}.accepted"), id.number());
        }
    });
}

fn write_for_ever(place: &Place, worker: u64) {
    runtime().block_on(async {
        let backend = place.open().await.expect("the place opens");
        let tenant = tenant(&*backend, 1).await;
        let run = std::process::id();
        for count in 0_u64.. {
            let key = format!("{worker}-{run}-{count}");
            let id = tenant.submit(new_submission(&key), start()).await.expect("submitted");
            acknowledge(&key, id.number());
        }
    });
}

fn read(lines: impl Iterator<Item = io::Result<String>>, into: &mut Acknowledged) -> bool {
    for line in lines.map_while(Result::ok) {
        // A line that the kill cut off was not acknowledged.
        let Some((key, number)) = line.split_once(' ') else { continue };
        if key == "stop" {
            return true;
        }
        into.insert(key.to_owned(), number.parse().expect("a number"));
    }
    false
}

/// Everything acknowledged is there, and all that is there is whole.
fn check(place: &Place, acknowledged: &Acknowledged) -> Result<(), Failed> {
    runtime().block_on(async {
        let backend = place.open().await.expect("the place opens");
        let tenant = tenant(&*backend, 1).await;
        let options =
            VerifyOptions { receipts: Some(Arc::new(PINNED)), ..VerifyOptions::default() };
        let verification = tenant.verify(&options).await?;
        if let Some(finding) = verification.findings.first() {
            return Err(format!("after the kill: {finding}").into());
        }
        let all = stream::iter(acknowledged).map(|it| is_there(&tenant, it));
        all.buffer_unordered(16).try_collect().await
    })
}

async fn is_there(tenant: &Tenant<Test>, (key, number): (&String, &u64)) -> Result<(), Failed> {
    let (document, accepted) =
        key.strip_suffix(".accepted").map_or((key.as_str(), false), |it| (it, true));
    let id = tenant.submit(new_submission(document), start()).await?;
    if id.number() != *number {
        return Err(format!("{document} was acknowledged and is lost").into());
    }
    if accepted && tenant.row(id).await?.receipt.is_none() {
        return Err(format!("the receipt of {document} is lost").into());
    }
    Ok(())
}

/// Makes a new place.
type Fresh = fn() -> Result<Place, Failed>;

/// Kills at one point after the other, until a run comes to its end.
pub(crate) fn every_point(fresh: Fresh) -> Result<(), Failed> {
    let mut points = 0;
    loop {
        let place = fresh()?;
        let mut child = start_role("steps", place.address(), points + 1);
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let mut acknowledged = Acknowledged::new();
        let stopped = read(out.lines(), &mut acknowledged);
        child.kill().and_then(|()| child.wait()).expect("the child can be killed");
        check(&place, &acknowledged)?;
        if !stopped {
            break;
        }
        points += 1;
    }
    println!("{points} points");
    assert!(points >= 40, "only {points} points");
    Ok(())
}

/// How many processes write at the same time.
const WRITERS: u32 = 4;

/// How long they are killed where no number is asked for.
const KILLING: u64 = 40;

/// How many kills there are.
const KILLS: &str = "KSEF_STORAGE_KILLS";

/// Four processes write into the same place. Each is killed at a random moment, and another one takes
/// its place while the others go on.
pub(crate) fn random_kills(fresh: Fresh) -> Result<(), Failed> {
    let place = fresh()?;
    // The store is there before the first kill.
    check(&place, &Acknowledged::new())?;
    let (kills, budget) = match asked_for(KILLS) {
        Some(kills) => (kills, Budget::NONE),
        None => (cases(2_000, 10_000), Budget::of_seconds(KILLING)),
    };
    let kills = kills.div_ceil(WRITERS);
    let (mut acknowledged, mut killed) = (Acknowledged::new(), 0);
    std::thread::scope(|scope| {
        let lane = |worker: u32| killed_again_and_again(&place, worker, (kills, budget));
        let lanes: Vec<_> = (0..WRITERS).map(|worker| scope.spawn(move || lane(worker))).collect();
        let done: Vec<_> = lanes.into_iter().map(ScopedJoinHandle::join).collect();
        for lane in done {
            let (its, kills) = lane.map_err(|_| "a lane panicked")??;
            acknowledged.extend(its);
            killed += kills;
        }
        Ok::<_, Failed>(())
    })?;
    check(&place, &acknowledged)?;
    println!("{killed} kills, {} documents acknowledged", acknowledged.len());
    assert!(killed >= WRITERS * 10, "hardly any kill");
    assert!(acknowledged.len() > usize::try_from(killed / 4)?, "the writers hardly wrote");
    Ok(())
}

fn killed_again_and_again(
    place: &Place,
    worker: u32,
    (kills, budget): (u32, Budget),
) -> Result<(Acknowledged, u32), Failed> {
    let mut random = Random::new(7 + u64::from(worker));
    let mut acknowledged = Acknowledged::new();
    for killed in 0..kills {
        if budget.is_spent(killed) {
            return Ok((acknowledged, killed));
        }
        let mut child = start_role("writer", place.address(), worker.into());
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        // Some die while they start, the others after their first acknowledgement.
        let moment = if random.below(2) == 0 {
            read(out.by_ref().lines().take(1), &mut acknowledged);
            random.below(10_000)
        } else {
            random.below(60_000)
        };
        // Not a wait for anything: the moment of the kill is what is varied.
        std::thread::park_timeout(Duration::from_micros(moment));
        child.kill().and_then(|()| child.wait()).expect("the child can be killed");
        read(out.lines(), &mut acknowledged);
    }
    Ok((acknowledged, kills))
}

/// A role under strace, which watches its system calls or interferes with them.
pub(crate) fn start_traced(
    role: &str,
    place: impl AsRef<OsStr>,
    argument: u64,
    options: &[&str],
) -> Child {
    Command::new("strace")
        .args(["-f", "-qq"])
        .args(options)
        .arg(env::current_exe().expect("a path"))
        .env(ROLE, role)
        .env(PLACE, place.as_ref())
        .env(ARGUMENT, argument.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("strace starts")
}

/// The kill comes within a transaction: at the n-th call with which the process writes into a file
/// of the database, or to its server.
pub(crate) fn within_transactions(fresh: Fresh, call: &str) -> Result<(), Failed> {
    let mut random = Random::new(11);
    let mut killed = 0;
    for _ in 0..cases(16, 400) {
        let place = fresh()?;
        let inject = format!("inject={call}:signal=KILL:when={}", 1 + random.below(250));
        let trace = format!("trace={call}");
        let options = ["-o", "/dev/null", "-e", trace.as_str(), "-e", inject.as_str()];
        let mut child = start_traced("steps", place.address(), 0, &options);
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let mut acknowledged = Acknowledged::new();
        read(out.lines(), &mut acknowledged);
        killed += u32::from(!child.wait()?.success());
        check(&place, &acknowledged)?;
    }
    println!("{killed} kills within a write");
    assert!(killed > 8, "hardly any kill");
    Ok(())
}

/// Before each acknowledgement, everything written to the WAL is synced.
pub(crate) fn synced_before_acknowledged() -> Result<(), Failed> {
    let (place, folder) = (Place::folder()?, tempfile::tempdir()?);
    let trace = folder.path().join("trace");
    let trace_text = trace.to_str().ok_or("a path in UTF-8")?;
    let mut options = vec!["-y", "-o", trace_text, "-e", "trace=pwrite64,fdatasync,fsync,write"];
    if PlantedFault::Unsynced.is_on() {
        options.extend(["-e", "inject=fdatasync,fsync:retval=0"]);
    }
    let mut child = start_traced("steps", place.address(), 0, &options);
    let out = BufReader::new(child.stdout.take().expect("piped"));
    let mut acknowledged = Acknowledged::new();
    read(out.lines(), &mut acknowledged);
    child.wait()?;
    assert_eq!(acknowledged.len(), 6, "three documents, submitted and accepted");
    let (mut dirty, mut syncing, mut acknowledgements) = (false, None, 0);
    for line in std::fs::read_to_string(&trace)?.lines() {
        // What the registry has is a help that is not waited for.
        let is_wal = line.contains(".test.sqlite-wal>");
        let thread = line.split_whitespace().next();
        let is_sync = line.contains("fdatasync(") || line.contains("fsync(");
        if line.contains("pwrite64(") && is_wal {
            dirty = true;
        } else if is_sync && is_wal {
            let is_unfinished = line.contains("unfinished");
            syncing = thread.filter(|_| is_unfinished);
            dirty &= is_unfinished || line.contains("INJECTED");
        } else if line.contains("sync resumed>") && syncing.is_some() && syncing == thread {
            syncing = None;
            dirty &= line.contains("INJECTED");
        } else if line.contains("write(1<") {
            acknowledgements += 1;
            if dirty {
                return Err("acknowledged before the data was synced".into());
            }
        }
    }
    assert_eq!(acknowledgements, 6, "each is seen in the trace");
    Ok(())
}
