//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use ksef_audit::secrets::KeyId;
use ksef_core::TenantId;
use lexopt::prelude::{Long, Short, Value, ValueExt as _};

use crate::onboarding::NewCompany;

const USAGE: &str = "\
From Stripe to KSeF, with proof.

Usage: ksef-server COMMAND [OPTIONS]

Try it
  demo                   take a day's invoices and credit notes of two companies from a double of
                         Stripe to a KSeF on this machine that loses answers, kill the worker while
                         it sends, and check how each document ended; all of it is in target/demo
    --keep               leave the server running at the end, and print its address and logins
    --database ADDRESS   keep it in this PostgreSQL, which is empty but for its tables

Run it
  serve                  answer webhooks, the API and people, and send what is due
  work                   send what is due, and nothing else: more workers on the same ledgers
  create-tenant          add a company in TEST, with the password of its owner on the standard input;
                         the configuration and its keys are made if they are not there
    --nip NIP            its NIP
    --name TEXT          its name
    --address TEXT       its address, in one line
    --owner NAME         who logs in to set up the rest

Look after it
  verify                 verify all that is kept: log, lines, documents, receipts; 1 if something is
                         not as it was recorded
  export                 write the audit log (CSV), the receipts (ZIP) and an evidence bundle
    --to FOLDER          into this folder
  migrate                bring the ledgers to the shape that this version needs; with PostgreSQL,
                         KSEF_SERVER_DATABASE_OWNER is its address as the owner of the tables
  backup                 write what was recorded since the last backup, while servers go on
    --to FOLDER          into this folder
  restore                bring the newest backup back into ledgers that are empty, and verify it; 1 if
                         something is not as it was recorded, or was recorded after the backup
    --from FOLDER        from this folder
  rotate-keys            give each company a new data key, seal its secrets with that and all data keys
                         with the first key of the configuration, while servers go on
    --new-key NAME       make a key of this name first, and put it first
    --tenant ID          verify, export, backup and restore: this company alone [all]

  --config FILE          the configuration [server.toml]; server.example.toml explains it
  --help, --version      print this, or the version, and end

serve and work end on SIGINT (Ctrl-C) and SIGTERM, when what is under way is done.";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    Print(String),
    Demo {
        keep: bool,
        database: Option<String>,
    },
    Serve {
        config: PathBuf,
    },
    /// In a demo, the clock is that of the demo.
    Work {
        config: PathBuf,
        demo_offset: Option<i64>,
    },
    Verify {
        config: PathBuf,
        tenant: Option<TenantId>,
    },
    Export {
        config: PathBuf,
        tenant: Option<TenantId>,
        to: PathBuf,
    },
    Migrate {
        config: PathBuf,
    },
    Backup {
        config: PathBuf,
        tenant: Option<TenantId>,
        to: PathBuf,
    },
    Restore {
        config: PathBuf,
        tenant: Option<TenantId>,
        from: PathBuf,
    },
    RotateKeys {
        config: PathBuf,
        new: Option<KeyId>,
    },
    CreateTenant {
        config: PathBuf,
        company: NewCompany,
    },
}

/// The options, whatever the command.
#[derive(Default)]
struct Options {
    command: Option<String>,
    config: Option<PathBuf>,
    tenant: Option<TenantId>,
    to: Option<PathBuf>,
    from: Option<PathBuf>,
    new_key: Option<KeyId>,
    nip: Option<String>,
    name: Option<String>,
    address: Option<String>,
    owner: Option<String>,
    keep: bool,
    database: Option<String>,
    demo_offset: Option<i64>,
}

pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Command, lexopt::Error> {
    let mut options = Options::default();
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(command) if options.command.is_none() => {
                options.command = Some(command.string()?);
            }
            Long("config") => options.config = Some(parser.value()?.into()),
            Long("tenant") => options.tenant = Some(parser.value()?.parse_with(tenant)?),
            Long("to") => options.to = Some(parser.value()?.into()),
            Long("from") => options.from = Some(parser.value()?.into()),
            Long("new-key") => options.new_key = Some(parser.value()?.parse()?),
            Long("nip") => options.nip = Some(parser.value()?.string()?),
            Long("name") => options.name = Some(parser.value()?.string()?),
            Long("address") => options.address = Some(parser.value()?.string()?),
            Long("owner") => options.owner = Some(parser.value()?.string()?),
            Long("database") => options.database = Some(parser.value()?.string()?),
            Long("keep") => options.keep = true,
            // Between the demo and its workers.
            Long("demo-offset") => options.demo_offset = Some(parser.value()?.parse()?),
            Long("help") | Short('h') => return Ok(Command::Print(USAGE.to_owned())),
            Long("version") | Short('V') => {
                return Ok(Command::Print(format!("ksef-server {}", env!("CARGO_PKG_VERSION"))));
            }
            _ => return Err(argument.unexpected()),
        }
    }
    options.command()
}

fn tenant(text: &str) -> Result<TenantId, &'static str> {
    text.parse().map_err(|_| "--tenant takes the id of a company")
}

impl Options {
    fn command(self) -> Result<Command, lexopt::Error> {
        let config = self.config.unwrap_or_else(|| "server.toml".into());
        let tenant = self.tenant;
        Ok(match self.command.as_deref() {
            None | Some("help") => Command::Print(USAGE.to_owned()),
            Some("demo") => Command::Demo { keep: self.keep, database: self.database },
            Some("serve") => Command::Serve { config },
            Some("work") => Command::Work { config, demo_offset: self.demo_offset },
            Some("verify") => Command::Verify { config, tenant },
            Some("export") => {
                let to = self.to.ok_or("export needs --to FOLDER")?;
                Command::Export { config, tenant, to }
            }
            Some("migrate") => Command::Migrate { config },
            Some("backup") => {
                let to = self.to.ok_or("backup needs --to FOLDER")?;
                Command::Backup { config, tenant, to }
            }
            Some("restore") => {
                let from = self.from.ok_or("restore needs --from FOLDER")?;
                Command::Restore { config, tenant, from }
            }
            Some("rotate-keys") => Command::RotateKeys { config, new: self.new_key },
            Some("create-tenant") => {
                let nip = self.nip.ok_or("create-tenant needs --nip")?;
                let nip = nip.parse().map_err(|error| format!("--nip {nip}: {error}"))?;
                let name = self.name.ok_or("create-tenant needs --name")?;
                let address = self.address.ok_or("create-tenant needs --address")?;
                let owner = self.owner.ok_or("create-tenant needs --owner")?;
                Command::CreateTenant { config, company: NewCompany { nip, name, address, owner } }
            }
            Some(other) => return Err(format!("there is no command {other}").into()),
        })
    }
}
