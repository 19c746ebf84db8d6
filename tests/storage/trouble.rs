//! Trouble: a full disk, a file that cannot be written, damage, clocks, names, pauses, kills.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

use ksef_audit::backup::Backups;
use ksef_audit::query::{Filter, trigrams};
use ksef_audit::store::Scope;
use ksef_audit::{Error, Sqlite, Tenant, Test, VerifyOptions};
use ksef_core::Environment;
use ksef_core::submission::simulation::Random;
use ksef_core::submission::{Decision, Event, Fact};
use ksef_tests::suite::{Failed, cases};

use crate::crash::{acknowledge, start_as, start_role, start_traced};
use crate::world::{
    PINNED, drive, ksef, new_submission, profile, runtime, settle, sqlite, start, tenant, tenant_id,
};

async fn clean(tenant: &Tenant<Test>) -> Result<(), Failed> {
    let options = VerifyOptions { receipts: Some(Arc::new(PINNED)), ..VerifyOptions::default() };
    match tenant.verify(&options).await?.findings.first() {
        Some(finding) => Err(finding.to_string().into()),
        None => Ok(()),
    }
}

/// A role: submits until the disk is full, and says how many were acknowledged and what came then.
pub(crate) fn fill(folder: &Path) {
    runtime().block_on(async {
        let backend = sqlite(folder).await;
        let tenant = tenant(&backend, 1).await;
        for count in 0_u64.. {
            match tenant.submit(new_submission(&format!("fill {count}")), start()).await {
                Ok(id) => acknowledge("submitted", id.number()),
                Err(Error::Backend { .. }) => {
                    acknowledge("full", count);
                    // Reading goes on.
                    let row = tenant.submission_id(1).await.expect("the first is there");
                    tenant.row(row).await.expect("it is read");
                    return;
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    });
}

/// A role: records one submission, and says whether that was refused.
pub(crate) fn write_once(folder: &Path) {
    runtime().block_on(async {
        let result = match Sqlite::open(folder).await {
            Ok(backend) => match Tenant::<Test>::open(&backend, tenant_id(1)).await {
                Ok(tenant) => tenant.submit(new_submission("late"), start()).await.map(drop),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        acknowledge(
            if matches!(result, Err(Error::Backend { .. })) { "refused" } else { "other" },
            1,
        );
    });
}

/// What a role said, until its end.
fn said(child: &mut Child) -> Result<Vec<(String, u64)>, Failed> {
    let out = BufReader::new(child.stdout.take().ok_or("no output")?);
    let mut all = Vec::new();
    for line in out.lines() {
        if let Some((word, number)) = line?.split_once(' ') {
            all.push((word.to_owned(), number.parse()?));
        }
    }
    child.wait()?;
    Ok(all)
}

pub(crate) fn disk_full() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    // A limit on the size of files, whose signal is ignored, is a disk that has no more space.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 800; exec \"$0\""]).arg(std::env::current_exe()?);
    let said = said(&mut start_as(shell, "fill", folder.path(), 0))?;
    let acknowledged = said.iter().filter(|(word, _)| word == "submitted").count();
    assert!(said.iter().any(|(word, _)| word == "full"), "the disk was never full");
    println!("{acknowledged} submissions before the disk was full");
    runtime().block_on(async {
        let backend = sqlite(folder.path()).await;
        let tenant = tenant(&backend, 1).await;
        clean(&tenant).await?;
        for number in 1..=acknowledged {
            tenant.submission_id(u64::try_from(number)?).await?;
        }
        tenant.submit(new_submission("after"), start()).await?;
        clean(&tenant).await
    })
}

fn set_mode(folder: &Path, file: u32, dir: u32) -> Result<(), Failed> {
    for entry in fs::read_dir(folder)? {
        fs::set_permissions(entry?.path(), fs::Permissions::from_mode(file))?;
    }
    Ok(fs::set_permissions(folder, fs::Permissions::from_mode(dir))?)
}

pub(crate) fn read_only() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    runtime().block_on(async {
        let backend = sqlite(folder.path()).await;
        let tenant = tenant(&backend, 1).await;
        tenant.submit(new_submission("one"), start()).await.map(drop)
    })?;
    set_mode(folder.path(), 0o444, 0o555)?;
    // Root may write everywhere, so the role is somebody else where it would be root.
    let program = tempfile::tempdir()?;
    let copy = program.path().join("storage");
    fs::copy(std::env::current_exe()?, &copy)?;
    fs::set_permissions(program.path(), fs::Permissions::from_mode(0o755))?;
    let mut other = Command::new("setpriv");
    other.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy);
    let is_root =
        fs::metadata("/proc/self").map(|it| std::os::unix::fs::MetadataExt::uid(&it))? == 0;
    let program = if is_root { other } else { Command::new(&copy) };
    let said = said(&mut start_as(program, "write_once", folder.path(), 0))?;
    set_mode(folder.path(), 0o644, 0o755)?;
    assert_eq!(said, [("refused".to_owned(), 1)], "a typed error, and nothing else");
    runtime().block_on(async {
        let backend = sqlite(folder.path()).await;
        clean(&tenant(&backend, 1).await).await
    })
}

/// Whole pages are overwritten: what the store says is an error that says so, or a finding.
pub(crate) fn damaged_pages() -> Result<(), Failed> {
    const PAGE: usize = 4_096;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join(format!("{}.test.sqlite", tenant_id(1)));
    runtime().block_on(async {
        let backend = sqlite(folder.path()).await;
        let tenant = tenant(&backend, 1).await;
        let id = tenant.submit(new_submission("one"), start()).await?;
        drive(&tenant, id, &mut ksef(), &mut || {}).await;
        Ok::<_, Failed>(())
    })?;
    settle(&file)?;
    let original = fs::read(&file)?;
    let mut damaged = 0;
    for page in 0..original.len() / PAGE {
        let mut bytes = original.clone();
        bytes[page * PAGE..(page + 1) * PAGE].fill(0xa5);
        for extension in ["sqlite-wal", "sqlite-shm"] {
            let _ = fs::remove_file(file.with_extension(extension));
        }
        fs::write(&file, &bytes)?;
        let result = runtime().block_on(async {
            let backend = sqlite(folder.path()).await;
            let tenant = Tenant::<Test>::open(&backend, tenant_id(1)).await?;
            tenant.verify(&VerifyOptions::default()).await
        });
        settle(&file).ok();
        match result {
            Ok(verification) if verification.is_clean() => {
                return Err(format!("page {page} was damaged and nothing said so").into());
            }
            Ok(_) | Err(Error::Damaged { .. } | Error::Backend { .. }) => damaged += 1,
            Err(error) => return Err(error.into()),
        }
    }
    println!("{damaged} pages, each found");
    assert!(damaged > 20, "the file has hardly any page");
    Ok(())
}

/// Whatever the clock says, what is recorded stays in its order, and what is refused says why.
pub(crate) fn clock_backwards() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    runtime().block_on(async {
        let backend = sqlite(folder.path()).await;
        let tenant = tenant(&backend, 1).await;
        let why = Decision::new("Anna Nowak", "a test")?;
        let mut random = Random::new(9);
        for round in 0..200 {
            let hours = 60 * 60 * random.below(200);
            let earlier = start().checked_sub(Duration::from_secs(hours)).ok_or("a time")?;
            let new = new_submission(&format!("clock {round}"));
            let id = tenant.submit(new, earlier).await?;
            let worker = tenant.lease("worker", earlier, Duration::from_secs(60), 1).await?;
            let before = earlier.checked_sub(Duration::from_secs(7_200)).ok_or("a time")?;
            match tenant.append(id, vec![Event::new(before, Fact::Claimed)]).await {
                Ok(_) | Err(Error::Refused(_)) => {}
                Err(error) => return Err(error.into()),
            }
            tenant.hold(id, &why, before).await?;
            for work in worker {
                let seen = tenant.submission(work.id()).await?;
                tenant.release(work, &seen, Some(before)).await?;
            }
        }
        clean(&tenant).await
    })
}

pub(crate) fn hostile_names() -> Result<(), Failed> {
    let outer = tempfile::tempdir()?;
    let folder = outer.path().join("inner");
    fs::create_dir(&folder)?;
    let names = ["../../escape", "/etc/passwd", "..", "a\\..\\b", "x'; DROP TABLE entry; --"];
    runtime().block_on(async {
        let backend = sqlite(&folder).await;
        let tenant = tenant(&backend, 1).await;
        let mut ids = BTreeSet::new();
        for name in names {
            let id = tenant.submit(new_submission(name), start()).await?;
            assert_eq!(tenant.row(id).await?.order_reference, Some(format!("FV/{name}")));
            ids.insert(id.number());
        }
        assert_eq!(ids.len(), names.len());
        let backups = Backups::in_folder(&folder.join("backup")).await?;
        backups.backup(&tenant).await?;
        clean(&tenant).await
    })?;
    let around: Vec<_> = fs::read_dir(outer.path())?.collect::<Result<_, _>>()?;
    assert_eq!(around.len(), 1, "something was written outside of the folder");
    Ok(())
}

/// A role: leases work, waits to be told, and then goes on as if nothing had happened.
pub(crate) fn lease_and_wait(folder: &Path) {
    runtime().block_on(async {
        let backend = sqlite(folder).await;
        let tenant = tenant(&backend, 1).await;
        let leased = tenant.lease("slow", start(), Duration::from_secs(30), 10).await;
        let leased = leased.expect("there is work");
        let mut submissions = Vec::new();
        for work in &leased {
            let submission = tenant.submission(work.id()).await.expect("it is there");
            submissions.push(submission);
        }
        acknowledge("leased", u64::try_from(leased.len()).expect("a number"));
        std::io::stdin().read_exact(&mut [0]).expect("the parent goes on");
        for work in &leased {
            let id = work.id();
            // What it had decided before the pause, by its own clock.
            let result = tenant.append(id, vec![Event::new(start(), Fact::Claimed)]).await;
            acknowledge(if result.is_ok() { "recorded" } else { "refused" }, id.number());
        }
        for (work, seen) in leased.into_iter().zip(&submissions) {
            tenant.release(work, seen, None).await.expect("a void lease is no error");
        }
        acknowledge("done", 0);
    });
}

/// A process that does not outlive the test, however that ends.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn signal(child: &Child, name: &str) -> Result<(), Failed> {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status()?;
    if status.success() { Ok(()) } else { Err("the signal was not sent".into()) }
}

/// The worker is stopped, three leases go by on the clock, others do the work, and it goes on.
pub(crate) fn paused_worker() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    runtime().block_on(async {
        let backend = sqlite(folder.path()).await;
        let tenant = tenant(&backend, 1).await;
        for name in ["one", "two", "three"] {
            tenant.submit(new_submission(name), start()).await?;
        }
        let mut process = Process(start_role("leaser", folder.path(), 0));
        let child = &mut process.0;
        let mut out = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        out.read_line(&mut line)?;
        assert_eq!(line, "leased 3\n");
        signal(child, "-STOP")?;
        let mut ksef = ksef();
        for lease in 1..=3 {
            let later = start().checked_add(Duration::from_secs(30 * lease)).ok_or("a time")?;
            let works = tenant.lease("quick", later, Duration::from_secs(1), 1).await?;
            assert_eq!(works.len(), 1, "the lease has ended by the clock");
            for work in works {
                drive(&tenant, work.id(), &mut ksef, &mut || {}).await;
                let seen = tenant.submission(work.id()).await?;
                tenant.release(work, &seen, None).await?;
            }
        }
        let head = tenant.head().await?;
        signal(child, "-CONT")?;
        child.stdin.take().ok_or("no input")?.write_all(b"g")?;
        let rest: Vec<String> = out.lines().collect::<Result<_, _>>()?;
        child.wait()?;
        assert_eq!(rest, ["refused 1", "refused 2", "refused 3", "done 0"]);
        assert_eq!(tenant.head().await?, head, "the paused worker recorded something");
        clean(&tenant).await
    })
}

const SOURCE: &str = "source";
const BACKUP: &str = "backup";
const TARGET: &str = "target";

/// A role: backs up.
pub(crate) fn backup(folder: &Path) {
    runtime().block_on(async {
        let backend = sqlite(&folder.join(SOURCE)).await;
        let tenant = tenant(&backend, 1).await;
        let backups = Backups::in_folder(&folder.join(BACKUP)).await.expect("a folder");
        backups.backup(&tenant).await.expect("it is backed up");
    });
}

/// A role: restores.
pub(crate) fn restore(folder: &Path) {
    runtime().block_on(async {
        let backend = sqlite(&folder.join(TARGET)).await;
        let tenant = tenant(&backend, 1).await;
        let backups = Backups::in_folder(&folder.join(BACKUP)).await.expect("a folder");
        let verification = backups.restore(&tenant, &VerifyOptions::default()).await;
        assert!(verification.expect("it is restored").is_clean());
    });
}

/// Kills the role at one of its system calls. Returns whether it was killed.
fn killed(role: &str, folder: &Path, call: &str, when: u64) -> Result<bool, Failed> {
    let (trace, inject) =
        (format!("trace={call}"), format!("inject={call}:signal=KILL:when={when}"));
    let options = ["-o", "/dev/null", "-e", trace.as_str(), "-e", inject.as_str()];
    Ok(!start_traced(role, folder, 0, &options).wait()?.success())
}

pub(crate) fn killed_backups() -> Result<(), Failed> {
    let mut random = Random::new(13);
    let (mut backups_killed, mut restores_killed) = (0, 0);
    for _ in 0..cases(6, 100) {
        let folder = tempfile::tempdir()?;
        let head = runtime().block_on(async {
            let backend = sqlite(&folder.path().join(SOURCE)).await;
            let tenant = tenant(&backend, 1).await;
            let why = Decision::new("Anna Nowak", "a test")?;
            let mut ksef = ksef();
            for name in ["one", "two"] {
                let id = tenant.submit(new_submission(name), start()).await?;
                drive(&tenant, id, &mut ksef, &mut || {}).await;
            }
            tenant.change_profile(0, &profile(), &why, start()).await?;
            Ok::<_, Failed>(tenant.head().await?)
        })?;
        // A folder of objects gets each file under its name at once, by a link or a renaming.
        let calls = ["link,linkat,rename,renameat,renameat2", "write"];
        let call = calls[usize::try_from(random.below(2))?];
        backups_killed += u32::from(killed("backup", folder.path(), call, 1 + random.below(9))?);
        start_role("backup", folder.path(), 0).wait()?;
        restores_killed +=
            u32::from(killed("restore", folder.path(), "pwrite64", 30 + random.below(60))?);
        runtime().block_on(async {
            let backend = sqlite(&folder.path().join(TARGET)).await;
            let tenant = tenant(&backend, 1).await;
            clean(&tenant).await?;
            let backups = Backups::in_folder(&folder.path().join(BACKUP)).await?;
            assert_eq!(backups.scopes().await?, [Scope::new(tenant_id(1), Environment::Test)]);
            let verification = backups.restore(&tenant, &VerifyOptions::default()).await?;
            assert!(verification.is_clean(), "{:?}", verification.findings);
            assert_eq!(tenant.head().await?, head);
            clean(&tenant).await
        })?;
    }
    println!("{backups_killed} backups and {restores_killed} restores killed");
    assert!(backups_killed > 1 && restores_killed > 1, "hardly any kill");
    Ok(())
}

/// A file of an earlier program is brought up to date, and finds what it found.
pub(crate) fn earlier_schema() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let head = runtime().block_on(async {
        let backend = sqlite(folder.path()).await;
        let tenant = tenant(&backend, 1).await;
        tenant.submit(new_submission("one"), start()).await?;
        tenant.head().await
    })?;
    let connection = settle(&folder.path().join(format!("{}.test.sqlite", tenant_id(1))))?;
    connection.execute_batch("DROP TABLE indexed; DROP TABLE shared; PRAGMA user_version = 2")?;
    let searched: String =
        connection.query_row("SELECT searched FROM submission", [], |row| row.get(0))?;
    for gram in trigrams(&searched) {
        connection.execute("INSERT INTO trigram VALUES (?, 1)", [gram])?;
    }
    drop(connection);
    runtime().block_on(async {
        let backend = sqlite(folder.path()).await;
        let tenant = tenant(&backend, 1).await;
        for part in ["one", "FV/", "e", "ne", "/o"] {
            let filter = Filter { order_reference: Some(part.to_owned()), ..Filter::default() };
            assert_eq!(tenant.count(&filter).await?, 1, "{part} is found");
        }
        let options = VerifyOptions { receipts: None, known_heads: &[head] };
        assert!(tenant.verify(&options).await?.is_clean());
        Ok(())
    })
}
