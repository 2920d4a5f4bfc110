//! The command line: what it accepts, and what it prints.
//! Not what a command does; that is the daemon's.

mod access;
mod air;
mod client;
mod config;
mod mail;
mod paper;
mod radio;
mod reload;
mod run;
mod welcome;
mod words;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::LogLevel;

/// A group server for Reticulum mesh networks.
///
/// Without a command it does what `roost run` does: the first start makes a public group, and every start puts it on
/// the network.
#[derive(Debug, Parser)]
#[command(name = "roost", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::RunArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until Ctrl-C or SIGTERM.
    Run(run::RunArgs),
    /// Tell the running server to read its configuration again: interfaces that are new, gone or changed are started,
    /// stopped or restarted, and the others are left alone.
    Reload(config::ConfigArgs),
    /// Tell the running server to fetch its mail from propagation nodes now.
    Mail(config::ConfigArgs),
    /// Show what the radios have spent of their airtime, on what, and what waits.
    Air(air::AirArgs),
    /// Hand a message on paper in to the server, for its group.
    Paper(paper::PaperArgs),
    #[command(flatten)]
    Member(client::MemberCommand),
    /// Check the configuration file, or make one from that of the Reticulum daemon.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Find the radios of this machine.
    #[command(subcommand)]
    Radio(radio::RadioCommand),
}

/// Parses the command line and does what it says. A wrong one ends the process with a usage line and code 2.
pub fn main() -> anyhow::Result<ExitCode> {
    let matches = words::added_to(Cli::command()).get_matches();
    if let Some(done) = matches.subcommand().and_then(|(word, matches)| words::run(word, matches)) {
        return done;
    }
    let cli = Cli::from_arg_matches(&matches)?;
    match cli.command {
        Some(Command::Run(args)) => run::run(args)?,
        Some(Command::Reload(args)) => reload::run(args)?,
        Some(Command::Mail(args)) => mail::run(args)?,
        Some(Command::Air(args)) => return air::run(args),
        Some(Command::Paper(args)) => paper::run(args)?,
        Some(Command::Member(command)) => return client::run(command),
        Some(Command::Config(command)) => return config::run(command),
        Some(Command::Radio(command)) => return radio::run(&command),
        None => run::run(cli.run)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what the user asked for.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}

/// `RUST_LOG` says what is logged, else the configuration; standard output is for what the user asked for.
fn log_to_stderr(level: Option<LogLevel>) {
    let level = level.unwrap_or(LogLevel::Info).name();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        words::added_to(Cli::command()).debug_assert();
    }

    #[test]
    fn no_arguments_mean_run() {
        assert!(Cli::try_parse_from(["roost"]).unwrap().command.is_none());
        assert!(Cli::try_parse_from(["roost", "--listen", "127.0.0.1:0"]).unwrap().command.is_none());
        assert!(Cli::try_parse_from(["roost", "run", "--ready-json"]).unwrap().command.is_some());
    }

    #[test]
    fn a_wrong_address_says_how_to_write_it() {
        let error = Cli::try_parse_from(["roost", "run", "--connect", "somewhere"]).unwrap_err().to_string();
        assert!(error.contains("--connect") && error.contains("HOST:PORT"), "{error}");
    }
}
