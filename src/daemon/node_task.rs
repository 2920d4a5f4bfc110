//! The task that owns the node and the router: frames in and out, events to the server, its effects back.
//! Not protocol and not group rules; it only carries from one owner to the other.

mod connections;
mod open_links;
mod routing;

use std::io;
use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::time::{Sleep, sleep_until, timeout};
use tracing::{debug, info, warn};

use super::air;
use super::air_file::AirFile;
use super::announcer::Announcer;
use super::clock::Clock;
use super::desk::Desk;
use super::effect_queue::EffectReceiver;
use super::hosting;
use super::input_queue::InputQueue;
use super::interfaces::{Plan, Registry};
use super::job_thread::JobThread;
use super::network_file::NetworkFile;
use super::news::News;
use super::papers::Papers;
use super::reannouncer::Reannouncer;
use super::report::{Report, TaskLosses};
use super::rpc::Control;
use super::shutdown::{Signals, Told};
use super::stamp_pool::StampPool;
use crate::group::GroupId;
use crate::interface::BusEnd;
use crate::lxmf::job::JobDone as StampDone;
use crate::lxmf::propagation::PropagationNode;
use crate::lxmf::propagation::node::NodeCounts;
use crate::lxmf::{DeliveryToken, Router};
use crate::rns::Node;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::job::JobDone;
use crate::rns::node::{Came, Recipient, Replied};
use crate::rns::ratchet::Ratchet;
use crate::rns::time::{Instant, Now};
use crate::server::{
    Addressee, Addresses, Effect, HostedGroup, Input, OperatorAnswer, OperatorCommand, OperatorOutcome,
    Schedule,
};
use open_links::OpenLinks;

/// Most events or effects that are taken before their outcome is sent.
const BATCH: usize = 256;
/// At the end: how long the server may take for what waits.
const SERVER_FLUSH: Duration = Duration::from_secs(1);
/// At the end: how long the connections may take to write what waits.
const INTERFACE_FLUSH: Duration = Duration::from_secs(1);

/// The server's thread ended while it was needed.
#[derive(Debug, thiserror::Error)]
#[error(
    "the server's thread has stopped; the lines above say why. Start Roost again: what was stored is safe"
)]
pub(super) struct ServerGone;

/// The owner of the node and the router.
#[derive(Debug)]
pub(super) struct NodeTask {
    clock: Clock,
    node: Node,
    router: Router,
    interfaces: Registry,
    plan: Plan,
    links: OpenLinks,
    /// What to announce.
    destinations: Vec<DestinationHash>,
    inputs: InputQueue,
    news: News,
    jobs: JobThread,
    stamps: StampPool,
    control: Control,
    desk: Desk,
    losses: TaskLosses,
    routine: Routine,
}

/// What is done now and then.
#[derive(Debug)]
pub(super) struct Routine {
    pub(super) announcer: Announcer,
    pub(super) reannouncer: Reannouncer,
    pub(super) report: Report,
    pub(super) network: NetworkFile,
    pub(super) air: AirFile,
    pub(super) papers: Papers,
}

impl NodeTask {
    /// A task for a node whose `destinations` are registered. An error says that its thread for jobs cannot be started.
    pub(super) fn new(
        clock: Clock,
        node: Node,
        router: Router,
        destinations: Vec<DestinationHash>,
        inputs: InputQueue,
        (plan, interfaces): (Plan, Registry),
        routine: Routine,
    ) -> io::Result<Self> {
        Ok(Self {
            clock,
            node,
            router,
            interfaces,
            plan,
            links: OpenLinks::default(),
            destinations,
            inputs,
            news: News::default(),
            jobs: JobThread::spawn()?,
            stamps: StampPool::spawn(clock)?,
            control: Control::default(),
            desk: Desk::default(),
            losses: TaskLosses::default(),
            routine,
        })
    }

    /// Answers questions of other programs, too.
    pub(super) fn answering(self, control: Control) -> Self {
        Self { control, ..self }
    }

    /// Takes commands of the operator, too.
    pub(super) fn taking_commands(self, desk: Desk) -> Self {
        Self { desk, ..self }
    }

    /// Runs until a signal says to stop, then closes links and flushes what waits.
    pub(super) async fn run(
        mut self,
        mut events: BusEnd,
        mut effects: EffectReceiver,
        signals: Signals,
    ) -> Result<(), ServerGone> {
        let outcome = self.carry(&mut events, &mut effects, signals).await;
        self.finish(events, effects).await;
        outcome
    }

    /// Announces everything. Called before [`Self::run`] it answers whether that works at all.
    pub(super) fn announce(&mut self) -> Result<(), crate::rns::error::MisuseError> {
        let now = self.clock.now();
        for destination in &self.destinations {
            self.node.announce(now, *destination)?;
            self.routine.reannouncer.announced(*destination);
        }
        if self.interfaces.connections() == 0 {
            self.routine.announcer.announced_to_nobody(now.instant);
        } else {
            debug!(interfaces = self.interfaces.connections(), "announced");
            self.routine.announcer.announced(now.instant);
        }
        self.flush(now);
        Ok(())
    }

    async fn carry(
        &mut self,
        events: &mut BusEnd,
        effects: &mut EffectReceiver,
        signals: Signals,
    ) -> Result<(), ServerGone> {
        let mut signals = signals;
        let mut timer = pin!(sleep_until(self.clock.far_future()));
        let (mut event_batch, mut effect_batch) = (Vec::new(), Vec::new());
        loop {
            self.serve_deadlines();
            let armed = self.arm(timer.as_mut());
            self.inputs.wake();
            tokio::select! {
                // The plan holds the bus, so it is never closed.
                _ = events.next_batch(&mut event_batch, BATCH) => {}
                taken = effects.recv_many(&mut effect_batch, BATCH) => if taken == 0 {
                    return Err(ServerGone);
                },
                done = self.jobs.done() => self.handle_jobs_done(&done),
                done = self.stamps.done() => self.handle_stamp_done(done),
                asked = self.control.next() => {
                    self.control.answer(self.clock.now(), &mut self.node, &self.interfaces, asked);
                }
                command = self.desk.next() => self.hand_on(command),
                () = &mut timer, if armed => {}
                told = signals.next() => match told {
                    Told::Stop => return Ok(()),
                    Told::Reload => self.reload(),
                    Told::Fetch => self.fetch(),
                },
            }
            for event in event_batch.drain(..) {
                self.handle_interface_event(event);
            }
            for effect in effect_batch.drain(..) {
                self.handle_effect(effect);
            }
            let now = self.clock.now();
            self.jobs.feed(now, &mut self.node);
            self.flush(now);
            self.stamps.feed(&mut self.router);
        }
    }

    /// Only to a destination that was announced as that person's: nobody has packets sent to others.
    fn ping(
        &mut self,
        now: Now,
        (group, person): (GroupId, IdentityHash),
        destination: DestinationHash,
        data: &[u8],
    ) {
        let owner = self.node.recall(destination).map(|known| known.identity.hash());
        let is_theirs = owner == Some(person);
        let sent = is_theirs && self.node.send_notice(now, destination, data, *group.as_bytes()).is_ok();
        debug!(%destination, sent, "a notice");
    }

    /// Who gets no answer asks again.
    fn reply(&mut self, now: Now, came: Came, to: &Recipient, data: &[u8]) {
        let person = to.person;
        match self.node.reply(now, came, to, data) {
            Ok(Replied::Sent) => debug!(%person, bytes = data.len(), "answered without a link"),
            Ok(Replied::NoPath | Replied::NoKey) | Err(_) => {
                debug!(%person, "an answer without a link has no way to go");
                self.losses.replies = self.losses.replies.saturating_add(1);
            }
        }
    }

    /// The operator's command goes where everything goes, if it is not about the radio.
    fn hand_on(&mut self, command: OperatorCommand) {
        let ticket = command.ticket;
        // What the node knows, the server does not.
        if command.word == air::WORD {
            // What notices cost is reckoned when the server has said who wants any.
            let asks = air::has_radios(&self.node, self.clock.now());
            if !asks || self.inputs.offer(None, Input::NameAddressees { ticket }).is_err() {
                self.report_air(ticket, &[]);
            }
            return;
        }
        if self.inputs.offer(None, Input::Command(command)).is_err() {
            self.desk.turn_away(ticket);
        }
    }

    fn report_air(&mut self, ticket: u64, addressees: &[Addressee]) {
        let text = air::report(self.clock.now(), &self.node, addressees);
        self.desk.answer(OperatorAnswer { ticket, outcome: OperatorOutcome::Done, text });
    }

    fn fetch(&mut self) {
        match self.router.fetch(self.clock.now()) {
            0 => warn!(
                "told to fetch mail, but no propagation node is known. Name some in [lxmf] of server.toml"
            ),
            times => info!(times, "told to fetch mail: asking propagation nodes, one after the other"),
        }
    }

    /// Does everything whose time has come, whatever woke us.
    fn serve_deadlines(&mut self) {
        let now = self.clock.now();
        let due = |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= now.instant);
        let mut served = false;
        if due(self.node.poll_timeout()) {
            self.node.handle_timeout(now);
            served = true;
        }
        if due(self.router.poll_timeout()) {
            self.router.handle_timeout(now, &mut self.node);
            served = true;
        }
        if served {
            self.flush(now);
        }
        self.tell_news(now);
        if due(Some(self.routine.announcer.due()))
            && let Err(error) = self.announce()
        {
            // The destinations were announced at the start, so this says that the node forgot one.
            warn!(%error, "cannot announce");
            self.routine.announcer.announced(now.instant);
        }
        while let Some(group) = self.routine.reannouncer.take_due(now.instant) {
            self.announce_group(now, group);
        }
        if due(Some(self.routine.report.due())) {
            report(&mut self.routine.report, now.instant, &self.node, &self.router, self.losses);
        }
        if due(Some(self.routine.network.due())) {
            self.routine.network.write_soon(now.instant, self.node.snapshot(now));
        }
        if due(Some(self.routine.air.due())) {
            self.routine.air.look(now, &self.node);
        }
        if due(Some(self.routine.papers.due())) {
            self.read_papers(now);
        }
    }

    fn read_papers(&mut self, now: Now) {
        for (id, text) in self.routine.papers.look(now.instant) {
            match self.router.read_paper(now, &mut self.node, &text) {
                Ok(()) => info!(paper = %id, "read a message on paper"),
                Err(error) => {
                    warn!(paper = %id, %error, "a message on paper can't be read");
                    self.routine.papers.settle(id);
                }
            }
        }
        self.flush(now);
    }

    /// Whoever reads a message on paper keeps it until it is stored.
    fn settle_paper(&mut self, token: &DeliveryToken) {
        if let DeliveryToken::Paper(id) = token {
            self.routine.papers.settle(*id);
        }
    }

    /// Sets the timer to the earliest deadline; `false` if there is none.
    fn arm(&self, timer: Pin<&mut Sleep>) -> bool {
        let routine = &self.routine;
        let own = routine.announcer.due().min(routine.report.due());
        let own = own.min(routine.network.due()).min(routine.air.due()).min(routine.papers.due());
        let next = [self.node.poll_timeout(), self.router.poll_timeout(), self.news.due()]
            .into_iter()
            .chain([routine.reannouncer.due()])
            .flatten()
            .fold(own, Instant::min);
        let Some(deadline) = self.clock.to_tokio(next) else { return false };
        if timer.deadline() != deadline {
            timer.reset(deadline);
        }
        true
    }

    fn handle_jobs_done(&mut self, done: &[JobDone]) {
        let now = self.clock.now();
        for done in done {
            self.node.handle_job_done(now, done);
        }
        self.route_events(now);
    }

    fn handle_stamp_done(&mut self, done: StampDone) {
        let now = self.clock.now();
        self.router.handle_job_done(now, &mut self.node, done);
        self.route_events(now);
    }

    fn handle_effect(&mut self, effect: Effect) {
        let now = self.clock.now();
        match effect {
            Effect::Accept(token) => {
                self.settle_paper(&token);
                self.router.accept(now, &mut self.node, &token);
            }
            Effect::Refuse(token) => {
                self.settle_paper(&token);
                self.router.refuse(now, &mut self.node, &token);
            }
            Effect::Respond { link, request_id, data, compress } => {
                self.node.respond(now, link, request_id, &data, compress);
            }
            Effect::RatchetStored { destination, ratchet } => self.node.ratchet_stored(destination, ratchet),
            Effect::Propagation(news) => self.router.handle_store_news(now, &mut self.node, news),
            Effect::CloseLinks { person, destinations } => {
                for link in self.links.of(person, &destinations) {
                    self.node.close_link(now, link);
                }
            }
            Effect::Ping { group, person, destination, data } => {
                self.ping(now, (group, person), destination, &data);
            }
            Effect::Reply { came, to, data } => self.reply(now, came, &to, &data),
            Effect::Met(person) => self.router.handle_identity(now, &mut self.node, &person),
            Effect::Broadcast { interface, audience, destination, payload } => {
                if let Err(error) = self.node.broadcast_on(interface, audience, destination, &payload) {
                    warn!(%error, "a broadcast was not sent");
                }
            }
            Effect::Answer(answer) => self.desk.answer(answer),
            Effect::Addressees { ticket, addressees } => self.report_air(ticket, &addressees),
            Effect::Send(message) => {
                self.router.send(now, &mut self.node, &message);
            }
            Effect::Host { group, ratchets } => self.host(now, *group, ratchets),
            Effect::Reannounce { addresses, name, app_data, stamp_cost, schedule } => {
                let looks = (name.as_str(), stamp_cost);
                if let Err(error) =
                    hosting::change(addresses, looks, app_data, &mut self.node, &mut self.router)
                {
                    warn!(group = %addresses.group, %error, "a group still announces what it did before");
                }
                self.schedule(now, addresses, schedule);
            }
        }
        self.route_events(now);
    }

    /// There is one more group.
    fn host(&mut self, now: Now, group: HostedGroup, ratchets: Vec<Ratchet>) {
        let schedule = group.schedule;
        match hosting::register(group, ratchets, &mut self.node, &mut self.router) {
            Ok(addresses) => {
                info!(group = %addresses.group, lxmf = %addresses.delivery, "there is a new group");
                self.schedule(now, addresses, schedule);
            }
            Err(error) => warn!(%error, "a new group is not on the network"),
        }
    }

    /// A group has something to say, or wants to be silent.
    fn schedule(&mut self, now: Now, group: Addresses, schedule: Schedule) {
        self.destinations.retain(|destination| ![group.group, group.delivery].contains(destination));
        match schedule {
            Schedule::Announced => {
                self.destinations.extend([group.group, group.delivery]);
                self.routine.reannouncer.soon(now.instant, group);
            }
            Schedule::Silent => self.routine.reannouncer.silence(group),
        }
    }

    fn announce_group(&mut self, now: Now, group: Addresses) {
        for destination in [group.group, group.delivery] {
            if let Err(error) = self.node.announce(now, destination) {
                warn!(%destination, %error, "cannot announce a group");
            }
        }
        self.flush(now);
    }

    /// Routes what has happened and hands packets to their connections.
    fn flush(&mut self, now: Now) {
        self.route_events(now);
        while let Some(transmit) = self.node.poll_transmit() {
            self.interfaces.send(transmit.interface, transmit.frame);
        }
    }

    /// Lets the server finish what waits, closes the links, and has everything written. Takes at most two seconds.
    async fn finish(mut self, events: BusEnd, mut effects: EffectReceiver) {
        info!(links = self.links.len(), interfaces = self.interfaces.connections(), "stopping");
        // The server's thread ends when its queue is gone; an empty one takes its place.
        self.inputs = super::input_queue::input_queue().0;
        let served = timeout(SERVER_FLUSH, async {
            while let Some(effect) = effects.recv().await {
                self.handle_effect(effect);
                self.flush(self.clock.now());
            }
        });
        if served.await.is_err() {
            warn!(
                "the server is still busy; what it has not stored was not proved, so its senders try again"
            );
        }
        let now = self.clock.now();
        for link in self.links.all() {
            self.node.close_link(now, link);
        }
        self.flush(now);
        let snapshot = self.node.snapshot(now);
        let (frames, aired) = (self.node.aired_frames(), self.node.air_records(now));
        drop((self.interfaces, self.plan));
        if timeout(INTERFACE_FLUSH, events.finish()).await.is_err() {
            warn!("some connections did not take the last packets");
        }
        report(&mut self.routine.report, now.instant, &self.node, &self.router, self.losses);
        self.routine.air.finish(frames, aired).await;
        self.routine.network.finish(snapshot).await;
    }
}

/// Says what was dropped, and how the propagation node does.
fn report(report: &mut Report, now: Instant, node: &Node, router: &Router, losses: TaskLosses) {
    let propagation_node = router.propagation_node();
    let own = propagation_node.map(PropagationNode::drops);
    let drops: Vec<_> = [node.drops(), router.drops()].into_iter().chain(own).collect();
    report.write(now, &drops, losses);
    if let Some(NodeCounts { taken, refused, requests, given }) =
        propagation_node.map(PropagationNode::counts)
    {
        info!(taken, refused, requests, given, "the propagation node since the start");
    }
}
