//! Telling a server that runs to read its configuration again, or to fetch mail.
//! Not the doing; that server does it, and its log says what came of it.

use std::path::Path;

/// Tells the server that has this data directory to read its configuration again; answers which process it is.
pub fn tell_to_reload(data: &Path) -> anyhow::Result<u32> {
    tell(data, What::Reload)
}

/// Tells the server that has this data directory to fetch mail from propagation nodes; answers which process it is.
pub fn tell_to_fetch(data: &Path) -> anyhow::Result<u32> {
    tell(data, What::Fetch)
}

/// What it is told.
#[derive(Debug, Clone, Copy)]
enum What {
    Reload,
    Fetch,
}

#[cfg(unix)]
fn tell(data: &Path, what: What) -> anyhow::Result<u32> {
    use anyhow::Context;
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let signal = match what {
        What::Reload => Signal::SIGHUP,
        What::Fetch => Signal::SIGUSR1,
    };
    let held = super::data_dir::holder_of(data)?;
    let pid = held.with_context(|| {
        format!("no Roost is running on {}. Start it, or say where it is with --data DIR", data.display())
    })?;
    kill(Pid::from_raw(i32::try_from(pid)?), signal)
        .with_context(|| format!("cannot tell process {pid}. Run this as the user that runs the server"))?;
    Ok(pid)
}

/// There are no such signals here.
#[cfg(not(unix))]
fn tell(_: &Path, _: What) -> anyhow::Result<u32> {
    anyhow::bail!("a running server can't be told on this system. Stop it and start it again")
}
