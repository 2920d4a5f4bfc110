//! `roost paper`: hands a message on paper in to the server.
//! Not the reading; the server does it, and its log says what came of it.

use clap::Args;

use super::config::ConfigArgs;
use crate::daemon;

/// What `roost paper` takes.
#[derive(Debug, Args)]
pub(super) struct PaperArgs {
    /// The text on the paper, from "lxm://" to its end; what a QR code of a messenger says
    text: String,

    #[command(flatten)]
    config: ConfigArgs,
}

/// Looks at the text first: a letter that is missing is better heard of here than found in a log.
pub(super) fn run(args: PaperArgs) -> anyhow::Result<()> {
    let data = args.config.load()?.data;
    daemon::hand_in(&data, &args.text)?;
    let told = "Handed in. The server reads it within a few seconds, or at its next start; its log says what \
                came of it.\n";
    super::print(told)
}
