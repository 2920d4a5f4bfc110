//! How a link comes up: the proof that its initiator waits for, the first packet that its responder waits for.
//! Not the keys; those are the handshake's.

use std::time::Duration;

use super::super::error::DropReason;
use super::super::event::CloseReason;
use super::super::packet::{Context, Packet, PacketType};
use super::super::random::Random;
use super::super::time::Now;
use super::established::Established;
use super::{Link, Session, State, Terms, handshake};

impl Link {
    /// A link proof for a pending link; a bad one changes nothing.
    pub(super) fn handle_proof(
        &mut self,
        now: Now,
        packet: &Packet<'_>,
        random: &mut Random,
    ) -> Result<(), DropReason> {
        let State::Pending(opening) = &self.state else { return Err(DropReason::OutOfOrder) };
        if packet.packet_type != PacketType::Proof || packet.context != Context::LinkRequestProof {
            return Err(DropReason::OutOfOrder);
        }
        let session = opening.verify(self.id, packet.payload)?;
        let round_trip = now.instant.since(opening.opened_at);
        let rtt = handshake::pack_round_trip(round_trip);
        self.outbox.frames.push_back(session.seal(Context::LinkRtt, &rtt, random.bytes()));
        self.establish(now, session, round_trip, Terms::of_initiator());
        Ok(())
    }

    /// The responder's first packet. It should be the round trip time, but any packet made with the key shows
    /// that the initiator is active: one lost packet must not cost the link.
    pub(super) fn handle_first_packet(
        &mut self,
        now: Now,
        packet: &Packet<'_>,
        random: &mut Random,
    ) -> Result<(), DropReason> {
        let State::Handshake(answered) = &self.state else { return Err(DropReason::OutOfOrder) };
        if packet.packet_type != PacketType::Data || !packet.context.is_encrypted() {
            return Err(DropReason::OutOfOrder);
        }
        let plaintext = answered.session.open(packet.payload)?;
        let mut round_trip = now.instant.since(answered.requested_at);
        match packet.context {
            Context::LinkRtt => match handshake::parse_round_trip(&plaintext) {
                Ok(measured) => round_trip = round_trip.max(measured),
                Err(_) => {
                    self.close(now, random);
                    return Err(DropReason::MalformedMsgpack);
                }
            },
            Context::LinkClose => {
                self.end(CloseReason::Initiator);
                return Ok(());
            }
            _ => {}
        }
        let is_rtt = packet.context == Context::LinkRtt;
        let State::Handshake(answered) = std::mem::replace(&mut self.state, State::Closed) else {
            return Err(DropReason::OutOfOrder);
        };
        self.establish(now, answered.session, round_trip, answered.terms);
        if is_rtt { Ok(()) } else { self.handle_packet(now, packet, random) }
    }

    fn establish(&mut self, now: Now, session: Session, round_trip: Duration, terms: Terms) {
        let link = Established::new(now.instant, session, self.role, self.destination, round_trip, terms);
        self.outbox.events.push_back(link.event());
        self.state = State::Established(Box::new(link));
    }
}
