//! What became of Resources, told to whoever waits for it: the layer above, or a request of ours.
//! Not the transfers themselves.

use super::super::error::DropReason;
use super::super::event::{CloseReason, Event, FailReason, ProofToken};
use super::super::hash::{RequestId, ResourceHash};
use super::super::msgpack;
use super::super::resource::{Outcome, Purpose};
use super::super::time::Instant;
use super::established::{Established, Fate, Outbox};
use super::request::Carrier;

impl Established {
    /// Passes on what became of Resources; `fate` is what the input itself led to.
    pub(super) fn settle(
        &mut self,
        now: Instant,
        mut fate: Fate,
        outbox: &mut Outbox,
    ) -> Result<Fate, DropReason> {
        let link = self.id();
        let mut dropped = Ok(());
        while let Some(outcome) = self.transfers.poll_outcome() {
            match outcome {
                Outcome::Arrived { hash, purpose, data, metadata } => {
                    dropped = dropped.and(self.handle_arrived(now, hash, purpose, data, metadata, outbox));
                }
                Outcome::Started { resource, size } => {
                    let destination = self.destination;
                    outbox.events.push_back(Event::ResourceStarted { link, destination, resource, size });
                }
                Outcome::Lost { resource, purpose: Purpose::Plain, reason } => {
                    let destination = self.destination;
                    outbox.events.push_back(Event::ResourceLost { link, destination, resource, reason });
                }
                Outcome::Delivered { resource, purpose: Purpose::Plain } => {
                    outbox.events.push_back(Event::ResourceDelivered { link, resource });
                }
                Outcome::Delivered { purpose: Purpose::Request(id), .. } => self.pending.delivered(now, id),
                Outcome::Failed { resource, purpose: Purpose::Plain, reason } => {
                    outbox.events.push_back(Event::ResourceFailed { link, resource, reason });
                }
                Outcome::Failed { purpose: Purpose::Request(id), reason, .. }
                | Outcome::Lost { purpose: Purpose::Response(id), reason, .. } => {
                    self.fail_request(id, reason, outbox);
                }
                // Nobody above waits for these: the peer has to ask or to send again.
                Outcome::Delivered { purpose: Purpose::Response(_), .. }
                | Outcome::Failed { purpose: Purpose::Response(_), .. }
                | Outcome::Lost { purpose: Purpose::Request(_), .. } => {}
                Outcome::Violation => fate = Fate::Breaks(CloseReason::Protocol),
            }
        }
        if fate == Fate::Lives { dropped.map(|()| fate) } else { Ok(fate) }
    }

    fn handle_arrived(
        &mut self,
        now: Instant,
        hash: ResourceHash,
        purpose: Purpose,
        data: Vec<u8>,
        metadata: Option<Vec<u8>>,
        outbox: &mut Outbox,
    ) -> Result<(), DropReason> {
        let (link, destination) = (self.id(), self.destination);
        match purpose {
            Purpose::Plain => {
                let proof = ProofToken::Resource { link, resource: hash };
                outbox.events.push_back(Event::ResourceReceived { link, destination, data, metadata, proof });
            }
            Purpose::Request(id) => return self.handle_request(now, id, &data, Carrier::Resource, outbox),
            Purpose::Response(id) if metadata.is_some() => {
                if !self.pending.remove(id) {
                    return Err(DropReason::OutOfOrder);
                }
                // A file: its bytes are no MessagePack, so they are wrapped to keep the event's promise.
                let data = msgpack::encode(&rmpv::Value::Binary(data));
                outbox.events.push_back(Event::Response { link, request_id: id, data, metadata });
            }
            Purpose::Response(id) => {
                let outcome = self.handle_response(&data, outbox);
                // Its content named another request, or was unreadable: nobody else will answer this one.
                self.fail_request(id, FailReason::Corrupt, outbox);
                return outcome;
            }
        }
        Ok(())
    }

    fn fail_request(&mut self, request_id: RequestId, reason: FailReason, outbox: &mut Outbox) {
        if self.pending.remove(request_id) {
            outbox.events.push_back(Event::RequestFailed { link: self.id(), request_id, reason });
        }
    }
}
