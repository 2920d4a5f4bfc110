//! `roost air`: shows what the radios of a running server have spent of their airtime.
//! Not the counting; that server does it.

use std::process::ExitCode;

use clap::Args;

use super::config::ConfigArgs;
use super::words::show;
use crate::daemon;

/// Its arguments.
#[derive(Debug, Args)]
pub(super) struct AirArgs {
    /// Print the answer as one line of JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    config: ConfigArgs,
}

/// Asks the server.
pub(super) fn run(args: AirArgs) -> anyhow::Result<ExitCode> {
    show(&daemon::air(&args.config.load()?.data)?, args.json)
}
