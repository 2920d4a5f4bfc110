//! The daemon: starts everything in order, keeps it running, and stops it in order.
//! Not the command line; that is `cli`.

mod access;
mod air;
mod air_file;
mod announcer;
pub mod clock;
mod connections;
pub mod data_dir;
mod database_errors;
mod desk;
mod effect_queue;
mod hosting;
mod input_queue;
pub mod interfaces;
mod job_thread;
mod kept_file;
mod member;
mod network_file;
mod news;
mod node_task;
mod operate;
mod papers;
mod propagation;
pub mod radio;
mod reannouncer;
mod report;
pub mod rpc;
mod server_thread;
mod shutdown;
mod stamp_pool;
mod tell;
mod way;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tracing::{info, warn};

use self::air_file::AirFile;
use self::announcer::Announcer;
use self::clock::{Clock, draw_seed};
use self::data_dir::DataDir;
use self::interfaces::{Opener, Plan, Registry};
use self::network_file::NetworkFile;
use self::node_task::{NodeTask, Routine};
use self::papers::Papers;
use self::reannouncer::Reannouncer;
use self::report::Report;
use self::rpc::{Control, KeySource};
use self::shutdown::Signals;
use self::way::{Opening, Sharing};
use crate::config::groups::GroupsSection;
use crate::config::interfaces::InterfaceSection;
use crate::config::lxmf::{LxmfSection, StampSection};
use crate::config::shared::SharedSection;
use crate::interface::Bus;
use crate::lxmf::Router;
use crate::rns::Node;
use crate::rns::hash::DestinationHash;
use crate::rns::identity::Identity;
use crate::rns::random::Random;
use crate::rns::time::Now;
use crate::server::{Acknowledge, Addresses, Enforcement, HostedGroup, Schedule, Server, StampTerms};

pub use self::access::{AccessOptions, warn_if_others_may_read};
pub use self::air::air;
pub use self::desk::{DeskAnswer, DeskCommand};
pub use self::interfaces::Source;
pub use self::member::{Member, MemberReport, Progress, known_groups, open_cache, run_member};
pub use self::operate::operate;
pub use self::papers::hand_in;
pub use self::tell::{tell_to_fetch, tell_to_reload};
pub use self::way::Way;
pub use crate::command::Command as Word;
pub use crate::interface::{HostPort, ParseHostPortError, PipeSection, SharedEndpoint, UdpSection};
pub use crate::rns::packet::proof::ProofForm;

/// Effects that wait for the node's task; then the server's thread waits.
const EFFECT_QUEUE: usize = 256;

/// The words that can be carried out from the command line.
pub const fn words() -> &'static [Word] {
    crate::command::COMMANDS
}

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where identity and database are kept.
    pub data: PathBuf,
    /// What the group that the first start makes is called; "Roost" if nothing is said.
    pub group_name: Option<String>,
    /// How to reach the network, and how the network reaches it.
    pub interfaces: Vec<InterfaceSection>,
    /// Where they are written, for when they change.
    pub source: Source,
    /// What is used if there are none of those and no shared instance.
    pub by_default: Vec<InterfaceSection>,
    /// Which shared instance to use or to be.
    pub shared: SharedSection,
    /// Who may take part over those of the command line.
    pub access: AccessOptions,
    /// Does it pass on packets of others?
    pub transport: Transport,
    /// And if so, can others measure the way to it?
    pub probes: Probes,
    /// How packets are proved.
    pub proofs: ProofForm,
    /// How messages are taken and kept.
    pub lxmf: LxmfSection,
    /// How groups are made, found and announced.
    pub groups: GroupsSection,
}

/// Is the node a transport node?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// It passes on announces and packets of others.
    On,
    /// It is an end node.
    Off,
}

/// What becomes of probes to a transport node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probes {
    /// They are proved.
    Answered,
    /// They are dropped.
    Ignored,
}

/// What runs, once everything listens and is announced.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Name of the first group.
    pub name: String,
    /// Its `meshchat.group`.
    pub group: DestinationHash,
    /// Its `lxmf.delivery`.
    pub lxmf: DestinationHash,
    /// How the way into the network was chosen.
    pub way: Way,
    /// Where other programs use our interfaces, if they may.
    pub sharing: Option<SharedEndpoint>,
    /// Bound addresses.
    pub listen: Vec<SocketAddr>,
    /// Peers that it connects to.
    pub connect: Vec<HostPort>,
    /// Names of the other interfaces.
    pub others: Vec<String>,
    /// Where identity and database are kept.
    pub data: PathBuf,
    /// Does it pass on packets of others?
    pub transport: Transport,
    /// Its `lxmf.propagation`, if it is a propagation node.
    pub propagation: Option<DestinationHash>,
    /// What it asks of those who write, if it does.
    pub stamps: Option<StampSection>,
}

/// Runs the server until it is told to stop; `on_ready` is called once.
pub fn run(options: Options, on_ready: impl FnOnce(&Ready)) -> anyhow::Result<()> {
    on_event_loop(start_and_serve(options, on_ready))?
}

/// One thread for all sockets and the node: a frame crosses no thread on its way, and a request needs only the one
/// crossing to the server.
fn on_event_loop<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the event loop")?;
    let outcome = runtime.block_on(future);
    // A name that is still being looked up must not hold us back, nor work that nobody waits for.
    runtime.shutdown_background();
    Ok(outcome)
}

async fn start_and_serve(options: Options, on_ready: impl FnOnce(&Ready)) -> anyhow::Result<()> {
    let signals = Signals::new().context("cannot listen for signals")?;
    let codes = options.access.codes()?;
    let clock = Clock::start();
    let mut random = Random::from_seed(draw_seed()?);
    let mut opener = Opener::new(codes, clock, Random::from_seed(random.bytes()));
    let bound = way::open(&options.shared, &options.interfaces, &options.by_default, &mut opener).await;
    // A busy address must leave nothing behind, not even a directory. But whoever starts Roost twice should hear that
    // it runs already, not that its port is taken; so where there is a directory, its lock speaks first.
    let bound = if options.data.is_dir() { bound } else { Ok(bound?) };
    let data = DataDir::open(&options.data)?;
    let Opening { interfaces: opened, way, sharing } = bound?;
    let transport = transport_on(&way, options.transport);

    let host = data.identity(&mut random)?;
    let mut server = open_server(&data, &host, clock, options.group_name.as_deref())?;
    let groups = server.hosted_groups();
    let first =
        groups.first().context("the database holds no group, although one is made at the first start")?;
    if let Some(name) = options.group_name.as_ref().filter(|name| **name != first.name) {
        let is = &first.name;
        info!(%name, %is, "the group has its name already; the one in the configuration counts at the first start");
    }
    let mut ready = Ready {
        name: first.name.clone(),
        group: first.group,
        lxmf: first.delivery,
        way,
        sharing: sharing.as_ref().map(|sharing| sharing.endpoint.clone()),
        listen: opened.listening(),
        connect: opened.connecting(),
        others: opened.others(),
        data: data.path().to_owned(),
        transport,
        propagation: None,
        stamps: options.lxmf.stamps.clone(),
    };

    let (mut node, mut router) = (Node::new(draw_seed()?), Router::new());
    node.set_proof_form(options.proofs);
    set_up(&mut node, clock.now(), &node_identity(&host), &ready, options.probes);
    set_terms(&options.lxmf, &options.groups, &mut server, &mut router);
    let mut destinations = register(&mut server, &groups, &mut node, &mut router)?;
    let section = options.lxmf.propagation_node.as_ref();
    ready.propagation = propagation::serve(section, &host, &groups, clock.now(), &mut node, &mut router);
    destinations.extend(ready.propagation);
    propagation::use_nodes(options.lxmf.nodes, ready.propagation, clock.now(), &mut server, &mut router)?;
    let (bus, events) = Bus::new();
    let (inputs, source) = input_queue::input_queue();
    let (effect_sender, effects) = effect_queue::effect_queue(EFFECT_QUEUE);
    let now = clock.now();
    let announcer =
        Announcer::new(now.instant, options.groups.announce_interval, Random::from_seed(random.bytes()));
    let reannouncer = Reannouncer::new(Random::from_seed(random.bytes()));
    let report = Report::new(now.instant, bus.counters());
    let (network, air) = remember(&data, now, &mut node);
    let papers = Papers::new(data.papers(), now.instant);
    let routine = Routine { announcer, reannouncer, report, network, air, papers };
    let by_default = (!matches!(ready.way, Way::Through(_))).then_some(options.by_default);
    let mut running = (Plan::new(bus, opener, options.source, by_default), Registry::default());
    running.0.start(now, opened, &mut running.1);
    let mut task = NodeTask::new(clock, node, router, destinations, inputs, running, routine)
        .context("cannot start the thread that checks announces")?;
    if let Some(Sharing { endpoint, control }) = sharing {
        let (asking, questions) = Control::new(endpoint, now);
        let keys = KeySource::new(options.shared.rpc_key, std::env::var_os("HOME").map(PathBuf::from));
        tokio::spawn(rpc::serve(control, keys, asking, Random::from_seed(random.bytes())));
        task = task.answering(questions);
    }
    task = task.taking_commands(desk::open(&data.desk()));
    let thread = server_thread::spawn(server, source, effect_sender, clock)
        .context("cannot start the server's thread")?;

    task.announce().context("cannot announce the groups")?;
    on_ready(&ready);
    // A task of its own is woken by the connections without a detour over the operating system.
    let outcome =
        tokio::spawn(task.run(events, effects, signals)).await.context("the node's task has failed")?;
    if thread.is_finished() && thread.join().is_err() {
        warn!("the server's thread had failed");
    }
    // The lock is held to the very end.
    drop(data);
    Ok(outcome?)
}

/// Passing on packets is the business of whoever has the interfaces.
fn transport_on(way: &Way, wanted: Transport) -> Transport {
    if matches!(way, Way::Through(_)) && wanted == Transport::On {
        warn!(
            "not a transport node: the interfaces belong to the shared instance, so set enable_transport there"
        );
        return Transport::Off;
    }
    wanted
}

fn open_server(
    data: &DataDir,
    host: &Identity,
    clock: Clock,
    first_group: Option<&str>,
) -> anyhow::Result<Server> {
    let path = data.database();
    Server::open(&path, host, first_group, clock.now(), draw_seed()?)
        .map_err(|error| database_errors::explain(&path, error))
}

/// What is asked of those who write, and what they are told.
fn set_terms(section: &LxmfSection, groups: &GroupsSection, server: &mut Server, router: &mut Router) {
    server.keep_directory(groups.directory);
    server.set_founding_terms(groups.founding);
    if let Some(StampSection { cost, enforced }) = section.stamps {
        router.ask_for_stamps(cost);
        let enforcement = if enforced { Enforcement::Refused } else { Enforcement::Taken };
        server.ask_for_stamps(StampTerms { cost, enforcement });
    }
    if section.acknowledge == Some(false) {
        server.set_acknowledge(Acknowledge::Nothing);
    }
}

/// Makes the node what it is to its neighbours.
fn set_up(node: &mut Node, now: Now, identity: &Identity, ready: &Ready, probes: Probes) {
    if ready.transport == Transport::On {
        node.enable_transport(identity.clone());
    }
    if ready.sharing.is_some() {
        node.enable_sharing(identity.clone());
    }
    node.offer_tunnels_as(identity.clone());
    if probes == Probes::Answered {
        match node.answer_probes(now) {
            Some(destination) => info!(%destination, "probes to rnstransport.probe are answered"),
            None => warn!("respond_to_probes does nothing without enable_transport; probes are not answered"),
        }
    }
}

/// Tells the node what it had heard and sent in an earlier run.
fn remember(data: &DataDir, now: Now, node: &mut Node) -> (NetworkFile, AirFile) {
    let (network, heard) = NetworkFile::open(data.network(), now.instant);
    node.restore(now, heard);
    let (air, sent) = AirFile::open(data.airtime(), now.instant);
    node.restore_air(now, sent);
    (network, air)
}

/// The identity of the node, for neighbours: another one than that of the server, since everybody's packets carry the
/// hash of a transport node; made from it, so that neighbours' paths hold after a restart and a copy of one file restores
/// both.
fn node_identity(host: &Identity) -> Identity {
    propagation::derived(host, b"roost transport identity")
}

/// Puts the groups on the network.
fn register(
    server: &mut Server,
    groups: &[HostedGroup],
    node: &mut Node,
    router: &mut Router,
) -> anyhow::Result<Vec<DestinationHash>> {
    let mut destinations = Vec::new();
    for group in groups {
        let ratchets = server.take_ratchets(group.delivery);
        let Addresses { group: requests, delivery } =
            hosting::register(group.clone(), ratchets, node, router)?;
        if group.schedule == Schedule::Announced {
            destinations.extend([requests, delivery]);
        }
    }
    Ok(destinations)
}

/// Where data is kept when nothing is said: `$XDG_DATA_HOME/roost`, else `$HOME/.local/share/roost`.
pub fn default_data_dir(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    Some(shared_data(variable)?.join("roost"))
}

/// The same for what a member keeps: `$XDG_DATA_HOME/roost-client`, else `$HOME/.local/share/roost-client`.
pub fn default_member_dir(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    Some(shared_data(variable)?.join("roost-client"))
}

fn shared_data(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    // The XDG rules have relative paths ignored.
    let absolute = |name| variable(name).filter(|path| Path::is_absolute(path));
    absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local").join("share")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_dir(xdg: Option<&str>, home: Option<&str>) -> Option<PathBuf> {
        default_data_dir(|name| if name == "HOME" { home } else { xdg }.map(PathBuf::from))
    }

    #[test]
    fn data_is_kept_where_the_desktop_rules_say() {
        assert_eq!(data_dir(Some("/x"), Some("/home/a")), Some("/x/roost".into()));
        assert_eq!(data_dir(None, Some("/home/a")), Some("/home/a/.local/share/roost".into()));
        assert_eq!(data_dir(Some("relative"), Some("/home/a")), Some("/home/a/.local/share/roost".into()));
        assert_eq!(data_dir(None, None), None);
    }
}
