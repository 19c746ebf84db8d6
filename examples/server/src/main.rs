//! A tenant-isolated service from a Stripe webhook to the archived official receipt of KSeF.
//!
//! Documents come as signed webhooks of Stripe or as ready XML, are mapped by `ksef-stripe`,
//! recorded by `ksef-audit` and sent by `ksef-client`; people see them on pages. `demo` shows all of
//! it on this machine alone, with a KSeF that misbehaves.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that talks to people")]

mod app;
mod arguments;
mod audit;
mod command;
mod company;
mod config;
mod correction;
mod demo;
mod expiry;
mod intake;
mod keep;
mod keys;
mod ksef;
mod limits;
mod logging;
mod mapping;
mod notify;
mod onboarding;
mod opening;
mod random;
mod ready;
mod safe;
mod serve;
mod settings;
mod sources;
mod web;
mod worker;

use std::error::Error;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use ksef_core::{Clock, SystemClock};
use tokio::sync::watch;

use app::{App, chain};
use arguments::Command;
use config::Config;
use demo::DayClock;

#[tokio::main]
async fn main() -> ExitCode {
    let command = match arguments::parse(std::env::args_os()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("ksef-server: {error}; see --help");
            return ExitCode::from(2);
        }
    };
    match run(command).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("ksef-server: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Does what was asked for; false if it was done and not all is well.
async fn run(command: Command) -> Result<bool, Box<dyn Error + Send + Sync>> {
    match command {
        Command::Print(text) => println!("{text}"),
        Command::Demo { keep, database } => return demo::run(keep, database.as_deref()).await,
        Command::Serve { config } => {
            serve::serve(start(&config).await?).await?;
        }
        Command::Work { config, demo_offset: None } => {
            let app = start(&config).await?;
            let (end, ended) = watch::channel(());
            let working = tokio::spawn(serve::work(app, ended));
            serve::until_told_to_end().await?;
            drop(end);
            working.await?;
        }
        Command::Work { config, demo_offset: Some(offset) } => {
            let app = open(&config, Arc::new(DayClock::with_offset(offset))).await?;
            serve::work(app, end_of_input()).await;
        }
        Command::Verify { config, tenant } => {
            return command::verify(&Config::read(&config)?, tenant).await;
        }
        Command::Export { config, tenant, to } => {
            return command::export(&Config::read(&config)?, tenant, &to).await;
        }
        Command::Migrate { config } => return command::migrate(&config).await,
        Command::Backup { config, tenant, to } => {
            return keep::backup(&Config::read(&config)?, tenant, &to).await;
        }
        Command::Restore { config, tenant, from } => {
            return keep::restore(&Config::read(&config)?, tenant, &from).await;
        }
        Command::RotateKeys { config, new } => {
            return keep::rotate_keys(&Config::read(&config)?, new.as_ref()).await;
        }
        Command::CreateTenant { config, company } => {
            command::create_tenant(&config, company).await?;
        }
    }
    Ok(true)
}

/// Opens the server of a configuration, which says from now on what it does.
async fn start(config: &Path) -> Result<Arc<App>, config::ConfigError> {
    let config = Config::read(config)?;
    logging::start(config.log)?;
    Ok(Arc::new(App::open(config, Arc::new(SystemClock)).await?))
}

async fn open(config: &Path, clock: Arc<dyn Clock>) -> Result<Arc<App>, config::ConfigError> {
    Ok(Arc::new(App::open(Config::read(config)?, clock).await?))
}

/// Comes with the end of the standard input: a worker of the demo ends with the demo.
fn end_of_input() -> watch::Receiver<()> {
    let (end, ended) = watch::channel(());
    std::thread::spawn(move || {
        let _ = io::stdin().lock().read_to_end(&mut Vec::new());
        drop(end);
    });
    ended
}
