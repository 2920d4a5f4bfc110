//! Which interfaces are wanted, which of them run, and what has to change when the configuration does.
//! Not how they fare; that is the registry's.

use std::path::PathBuf;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use super::keeper::{Keeper, Others};
use super::open::{OpenInterface, Opened};
use super::{Opener, Registry};
use crate::config::interfaces::{InterfaceSection, State};
use crate::config::{Config, ConfigError};
use crate::interface::{AttachmentId, Bus};
use crate::rns::time::Now;

/// Where the wanted interfaces are written.
#[derive(Debug, Clone)]
pub struct Source {
    /// The configuration file, whether it is there or not.
    pub file: PathBuf,
    /// What it said at the start.
    pub config: Config,
    /// Those of the command line.
    pub command_line: Vec<InterfaceSection>,
}

/// The interfaces that run, and all that it takes to start others.
#[derive(Debug)]
pub(in crate::daemon) struct Plan {
    bus: Bus,
    opener: Opener,
    source: Source,
    /// What is used if nothing is asked for; `None` if that is the shared instance of this machine.
    by_default: Option<Vec<InterfaceSection>>,
    running: Vec<Running>,
}

/// One of the interfaces that were asked for.
#[derive(Debug)]
struct Running {
    section: InterfaceSection,
    attachment: AttachmentId,
    task: JoinHandle<()>,
}

/// What to do so that what is wanted runs, and nothing else.
#[derive(Debug)]
pub(in crate::daemon) struct Changes {
    /// No longer wanted, or not as they are.
    pub(in crate::daemon) stop: Vec<AttachmentId>,
    start: Vec<InterfaceSection>,
    stopped: Vec<JoinHandle<()>>,
}

impl Plan {
    pub(in crate::daemon) fn new(
        bus: Bus,
        opener: Opener,
        source: Source,
        by_default: Option<Vec<InterfaceSection>>,
    ) -> Self {
        Self { bus, opener, source, by_default, running: Vec::new() }
    }

    /// Starts what is open; it runs as long as the registry holds it and the bus is not closed.
    pub(in crate::daemon) fn start(&mut self, now: Now, opened: Opened, registry: &mut Registry) {
        for open in opened.into_interfaces() {
            match open {
                OpenInterface::Asked { keeper, interface } => {
                    self.keep(now, *keeper, interface, nobody(), registry)
                }
                OpenInterface::Own { kind, template, interface } => {
                    let (attachment, hold) = self.bus.attach();
                    registry.attach(now, kind, template.bare_spec(), hold);
                    tokio::spawn(interface.run(attachment));
                }
            }
        }
    }

    fn keep(
        &mut self,
        now: Now,
        keeper: Keeper,
        opened: Option<Box<dyn crate::interface::Interface>>,
        others: Others,
        registry: &mut Registry,
    ) {
        let section = keeper.section().clone();
        let (attachment, hold) = self.bus.attach();
        let id = hold.id();
        registry.attach(now, section.kind.name(), keeper.template().bare_spec(), hold);
        let task = tokio::spawn(keeper.run(opened, others, attachment));
        self.running.push(Running { section, attachment: id, task });
    }

    /// Reads the configuration again and compares it with what runs. `None` if nothing is to be done, which is said.
    pub(in crate::daemon) fn read_again(&mut self) -> Option<Changes> {
        let path = self.source.file.clone();
        let file = path.display();
        let config = match Config::read(&path) {
            Ok(config) => config,
            Err(error @ (ConfigError::Unreadable { .. } | ConfigError::Foreign { .. })) => {
                warn!("{error}. Nothing was changed");
                return None;
            }
            Err(ConfigError::Wrong { problems, .. }) => {
                let problems = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                warn!(%file, %problems, "the configuration is not right, so nothing was changed");
                return None;
            }
        };
        if others_differ(&config, &self.source.config) {
            warn!(%file, "only interfaces are taken over while the server runs; the other changes count after a restart");
        }
        let Some(by_default) = &self.by_default else {
            warn!(%file, "the interfaces belong to the shared instance, so none were changed; a restart uses one's own");
            return None;
        };
        let mut wanted = [&config.interfaces[..], &self.source.command_line].concat();
        if wanted.is_empty() {
            wanted.clone_from(by_default);
        }
        let changes = self.compare(wanted);
        let (stopped, started, running) = (changes.stop.len(), changes.start.len(), self.running.len());
        info!(%file, stopped, started, untouched = running, "read the configuration again");
        Some(changes)
    }

    /// Takes those that are not wanted as they are out of the running ones.
    fn compare(&mut self, wanted: Vec<InterfaceSection>) -> Changes {
        let mut start: Vec<_> = wanted.into_iter().filter(|section| section.state == State::On).collect();
        let (mut stop, mut stopped) = (Vec::new(), Vec::new());
        for running in std::mem::take(&mut self.running) {
            // One that has given up is worth another try.
            let same =
                |section: &InterfaceSection| *section == running.section && !running.task.is_finished();
            match start.iter().position(same) {
                Some(at) => {
                    start.remove(at);
                    self.running.push(running);
                }
                None => {
                    info!(interface = %running.section.name, "interface stops: the configuration has changed");
                    stop.push(running.attachment);
                    stopped.push(running.task);
                }
            }
        }
        Changes { stop, start, stopped }
    }

    /// Starts what is new, as soon as what was stopped has let go of its addresses.
    pub(in crate::daemon) fn start_new(&mut self, now: Now, changes: Changes, registry: &mut Registry) {
        let (ended, others) = watch::channel(());
        tokio::spawn(async move {
            for task in changes.stopped {
                // What failed has let go, too.
                let _ = task.await;
            }
            drop(ended);
        });
        for section in changes.start {
            match self.opener.keeper(section) {
                Ok(keeper) => {
                    info!(interface = %keeper.section().name, "interface starts: the configuration has changed");
                    self.keep(now, keeper, None, others.clone(), registry);
                }
                // A section whose access code can't be made is refused when it is read.
                Err(error) => warn!("{error:#}"),
            }
        }
    }
}

fn nobody() -> Others {
    watch::channel(()).1
}

/// Do two configurations differ in anything but their interfaces?
fn others_differ(one: &Config, other: &Config) -> bool {
    let without = |config: &Config| Config { interfaces: Vec::new(), ..config.clone() };
    without(one) != without(other)
}
