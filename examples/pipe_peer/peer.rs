//! The peer: a node, its pipes, and what it was told to do.
//! Not a server of anything but its one destination.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use anyhow::Context;
use roost::daemon::clock::{Clock, draw_seed};
use roost::interface::{Medium, PIPE_HW_MTU, Template};
use roost::rns::Node;
use roost::rns::destination::DestinationSpec;
use roost::rns::event::Event;
use roost::rns::hash::DestinationHash;
use roost::rns::identity::Identity;
use roost::rns::interface::InterfaceId;
use roost::rns::random::Random;
use roost::rns::ratchet::Ratchets;
use roost::rns::snapshot::PathRecord;
use roost::rns::time::{Instant, Now};

use crate::action::Search;
use crate::channels::Channels;
use crate::events;
use crate::port::{Input, Port, PortWriter};
use crate::settings::{Action, Settings, Wanted};

/// `PipeInterface.BITRATE_GUESS`.
const BITRATE: u64 = 1_000_000;
/// `path_table` comes at most so often.
const TABLE_INTERVAL: Duration = Duration::from_secs(1);
/// Between `ready` and the announce: who has started this process may still have to put an access code on its side.
const ANNOUNCE_DELAY: Duration = Duration::from_secs(1);
/// How long to wait when nothing is due.
const IDLE: Duration = Duration::from_hours(1);

/// A running peer.
pub(crate) struct Peer {
    clock: Clock,
    identity: Identity,
    node: Node,
    pipes: BTreeMap<InterfaceId, PortWriter>,
    inputs: Receiver<Input>,
    /// The destination to announce, and when.
    announce: Option<(Instant, DestinationHash)>,
    search: Search,
    /// Only those of `channel_serve`.
    channels: Option<Channels>,
    table: TableReport,
}

impl Peer {
    /// Opens the pipes, says `ready`, and does the first thing of its action.
    pub(crate) fn start(settings: Settings) -> anyhow::Result<Self> {
        let clock = Clock::start();
        let mut node = Node::new(draw_seed()?);
        let identity = Identity::generate(&mut Random::from_seed(draw_seed()?));
        if settings.transport {
            node.enable_transport(identity.clone());
        }
        let (sender, inputs) = channel();
        let now = clock.now();
        let pipes = open_pipes(&settings, now, &mut node, &sender)?;
        events::ready(identity.hash());
        let mut peer = Self {
            clock,
            identity,
            node,
            pipes,
            inputs,
            announce: None,
            search: Search::Over,
            channels: matches!(settings.action, Action::ChannelServe).then(Channels::default),
            table: TableReport { next: now.instant, told: Vec::new() },
        };
        peer.begin(now, settings)?;
        Ok(peer)
    }

    fn begin(&mut self, now: Now, settings: Settings) -> anyhow::Result<()> {
        let destination = match settings.action {
            Action::Listen => return Ok(()),
            Action::PathRequest(Wanted::Hash(destination)) => {
                self.search = Search::of(now.instant, destination);
                return Ok(());
            }
            Action::PathRequest(Wanted::InFile(path)) => {
                self.search = Search::in_file(now.instant, path);
                return Ok(());
            }
            Action::DestinationOnly => {
                let destination = self.register(settings.full_name);
                events::destination("destination_created", destination, &self.identity);
                destination
            }
            Action::Announce | Action::ChannelServe => {
                let destination = self.register(settings.full_name);
                self.announce = Some((now.instant.after(ANNOUNCE_DELAY), destination));
                destination
            }
        };
        let Some(path) = settings.hash_output else { return Ok(()) };
        std::fs::write(&path, destination.to_string())
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn register(&mut self, full_name: String) -> DestinationHash {
        self.node.register_destination(DestinationSpec {
            identity: self.identity.clone(),
            full_name,
            app_data: Vec::new(),
            request_paths: Vec::new(),
            max_resource: 0,
            ratchets: Ratchets::Off,
        })
    }

    /// Runs until all pipes are closed.
    pub(crate) fn run(mut self) -> anyhow::Result<()> {
        while !self.pipes.is_empty() {
            let now = self.clock.now();
            self.announce_if_due(now)?;
            self.search = std::mem::replace(&mut self.search, Search::Over).proceed(now, &mut self.node);
            if self.node.poll_timeout().is_some_and(|timeout| timeout <= now.instant) {
                self.node.handle_timeout(now);
            }
            self.node.run_jobs(now);
            self.report(now);
            if let Some(channels) = &mut self.channels {
                channels.proceed(now, &mut self.node);
            }
            self.flush();
            self.table.tell(now, &self.node);
            match self.inputs.recv_timeout(self.wait()) {
                Ok(Input::Frame(interface, frame)) => {
                    self.node.handle_frame(self.clock.now(), interface, &frame);
                }
                Ok(Input::Closed(interface)) => {
                    self.pipes.remove(&interface);
                    self.node.remove_interface(self.clock.now(), interface);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        // With the last pipe went the links over it.
        self.report(self.clock.now());
        Ok(())
    }

    fn announce_if_due(&mut self, now: Now) -> anyhow::Result<()> {
        if let Some((_, destination)) = self.announce.take_if(|(at, _)| *at <= now.instant) {
            self.node.announce(now, destination)?;
            events::destination("announced", destination, &self.identity);
        }
        Ok(())
    }

    /// How long nothing is due.
    fn wait(&self) -> Duration {
        let now = self.clock.now().instant;
        let announce = self.announce.map(|(at, _)| at);
        let channels = self.channels.as_ref().and_then(|channels| channels.poll_timeout(now));
        [
            self.node.poll_timeout(),
            announce,
            self.search.poll_timeout(now),
            channels,
            self.table.poll_timeout(now),
        ]
        .into_iter()
        .flatten()
        .min()
        .map_or(IDLE, |due| due.since(now))
    }

    /// Writes what waits.
    fn flush(&mut self) {
        while let Some(transmit) = self.node.poll_transmit() {
            if let Some(pipe) = self.pipes.get_mut(&transmit.interface) {
                pipe.write(&transmit.frame);
            }
        }
    }

    /// Tells what has happened.
    fn report(&mut self, now: Now) {
        while let Some(event) = self.node.poll_event() {
            match event {
                Event::Announce { destination, identity, hops, path_response: false, .. } => {
                    events::announce_received(destination, identity.hash(), hops);
                }
                Event::LinkEstablished { link, destination, .. } => {
                    events::link("link_established", link, destination);
                    if let Some(channels) = &mut self.channels {
                        channels.open(now, &mut self.node, link);
                    }
                }
                Event::LinkClosed { link, destination, .. } => {
                    events::link("link_closed", link, destination);
                    if let Some(channels) = &mut self.channels {
                        channels.forget(link);
                    }
                }
                Event::ChannelMessage { link, body, .. } => events::channel("channel_data", link, &body),
                _ => {}
            }
        }
    }
}

fn open_pipes(
    settings: &Settings,
    now: Now,
    node: &mut Node,
    inputs: &Sender<Input>,
) -> anyhow::Result<BTreeMap<InterfaceId, PortWriter>> {
    let mut pipes = BTreeMap::new();
    for (n, pipe) in settings.pipes.iter().enumerate() {
        let port = Port::open(&pipe.source)?;
        let spec = Template::new("pipe", Medium::of_plain_links(BITRATE, PIPE_HW_MTU))
            .with_access(settings.access.clone())
            .with_mode(pipe.mode)
            .spec(n);
        let max_frame = spec.max_frame();
        let interface = node.add_interface(now, spec);
        pipes.insert(interface, port.start(interface, max_frame, inputs.clone()));
    }
    Ok(pipes)
}

/// Tells the path table when it has changed.
struct TableReport {
    next: Instant,
    told: Vec<PathRecord>,
}

impl TableReport {
    fn tell(&mut self, now: Now, node: &Node) {
        if now.instant < self.next {
            return;
        }
        self.next = now.instant.after(TABLE_INTERVAL);
        let paths = node.snapshot(now).paths;
        let key = |path: &PathRecord| (path.destination, path.next_hop, path.hops);
        if !paths.iter().map(key).eq(self.told.iter().map(key)) {
            events::path_table(&paths);
            self.told = paths;
        }
    }

    fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        Some(self.next.max(now))
    }
}
