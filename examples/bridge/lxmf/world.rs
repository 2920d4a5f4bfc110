//! A node with a router on it, and what has become of messages.
//! Not the thread that drives it.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use roost::daemon::interfaces::Registry;
use roost::interface::{Attachment, Bus, InterfaceEvent, Template};
use roost::lxmf::job::{Job, JobClass, JobDone};
use roost::lxmf::propagation::FetchReport;
use roost::lxmf::{Event, Message, MessageHash, OutboundMessage, Road, Router, SignedMessage};
use roost::rns::Node;
use roost::rns::event::Event as NodeEvent;
use roost::rns::hash::DestinationHash;
use roost::rns::identity::Identity;
use roost::rns::random::Random;
use roost::rns::ratchet::Ratchet;
use roost::rns::time::{Instant, Now};
use serde_json::{Value, json};

use super::fields;
use crate::failure::Failure;
use crate::running;

/// How often the thread that makes stamps is asked whether it is done.
const LOOK: Duration = Duration::from_millis(20);

/// The node, the router, and what they have told.
pub(crate) struct World {
    pub(super) node: Node,
    pub(super) router: Router,
    /// Our `lxmf.delivery`.
    pub(super) address: DestinationHash,
    /// Messages that have come, each once, as the contract describes them.
    pub(super) received: Vec<Value>,
    /// What came of asking propagation nodes since the last command that did.
    pub(super) reports: Vec<FetchReport>,
    known: BTreeMap<MessageHash, &'static str>,
    bus: Bus,
    interfaces: Registry,
    jobs: Sender<Job>,
    done: Receiver<JobDone>,
    /// Jobs that are being done, and when to look for them.
    under_way: usize,
    look: Option<Instant>,
}

impl World {
    pub(super) fn start(
        now: Now,
        mut node: Node,
        identity: Identity,
        name: &str,
        bus: Bus,
        random: &mut Random,
    ) -> Result<Self, Failure> {
        let mut router = Router::new();
        let ratchet = Ratchet::draw(now.unix, random);
        let address = router.register(&mut node, identity, name, vec![ratchet]);
        let (jobs, waiting) = channel::<Job>();
        let (finished, done) = channel();
        std::thread::Builder::new().name("stamps".to_owned()).spawn(move || {
            while let Ok(job) = waiting.recv()
                && finished.send(job.run()).is_ok()
            {}
        })?;
        Ok(Self {
            node,
            router,
            address,
            received: Vec::new(),
            reports: Vec::new(),
            known: BTreeMap::new(),
            bus,
            interfaces: Registry::default(),
            jobs,
            done,
            under_way: 0,
            look: None,
        })
    }

    /// Makes room for an interface.
    pub(super) fn attach(&mut self, now: Now, kind: &'static str, template: &Template) -> Attachment {
        let (attachment, hold) = self.bus.attach();
        self.interfaces.attach(now, kind, template.bare_spec(), hold);
        attachment
    }

    /// A message of ours.
    pub(super) fn outbound(&self, destination: DestinationHash, message: &Message) -> OutboundMessage {
        OutboundMessage::new(self.address, destination, message)
    }

    pub(super) fn send(&mut self, now: Now, message: &OutboundMessage) -> MessageHash {
        let hash = self.router.send(now, &mut self.node, message);
        self.known.entry(hash).or_insert("outbound");
        hash
    }

    /// The word for what has become of a message.
    pub(super) fn state(&self, hash: MessageHash) -> &'static str {
        self.known.get(&hash).copied().unwrap_or("unknown")
    }

    fn handle_router_event(&mut self, now: Now, event: Event) {
        match event {
            Event::Received { message, road, proof, .. } => {
                self.router.accept(now, &mut self.node, &proof);
                self.take(now, &message, road);
            }
            Event::Delivered { hash } => drop(self.known.insert(hash, "delivered")),
            Event::Stored { hash, .. } => drop(self.known.insert(hash, "sent")),
            Event::Fetched(report) => {
                eprintln!("{report:?}");
                self.reports.push(report);
            }
            Event::Failed { hash, reason } => {
                eprintln!("{hash}: {reason}");
                self.known.insert(hash, "failed");
            }
            // There is no propagation node here.
            Event::Store(_) => {}
        }
    }

    fn take(&mut self, now: Now, message: &SignedMessage, road: Road) {
        let hash = message.hash.to_string();
        if self.received.iter().any(|before| before["message_hash"] == hash.as_str()) {
            return;
        }
        self.received.push(json!({
            "seq": self.received.len() + 1,
            "message_hash": hash,
            "source_hash": message.source.to_string(),
            "destination_hash": message.destination.to_string(),
            "title": String::from_utf8_lossy(&message.message.title),
            "content": String::from_utf8_lossy(&message.message.content),
            "method": match road {
                Road::Opportunistic => "opportunistic",
                Road::Link => "direct",
                Road::Propagation => "propagated",
                Road::Paper => "paper",
            },
            "ack_status": "received",
            "received_at_ms": now.unix.as_micros() / 1000,
            "fields": fields::decode(&message.message.fields),
        }));
    }

    /// Hands jobs to the thread that does them, and takes what it has done.
    fn tend_jobs(&mut self, now: Now) {
        while let Ok(done) = self.done.try_recv() {
            self.under_way -= 1;
            self.router.handle_job_done(now, &mut self.node, done);
        }
        for class in [JobClass::Check, JobClass::Search] {
            while let Some(job) = self.router.poll_job(class) {
                self.under_way += usize::from(self.jobs.send(job).is_ok());
            }
        }
        self.look = (self.under_way > 0).then(|| now.instant.after(LOOK));
    }

    fn take_events(&mut self, now: Now) {
        loop {
            if let Some(event) = self.node.poll_event() {
                let left = self.router.handle_event(now, &mut self.node, event);
                // No command asks for anything else.
                if let Some(NodeEvent::RatchetDrawn { destination, ratchet }) = left {
                    self.node.ratchet_stored(destination, ratchet.id());
                }
            } else if let Some(event) = self.router.poll_event() {
                self.handle_router_event(now, event);
            } else {
                return;
            }
        }
    }
}

impl running::World for World {
    fn poll_timeout(&self) -> Option<Instant> {
        [self.node.poll_timeout(), self.router.poll_timeout(), self.look].into_iter().flatten().min()
    }

    fn handle_interface_event(&mut self, now: Now, event: InterfaceEvent) {
        match event {
            InterfaceEvent::Frame { interface, frame } => {
                self.interfaces.received(interface, frame.len());
                self.node.handle_frame(now, interface, &frame);
            }
            InterfaceEvent::Up { attachment, spec, direction, transmit, assigned } => {
                let interface = self.node.add_interface(now, spec.clone());
                self.interfaces.connected(now, interface, attachment, spec, direction, transmit);
                if assigned.send(interface).is_err() {
                    self.interfaces.disconnected(interface);
                    self.node.remove_interface(now, interface);
                }
            }
            InterfaceEvent::Down { interface } => {
                self.interfaces.disconnected(interface);
                self.node.remove_interface(now, interface);
            }
            InterfaceEvent::Radio { .. } => {}
            InterfaceEvent::Fares { attachment, condition } => {
                self.interfaces.fares(now, attachment, condition);
            }
        }
        self.settle(now);
    }

    fn settle(&mut self, now: Now) {
        let is_due = |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= now.instant);
        if is_due(self.node.poll_timeout()) {
            self.node.handle_timeout(now);
        }
        if is_due(self.router.poll_timeout()) {
            self.router.handle_timeout(now, &mut self.node);
        }
        self.node.run_jobs(now);
        self.take_events(now);
        self.tend_jobs(now);
        self.take_events(now);
        while let Some(transmit) = self.node.poll_transmit() {
            self.interfaces.send(transmit.interface, transmit.frame);
        }
    }

    fn close(&mut self, now: Now) {
        self.settle(now);
        self.interfaces = Registry::default();
    }

    fn shared(&mut self) -> (&mut Node, &Registry) {
        (&mut self.node, &self.interfaces)
    }
}
