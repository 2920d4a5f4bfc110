//! The signals that ask the daemon to stop.
//! Not the stopping; that is the node task's and the daemon's.

use std::future::Future;
use std::io;

use tracing::info;

/// Resolves at the first SIGTERM or SIGINT. From this call on, neither of them kills the process.
#[cfg(unix)]
pub(super) fn signals() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => info!("told to stop by SIGTERM"),
            _ = interrupt.recv() => info!("told to stop by SIGINT"),
        }
    })
}

/// Resolves at the first Ctrl-C.
#[cfg(not(unix))]
pub(super) fn signals() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            info!("told to stop by Ctrl-C");
        }
    })
}
