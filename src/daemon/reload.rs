//! Telling a server that runs to read its configuration again.
//! Not the reading; that server does it, and its log says what has changed.

use std::path::Path;

/// Tells the server that has this data directory; answers which process it is.
#[cfg(unix)]
pub fn tell_to_reload(data: &Path) -> anyhow::Result<u32> {
    use anyhow::Context;
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let held = super::data_dir::holder_of(data)?;
    let pid = held.with_context(|| {
        format!("no Roost is running on {}. Start it, or say where it is with --data DIR", data.display())
    })?;
    kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGHUP)
        .with_context(|| format!("cannot tell process {pid}. Run this as the user that runs the server"))?;
    Ok(pid)
}

/// There is no such signal here.
#[cfg(not(unix))]
pub fn tell_to_reload(_: &Path) -> anyhow::Result<u32> {
    anyhow::bail!("a running server can't be told on this system. Stop it and start it again")
}
