//! What a node does with an announce that arrives: cheap checks, a job for its signature, and what it changes then.
//! Not how a transport node passes it on.

use super::Node;
use super::forward::Arrival;
use super::spread::Newcomers;
use crate::rns::announce::Announce;
use crate::rns::error::DropReason;
use crate::rns::event::Event;
use crate::rns::hash::DestinationHash;
use crate::rns::interface::{InterfaceId, Neighbour};
use crate::rns::job::{Job, JobDone};
use crate::rns::job_queue::Urgency;
use crate::rns::packet::{Context, Packet};
use crate::rns::time::Now;
use crate::rns::transport::path_table::{Path, Verdict};

impl Node {
    /// The next job. What is not polled waits, and with too many of them announces are dropped.
    pub fn poll_job(&mut self) -> Option<Job> {
        self.jobs.poll_job()
    }

    /// A job was done.
    pub fn handle_job_done(&mut self, now: Now, done: &JobDone) {
        match self.jobs.finish(done) {
            // Its interfaces are gone.
            None => {}
            Some(Err(copies)) => (0..copies).for_each(|_| self.drops.add(DropReason::BadSignature)),
            Some(Ok(heard)) => {
                for copy in &heard.copies {
                    let neighbour = self.wire.neighbour(copy.interface);
                    let arrival = Arrival::new(copy.interface, neighbour, copy.hops);
                    let packet = heard.packet(copy);
                    let outcome =
                        self.take_in_announce(now, arrival, &packet, &heard.announce, Newcomers::Limited);
                    if let Err(reason) = outcome {
                        self.drops.add(reason);
                    }
                }
            }
        }
    }

    /// Does the jobs that wait, here and now: for whoever drives a node and has nobody else to do them.
    pub fn run_jobs(&mut self, now: Now) {
        loop {
            let jobs: Vec<_> = std::iter::from_fn(|| self.poll_job()).take(Job::BATCH).collect();
            if jobs.is_empty() {
                return;
            }
            for done in Job::run_all(&jobs) {
                self.handle_job_done(now, &done);
            }
        }
    }

    /// An announce arrived: if it can be of use, its signature is to be checked.
    pub(super) fn handle_announce(
        &mut self,
        now: Now,
        interface: InterfaceId,
        packet: &Packet<'_>,
    ) -> Result<(), DropReason> {
        let destination = DestinationHash::from(packet.address);
        if let Some(relay) = self.relay.as_deref_mut().filter(|_| packet.transport_id.is_some()) {
            relay.announces.note_passed_on(destination, packet.hash(), packet.hops);
        }
        self.is_of_use(now, interface, packet)?;
        let known = self.known.get(destination).is_some();
        let urgency = if self.is_asked_for(now, destination) {
            Urgency::AskedFor
        } else if known {
            Urgency::Known
        } else if self.is_flooded(interface) {
            return Err(DropReason::TableFull);
        } else {
            Urgency::Newcomer
        };
        self.jobs.offer(urgency, interface, packet)
    }

    /// A genuine announce changes what is known.
    pub(super) fn take_in_announce(
        &mut self,
        now: Now,
        arrival: Arrival,
        packet: &Packet<'_>,
        announce: &Announce,
        newcomers: Newcomers,
    ) -> Result<(), DropReason> {
        let destination = announce.destination;
        // Much may have happened since it came in; a copy of it, for one.
        self.is_of_use(now, arrival.interface, packet)?;
        self.known.check_key(announce)?;
        let newcomer = self.known.get(destination).is_none();
        let awaited = self.path_requests.awaits(now.instant, destination);
        let limited = newcomer && newcomers == Newcomers::Limited && !self.is_asked_for(now, destination);
        if limited && self.holds_back(now, arrival, packet) {
            return Ok(());
        }

        let Arrival { interface, neighbour, hops } = arrival;
        let path = Path {
            next_hop: packet.transport_id,
            hops,
            interface,
            announce: packet.hash(),
            gravity: self.wire.policy(interface).gravity,
        };
        let verdict = self.paths.offer(now.instant, destination, path, announce.random_blob);
        self.path_requests.settle(destination);
        if verdict == Verdict::Stale && !awaited && !newcomer {
            return Err(DropReason::Stale);
        }
        self.known.remember(now.instant, announce);
        self.arm_sweep(now);
        // A program introduces a destination to its shared instance, and announces it within the same second.
        let live = neighbour == Neighbour::LocalClient && packet.context != Context::PathResponse;
        if verdict == Verdict::Updated || (live && verdict == Verdict::SameEmission) {
            self.spread_announce(now, arrival, packet, announce);
        }
        // What is known may be newer than this announce, where only the path was lost.
        let app_data = self.known.get(destination).and_then(|known| known.app_data.clone());
        self.events.push_back(Event::Announce {
            destination,
            name_hash: announce.name_hash,
            identity: announce.identity.clone(),
            app_data,
            hops,
            path_response: packet.context == Context::PathResponse,
        });
        Ok(())
    }

    /// May an announce tell us something? Not one of ours, nor, since every neighbour repeats it, one that was taken
    /// in before.
    fn is_of_use(&self, now: Now, interface: InterfaceId, packet: &Packet<'_>) -> Result<(), DropReason> {
        let destination = DestinationHash::from(packet.address);
        if self.own.contains_key(&destination) {
            return Err(DropReason::OwnAnnounce);
        }
        let gravity = self.wire.policy(interface).gravity;
        let heard_before = self
            .paths
            .get(destination)
            .is_some_and(|path| path.announce == packet.hash() && path.gravity >= gravity);
        let awaited = self.path_requests.awaits(now.instant, destination);
        if heard_before && !awaited && self.known.get(destination).is_some() {
            return Err(DropReason::Stale);
        }
        Ok(())
    }

    /// Do we wait for an announce of `destination`, for ourselves or for others?
    fn is_asked_for(&self, now: Now, destination: DestinationHash) -> bool {
        self.path_requests.awaits(now.instant, destination)
            || self.relay.as_deref().is_some_and(|relay| relay.answers.searches_for(destination))
    }
}
