//! A PostgreSQL server for tests, started here and stopped with the process, however that ends.
//!
//! The programs are those of the Debian package `postgresql`. The server listens on a free port of
//! 127.0.0.1 and trusts whoever connects. It refuses to run as root; then it runs as `postgres`,
//! or as `nobody`.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

/// The superuser of the server.
pub const SUPERUSER: &str = "super";

/// The role that owns the databases of the tests, and what is migrated in them.
pub const OWNER: &str = "owner";

/// The role of the application.
pub const APPLICATION: &str = "application";

/// How often a port may be taken by somebody else between choosing and using it.
const PORTS: usize = 5;

/// The folder of the programs, if they are installed: that of the newest version.
#[must_use]
pub fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    let mut installed: Vec<_> = folders.filter(|folder| folder.join("initdb").is_file()).collect();
    installed.sort_by_key(|folder| version_of(folder));
    installed.pop()
}

fn version_of(programs: &Path) -> Option<u32> {
    programs.parent()?.file_name()?.to_str()?.parse().ok()
}

/// A server, with its data in a folder of its own.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    databases: Mutex<u32>,
    /// Stops the server and removes the folder when its standard input ends.
    guard: Child,
}

/// A database of a server.
#[derive(Clone, Debug)]
pub struct Database {
    port: u16,
    name: String,
}

impl Database {
    /// Its name on the server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address at which `role` finds the database.
    #[must_use]
    pub fn address(&self, role: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{}?sslmode=disable", self.port, self.name)
    }
}

impl Server {
    /// Makes an empty server and starts it.
    ///
    /// # Errors
    ///
    /// When the programs are not installed, or fail.
    pub fn start() -> io::Result<Self> {
        let programs = programs().ok_or_else(|| io::Error::other("no PostgreSQL is installed"))?;
        let folder = tempfile::Builder::new().prefix("ksef-postgres.").tempdir()?.keep();
        if let Some((user, group)) = another_user(&folder)? {
            chown(&folder, Some(user), Some(group))?;
        }
        let guard = guard(&programs, &folder)?;
        let mut server = Self { programs, folder, port: 0, databases: Mutex::new(0), guard };
        server.initialize()?;
        Ok(server)
    }

    fn initialize(&mut self) -> io::Result<()> {
        let data = self.folder.join("data");
        let mut initdb = self.program("initdb")?;
        initdb.arg("--pgdata").arg(data).args(["--username", SUPERUSER, "--auth", "trust"]);
        initdb.args(["--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"]);
        run(&mut initdb)?;
        let mut result = Ok(());
        for _ in 0..PORTS {
            self.port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            result = self.resume();
            if result.is_ok() {
                break;
            }
        }
        result?;
        for role in [OWNER, APPLICATION] {
            self.psql("postgres", SUPERUSER, &format!("CREATE ROLE {role} LOGIN"))?;
        }
        Ok(())
    }

    /// Starts the server again after [`Server::crash`].
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn resume(&self) -> io::Result<()> {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
             -c max_connections=200 -c shared_buffers=256MB",
            self.port
        );
        let mut start = self.control("start")?;
        start.arg("-l").arg(self.folder.join("log")).args(["-w", "-t", "60", "-o", &options]);
        run(&mut start).map(drop)
    }

    /// Kills every process of the server, as a crash does: nothing is written any more.
    ///
    /// # Errors
    ///
    /// When that does not work.
    pub fn crash(&self) -> io::Result<()> {
        run(self.control("stop")?.args(["-m", "immediate", "-w"])).map(drop)
    }

    /// Stops every process of the server in the middle of what it does, until what is returned is
    /// dropped: connections are accepted, for the system does that, and nothing is answered.
    ///
    /// # Errors
    ///
    /// When that does not work.
    pub fn freeze(&self) -> io::Result<Frozen> {
        let mut frozen = Frozen { processes: vec![self.process()?] };
        // A process that is stopped starts no further ones.
        frozen.signal("-STOP")?;
        frozen.processes = self.processes()?;
        frozen.signal("-STOP")?;
        Ok(frozen)
    }

    /// The ids of the processes of the server, as they are now.
    ///
    /// # Errors
    ///
    /// When it does not run, or not on Linux.
    pub fn processes(&self) -> io::Result<Vec<u32>> {
        let main = self.process()?;
        let children = fs::read_to_string(format!("/proc/{main}/task/{main}/children"))?;
        let children = children.split_whitespace().filter_map(|child| child.parse().ok());
        Ok(core::iter::once(main).chain(children).collect())
    }

    /// The id of the process that starts the others.
    fn process(&self) -> io::Result<u32> {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid"))?;
        let id = file.lines().next().and_then(|line| line.parse().ok());
        id.ok_or_else(|| io::Error::other("the server has no process"))
    }

    fn control(&self, what: &str) -> io::Result<Command> {
        let mut command = self.program("pg_ctl")?;
        command.arg(what).arg("-s").arg("-D").arg(self.folder.join("data"));
        Ok(command)
    }

    /// A new, empty database of [`OWNER`].
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub fn database(&self) -> io::Result<Database> {
        self.create(None)
    }

    /// A new database like `template`, to which nobody may be connected.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub fn copy_of(&self, template: &Database) -> io::Result<Database> {
        self.create(Some(template))
    }

    fn create(&self, template: Option<&Database>) -> io::Result<Database> {
        let mut databases = self.databases.lock().unwrap_or_else(PoisonError::into_inner);
        *databases += 1;
        let database = Database { port: self.port, name: format!("test_{databases}") };
        let template = template.map_or("template0", |template| &template.name);
        let sql = format!("CREATE DATABASE {} OWNER {OWNER} TEMPLATE {template}", database.name);
        self.psql("postgres", SUPERUSER, &sql)?;
        Ok(database)
    }

    /// Executes statements in a database as `role`. What they select comes as lines, with `|`
    /// between the columns.
    ///
    /// # Errors
    ///
    /// When one of them fails, with what the server said.
    pub fn execute(&self, database: &Database, role: &str, sql: &str) -> io::Result<String> {
        self.psql(&database.name, role, sql)
    }

    fn psql(&self, database: &str, role: &str, sql: &str) -> io::Result<String> {
        let mut psql = self.program("psql")?;
        psql.args(["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", role]);
        psql.args(["-p", &self.port.to_string(), "-d", database, "-c", sql]);
        run(&mut psql)
    }

    fn program(&self, name: &str) -> io::Result<Command> {
        program(&self.programs, &self.folder, name)
    }
}

/// The processes of a server that do nothing until this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Frozen {
    processes: Vec<u32>,
}

impl Frozen {
    fn signal(&self, signal: &str) -> io::Result<()> {
        let processes = self.processes.iter().map(u32::to_string);
        run(Command::new("kill").arg(signal).args(processes)).map(drop)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        // One that has ended meanwhile does not keep the others from going on.
        let _ = self.signal("-CONT");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // What is left to do is the guard's.
        let _ = self.guard.wait();
    }
}

/// A program as the user whose folder it is.
fn program(programs: &Path, folder: &Path, name: &str) -> io::Result<Command> {
    let program = programs.join(name);
    let mut command = match another_user(folder)? {
        None => Command::new(program),
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={user}"), format!("--regid={group}")]);
            command.arg("--clear-groups").arg(program);
            command
        }
    };
    command.current_dir(folder).env("LC_ALL", "C").env_remove("PGOPTIONS");
    Ok(command)
}

/// As whom the programs run instead of root.
fn another_user(folder: &Path) -> io::Result<Option<(u32, u32)>> {
    // A new file belongs to the user that this process is; the folder may be another one's by now.
    let probe = tempfile::tempfile()?.metadata()?;
    if probe.uid() != 0 {
        return Ok(None);
    }
    let owner = folder.metadata()?;
    if owner.uid() != 0 {
        return Ok(Some((owner.uid(), owner.gid())));
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let found: Option<(u32, u32)> = ids("postgres").or_else(|| ids("nobody"));
    found.map(Some).ok_or_else(|| io::Error::other("no user but root to run PostgreSQL as"))
}

/// Waits for the end of its standard input, which comes with the end of this process.
fn guard(programs: &Path, folder: &Path) -> io::Result<Child> {
    // A signal to the whole group, as of Ctrl-C, ends this process and must not end the guard.
    const SCRIPT: &str = "trap '' INT TERM HUP
        cat >/dev/null
        \"$@\" stop -s -m immediate -w -D \"$0/data\"
        rm -rf \"$0\"";
    let control = program(programs, folder, "pg_ctl")?;
    let mut guard = Command::new("sh");
    guard.arg("-c").arg(SCRIPT).arg(folder).arg(control.get_program()).args(control.get_args());
    guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
    guard.spawn()
}

fn run(command: &mut Command) -> io::Result<String> {
    // What the programs start must not keep a pipe of ours open, so their words go to a file.
    let words = tempfile::NamedTempFile::new()?;
    let (out, err) = (words.reopen()?, words.reopen()?);
    let status = command.stdin(Stdio::null()).stdout(out).stderr(err).status()?;
    let words = fs::read_to_string(words.path())?;
    if status.success() {
        return Ok(words);
    }
    Err(io::Error::other(format!("{}: {words}", command.get_program().display())))
}
