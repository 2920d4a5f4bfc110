//! `roost reload`: tells a running server to read its configuration again.
//! Not what changes then; that server decides.

use anyhow::Context;

use super::config::{ConfigArgs, Loaded};
use crate::daemon;

/// Reads the file first: a mistake is better heard here than found in a log.
pub(super) fn run(args: ConfigArgs) -> anyhow::Result<()> {
    let Loaded { file, data, .. } = args.load()?;
    let file = file.with_context(|| {
        format!("there is no configuration in {}. Say where it is with --config FILE", data.display())
    })?;
    let pid = daemon::tell_to_reload(&data)?;
    let text = format!(
        "{} is right. Told the server (process {pid}) to read its configuration again; its log says what has changed.\n",
        file.display()
    );
    super::print(&text)
}
