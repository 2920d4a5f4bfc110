//! `roost radio`: what an operator asks of radios before a server uses them.
//! Not the server; it may run meanwhile, and keeps its ports.

use std::process::ExitCode;

use clap::Subcommand;

use super::print;
use crate::daemon::radio::{self, Asking, Checked};

/// What is said where there is nothing to list.
const NONE: &str =
    "There is no serial port. Plug the radio in, with a cable that carries data, and ask again.\n";

/// Commands about radios.
#[derive(Debug, Subcommand)]
pub(super) enum RadioCommand {
    /// Show the serial ports of this machine, what the system knows of the devices behind them, and who has them open
    List {
        /// Ask each device whether it is an RNode. That opens its port, which restarts some boards; ports that a program
        /// uses, such as a running Roost, are left alone
        #[arg(long)]
        ask: bool,
    },
    /// Ask the RNode at a port what it is and how it is, and say what is wrong with it. Nothing is sent on air; opening
    /// the port restarts some boards. Exit code 1 if something is wrong
    Check {
        /// A serial port such as /dev/ttyUSB0, or tcp://host
        port: String,
    },
}

pub(super) fn run(command: &RadioCommand) -> anyhow::Result<ExitCode> {
    match command {
        RadioCommand::List { ask } => {
            let ports = radio::listed(if *ask { Asking::Each } else { Asking::None })?;
            print(&if ports.is_empty() { NONE.to_owned() } else { ports.join("\n") + "\n" })?;
            Ok(ExitCode::SUCCESS)
        }
        RadioCommand::Check { port } => show(&radio::check(port)?),
    }
}

fn show(checked: &Checked) -> anyhow::Result<ExitCode> {
    print(&checked.about.iter().map(|line| format!("{line}\n")).collect::<String>())?;
    if checked.problems.is_empty() {
        print("Nothing is wrong with it.\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    for problem in &checked.problems {
        eprintln!("roost: {problem}");
    }
    Ok(ExitCode::FAILURE)
}
