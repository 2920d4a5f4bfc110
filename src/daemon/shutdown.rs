//! The signals that ask the daemon to stop, to read its configuration again, or to fetch mail.
//! Not the doing; that is the node task's and the plan's.

use std::io;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// To stop.
    Stop,
    /// To read the configuration again.
    Reload,
    /// To fetch mail from propagation nodes.
    Fetch,
}

pub(super) use system::Signals;

#[cfg(unix)]
mod system {
    use std::io::IsTerminal;

    use tokio::signal::unix::{Signal, SignalKind, signal};
    use tracing::info;

    use super::{Told, io};

    /// From its making on, SIGTERM, SIGINT, SIGHUP and SIGUSR1 no longer kill the process.
    #[derive(Debug)]
    pub(in crate::daemon) struct Signals {
        terminate: Signal,
        interrupt: Signal,
        hangup: Signal,
        user: Signal,
        had_terminal: bool,
    }

    impl Signals {
        pub(in crate::daemon) fn new() -> io::Result<Self> {
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
                hangup: signal(SignalKind::hangup())?,
                user: signal(SignalKind::user_defined1())?,
                had_terminal: io::stdin().is_terminal(),
            })
        }

        /// Waits for the next one.
        pub(in crate::daemon) async fn next(&mut self) -> Told {
            tokio::select! {
                _ = self.terminate.recv() => info!("told to stop by SIGTERM"),
                _ = self.interrupt.recv() => info!("told to stop by SIGINT"),
                _ = self.user.recv() => return Told::Fetch,
                _ = self.hangup.recv() => {
                    // A window that is closed sends the same; its terminal is none any more.
                    if !self.had_terminal || io::stdin().is_terminal() {
                        return Told::Reload;
                    }
                    info!("told to stop by SIGHUP: the terminal is gone");
                }
            }
            Told::Stop
        }
    }
}

#[cfg(not(unix))]
mod system {
    use super::{Told, io};

    /// Here there is only Ctrl-C.
    #[derive(Debug)]
    pub(in crate::daemon) struct Signals;

    impl Signals {
        pub(in crate::daemon) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// Waits for the first one.
        pub(in crate::daemon) async fn next(&mut self) -> Told {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            tracing::info!("told to stop by Ctrl-C");
            Told::Stop
        }
    }
}
