//! One errand of a member, from the command line to its end: a node of its own, the interfaces, and the clock.
//! Not what is done; that is [`crate::client`], which this drives as the node's task drives the server's node.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep_until, timeout};

use super::access::AccessOptions;
use super::air_file::AirFile;
use super::clock::{Clock, draw_seed};
use super::connections::{self, Turn};
use super::data_dir::{
    AIR_FILE, DataDirError, IDENTITY_FILE, NETWORK_FILE, make_private_dir, read_identity, write_identity,
};
use super::interfaces::{Opener, Plan, Registry, Source};
use super::job_thread::JobThread;
use super::network_file::NetworkFile;
use super::on_event_loop;
use super::shutdown::Signals;
use super::way;
use crate::client::{Client, ClientError, Errand, News, Outcome, Stage};
use crate::config::Config;
use crate::config::interfaces::InterfaceSection;
use crate::config::shared::SharedSection;
use crate::interface::{Bus, BusEnd, Condition, InterfaceEvent};
use crate::rns::Node;
use crate::rns::hash::DestinationHash;
use crate::rns::identity::Identity;
use crate::rns::random::Random;
use crate::rns::time::Instant;
use crate::store::StoreError;
use crate::store::cache::{Cache, KnownGroup};

const CACHE_FILE: &str = "cache.db";

/// Most events that are taken before their outcome is sent.
const BATCH: usize = 64;
/// How long to wait for the first interface.
const INTERFACE_PATIENCE: Duration = Duration::from_secs(20);
/// Progress is told so often.
const TICK: Duration = Duration::from_secs(1);
/// At the end: how long the connections may take to write what waits.
const FLUSH: Duration = Duration::from_secs(5);

/// What to do, for whom, and over which network.
#[derive(Debug, Clone)]
pub struct Member {
    /// Where identity and messages are kept.
    pub data: PathBuf,
    /// How to reach the network; the shared instance of this machine or the local network if there is nothing.
    pub interfaces: Vec<InterfaceSection>,
    /// Which shared instance to use.
    pub shared: SharedSection,
    /// What peers on the interfaces of the command line must know.
    pub access: AccessOptions,
    /// The group's `meshchat.group`.
    pub group: DestinationHash,
    /// What to do there.
    pub errand: Errand,
    /// The language for people, where it is another one than English.
    pub speaks: Option<String>,
}

/// What is told while it goes on.
#[derive(Debug)]
pub enum Progress<'a> {
    /// Something has happened.
    News(&'a News),
    /// Something is waited for, for so long.
    Waited(Stage, Duration),
}

/// How it ended.
#[derive(Debug)]
pub struct MemberReport {
    /// What came of it.
    pub outcome: Result<Outcome, ClientError>,
    /// Bytes of packets that were sent, without framing.
    pub sent: u64,
    /// Bytes of packets that came.
    pub received: u64,
    /// Each interface and how it fares, for people.
    pub interfaces: Vec<String>,
    /// What is kept, with what has come.
    pub cache: Cache,
}

/// The groups that are known in this directory, the one that was used last first; none if it is not there.
pub fn known_groups(data: &Path) -> anyhow::Result<Vec<KnownGroup>> {
    if !data.join(CACHE_FILE).exists() {
        return Ok(Vec::new());
    }
    open_cache(data)?.groups().map_err(|error| explain(data, error))
}

/// Opens what is kept in this directory.
pub fn open_cache(data: &Path) -> anyhow::Result<Cache> {
    make_private_dir(data).with_context(|| {
        format!("cannot make the directory {}. Choose another one with --data DIR", data.display())
    })?;
    Cache::open(&data.join(CACHE_FILE)).map_err(|error| explain(data, error))
}

fn explain(data: &Path, error: StoreError) -> anyhow::Error {
    let file = data.join(CACHE_FILE);
    let file = file.display();
    match error {
        StoreError::Newer { .. } => anyhow!("{file}: {error}"),
        error => anyhow!(
            "the messages kept in {file} can't be read or written ({error}). Check whose file it is; moved away, a new \
             one is made, and roost join and roost sync fill it again"
        ),
    }
}

/// Does what is to be done, and tells how it goes.
pub fn run_member(member: Member, tell: impl FnMut(Progress<'_>)) -> anyhow::Result<MemberReport> {
    on_event_loop(start(member, tell))?
}

async fn start(member: Member, tell: impl FnMut(Progress<'_>)) -> anyhow::Result<MemberReport> {
    let Member { data, interfaces, shared, access, group, errand, speaks } = member;
    let signals = Signals::new().context("cannot listen for signals")?;
    let codes = access.codes()?;
    let clock = Clock::start();
    let mut random = Random::from_seed(draw_seed()?);
    let cache = open_cache(&data)?;
    let identity = identity(&data.join(IDENTITY_FILE), &mut random)?;
    let mut opener = Opener::new(codes, clock, Random::from_seed(random.bytes()));
    let by_default = [InterfaceSection::auto()];
    // Whoever fetches for a moment shares nothing.
    let shared = SharedSection { share: None, ..shared };
    let opening = way::open(&shared, &interfaces, &by_default, &mut opener).await?;

    let mut node = Node::new(draw_seed()?);
    let now = clock.now();
    let (network, heard_before) = NetworkFile::open(data.join(NETWORK_FILE), now.instant);
    node.restore(now, heard_before);
    let (air, sent_before) = AirFile::open(data.join(AIR_FILE), now.instant);
    node.restore_air(now, sent_before);
    let client = Client::new(identity, cache, group, errand, speaks, random);
    client.register(&mut node);
    let (bus, events) = Bus::new();
    let source = Source { file: data, config: Config::default(), command_line: interfaces };
    let mut plan = Plan::new(bus, opener, source, None);
    let mut registry = Registry::default();
    plan.start(now, opening.interfaces, &mut registry);
    let task = MemberTask {
        clock,
        node,
        client,
        registry,
        network,
        air,
        jobs: JobThread::spawn().context("cannot start a thread")?,
        work: None,
        stage: Some((Stage::Network, now.instant)),
        give_up: Some(now.instant.after(INTERFACE_PATIENCE)),
        tell,
    };
    task.run(events, plan, signals).await
}

/// The member's identity; drawn and kept the first time.
fn identity(path: &Path, random: &mut Random) -> anyhow::Result<Identity> {
    match read_identity(path) {
        Err(DataDirError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            write_identity(path, &Identity::generate(random))?;
            Ok(read_identity(path)?)
        }
        Err(DataDirError::IdentityDamaged { path, found }) => bail!(
            "{} holds {found} bytes, but an identity has 64. Put back a copy of the right file: it is who you are to \
             your groups",
            path.display()
        ),
        outcome => Ok(outcome?),
    }
}

/// The owner of the node and the client.
struct MemberTask<T> {
    clock: Clock,
    node: Node,
    client: Client,
    registry: Registry,
    network: NetworkFile,
    air: AirFile,
    jobs: JobThread,
    work: Option<JoinHandle<Vec<u8>>>,
    /// What is waited for, and since when; nothing while it listens.
    stage: Option<(Stage, Instant)>,
    /// Without an interface, nobody waits longer.
    give_up: Option<Instant>,
    tell: T,
}

impl<T: FnMut(Progress<'_>)> MemberTask<T> {
    async fn run(
        mut self,
        mut events: BusEnd,
        plan: Plan,
        mut signals: Signals,
    ) -> anyhow::Result<MemberReport> {
        let mut tick: Interval = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut timer = pin!(sleep_until(self.clock.far_future()));
        let mut batch = Vec::new();
        let mut stopped = false;
        let outcome = loop {
            if let Some(outcome) = self.settle() {
                break outcome;
            }
            let looks = Some(self.air.due());
            let due = [self.node.poll_timeout(), self.client.poll_timeout(), self.give_up, looks];
            let due = due.into_iter().flatten().min();
            let armed = due.and_then(|due| self.clock.to_tokio(due));
            timer.as_mut().reset(armed.unwrap_or_else(|| self.clock.far_future()));
            tokio::select! {
                // The plan holds the bus, so it is never closed.
                _ = events.next_batch(&mut batch, BATCH) => {}
                done = self.jobs.done() => {
                    let now = self.clock.now();
                    done.iter().for_each(|done| self.node.handle_job_done(now, done));
                }
                work = worked(&mut self.work) => {
                    self.work = None;
                    self.client.handle_work(self.clock.now(), &mut self.node, work);
                }
                () = &mut timer => {}
                _ = tick.tick() => self.tick(),
                _ = signals.next() => {
                    if stopped {
                        break Ok(Outcome::Stopped);
                    }
                    stopped = true;
                    self.client.stop(self.clock.now(), &mut self.node);
                }
            }
            for event in batch.drain(..) {
                self.handle_interface_event(event);
            }
        };
        Ok(self.finish(events, plan, outcome).await)
    }

    /// Does everything whose time has come and hands on what comes of it; the outcome, if that is it.
    fn settle(&mut self) -> Option<Result<Outcome, ClientError>> {
        let now = self.clock.now();
        let due = |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= now.instant);
        if due(self.node.poll_timeout()) {
            self.node.handle_timeout(now);
        }
        if due(self.client.poll_timeout()) {
            self.client.handle_timeout(now, &mut self.node);
        }
        if due(self.give_up) {
            return Some(Err(ClientError::NoInterface));
        }
        if due(Some(self.air.due())) {
            self.air.look(now, &self.node);
        }
        self.jobs.feed(now, &mut self.node);
        while let Some(event) = self.node.poll_event() {
            self.client.handle_event(now, &mut self.node, &event);
        }
        if let Some(search) = self.client.poll_work() {
            self.work = Some(tokio::task::spawn_blocking(move || search.find()));
        }
        self.flush();
        while let Some(news) = self.client.poll_news() {
            match news {
                News::Stage(stage) => self.stage = Some((stage, now.instant)),
                News::Listening | News::Quiet | News::Messages { .. } | News::Trouble(_) => self.stage = None,
                News::Disclosed(_) | News::Done(_) => {}
            }
            (self.tell)(Progress::News(&news));
            if let News::Done(outcome) = news {
                return Some(outcome);
            }
        }
        None
    }

    fn flush(&mut self) {
        while let Some(transmit) = self.node.poll_transmit() {
            self.registry.send(transmit.interface, transmit.frame);
        }
    }

    fn tick(&mut self) {
        if let Some((stage, since)) = self.stage {
            (self.tell)(Progress::Waited(stage, self.clock.now().instant.since(since)));
        }
    }

    fn handle_interface_event(&mut self, event: InterfaceEvent) {
        let now = self.clock.now();
        let turn = connections::handle(now, event, &mut self.node, &mut self.registry, &mut self.network);
        if let Turn::Up(..) = turn {
            self.give_up = None;
            self.client.handle_interface_up(now, &mut self.node);
        }
    }

    /// Lets go of the link, has everything written, and keeps what is known of the network.
    async fn finish(
        mut self,
        events: BusEnd,
        plan: Plan,
        outcome: Result<Outcome, ClientError>,
    ) -> MemberReport {
        let now = self.clock.now();
        self.client.close(now, &mut self.node);
        self.flush();
        let status = self.registry.snapshot();
        let sum =
            |of: fn(&super::interfaces::Traffic) -> u64| status.iter().map(|one| of(&one.traffic)).sum();
        let (sent, received) = (sum(|traffic| traffic.bytes_out), sum(|traffic| traffic.bytes_in));
        let interfaces = status.iter().map(|one| {
            let name = &one.spec.name;
            match &one.condition {
                Condition::Up => format!("\"{name}\" is up"),
                Condition::Starting => format!("\"{name}\" has not come up yet"),
                Condition::Retrying(why) | Condition::Ended(why) => format!("\"{name}\" is down: {why}"),
            }
        });
        let interfaces = interfaces.collect();
        let snapshot = self.node.snapshot(now);
        let (frames, aired) = (self.node.aired_frames(), self.node.air_records(now));
        drop((self.registry, plan));
        // What is not written by then is lost, as it could be on the air.
        let _ = timeout(FLUSH, events.finish()).await;
        self.air.finish(frames, aired).await;
        self.network.finish(snapshot).await;
        MemberReport { outcome, sent, received, interfaces, cache: self.client.into_cache() }
    }
}

/// Waits for work, where there is some.
async fn worked(work: &mut Option<JoinHandle<Vec<u8>>>) -> Vec<u8> {
    match work {
        // Work that has failed is no work, and the server says so.
        Some(work) => work.await.unwrap_or_default(),
        None => std::future::pending().await,
    }
}
