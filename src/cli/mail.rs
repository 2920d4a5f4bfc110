//! `roost mail`: tells a running server to fetch its groups' mail from propagation nodes.
//! Not the fetching; that server does it.

use anyhow::ensure;

use super::config::{ConfigArgs, Loaded};
use crate::daemon;

/// Looks at the file first: without propagation nodes nothing would come of it.
pub(super) fn run(args: ConfigArgs) -> anyhow::Result<()> {
    let Loaded { config, data, .. } = args.load()?;
    ensure!(
        config.lxmf.nodes.is_some(),
        "no propagation nodes are configured. Write propagation_nodes = [\"auto\"], or their addresses, below a line \
         [lxmf] of server.toml, and start the server again"
    );
    let pid = daemon::tell_to_fetch(&data)?;
    let text = format!(
        "Told the server (process {pid}) to fetch mail from its propagation nodes; its log says what has come.\n"
    );
    super::print(&text)
}
