//! Classes of frames: what leaves first when there is not air for all.
//! Not how much air there is.

use std::time::Duration;

use crate::rns::packet::{Context, DestinationType, Packet, PacketType};

/// What a frame is for. The first go first, and may spend what is left when the others no longer may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// What somebody waits for: answers, and all that belongs to a link or a Resource under way.
    Answer,
    /// Tells a sender that a packet has arrived.
    Proof,
    /// Tells somebody who is away that there is something new.
    Notice,
    /// Brings somebody a message that can also be fetched, and everything of others that is passed on.
    Relay,
    /// Tells everybody that something is there.
    Announce,
}

impl Class {
    /// All, the most urgent first.
    pub const ALL: [Self; 5] = [Self::Answer, Self::Proof, Self::Notice, Self::Relay, Self::Announce];

    /// By its header, as far as that tells.
    pub fn of(packet: &Packet<'_>) -> Self {
        match (packet.packet_type, packet.destination_type) {
            (PacketType::Announce, _) if packet.context != Context::PathResponse => Self::Announce,
            (PacketType::Announce | PacketType::LinkRequest, _) | (_, DestinationType::Link) => Self::Answer,
            (PacketType::Proof, _) => Self::Proof,
            (PacketType::Data, _) => Self::Relay,
        }
    }

    /// Of what is allowed, it may be spent for this class as long as less than so much is. The rest is for those who
    /// wait for an answer.
    pub(super) fn share_of(self, allowed: Duration) -> Duration {
        let percent = match self {
            Self::Answer | Self::Proof => 100,
            Self::Notice | Self::Announce => 70,
            Self::Relay => 60,
        };
        allowed.saturating_mul(percent).checked_div(100).unwrap_or_default()
    }

    /// How long a frame is of use while it waits, on a channel where a full packet takes so long.
    pub(super) fn patience(self, full_packet: Duration) -> Duration {
        let packets =
            |count, least| full_packet.saturating_mul(count).saturating_add(Duration::from_secs(least));
        match self {
            // `Resource.RESPONSE_MAX_GRACE_TIME` and six round trips: then the requester has given up.
            Self::Answer => packets(12, 11),
            // `Packet.TIMEOUT_PER_HOP` for two hops, and the time for the packet and the proof.
            Self::Proof => packets(4, 12),
            // Messages wait in the outbox, where they are durable; only a ping does so here. An hour from now what is spent is
            // there again, and those who wait for an answer may have had that, too.
            Self::Notice => Duration::from_hours(2),
            Self::Relay => packets(4, 12),
            Self::Announce => Duration::from_hours(1),
        }
    }
}

/// As the operator reads it.
impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Answer => "answers",
            Self::Proof => "proofs",
            Self::Notice => "notices",
            Self::Relay => "relays",
            Self::Announce => "announces",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::hash::DestinationHash;

    #[test]
    fn the_header_says_what_a_frame_is_for() {
        let of = |packet_type, destination_type, context| {
            Class::of(&Packet::new(
                packet_type,
                destination_type,
                DestinationHash::from_bytes([1; 16]),
                context,
                b"x",
            ))
        };
        let (data, proof) = (PacketType::Data, PacketType::Proof);
        let (announce, link) = (PacketType::Announce, PacketType::LinkRequest);
        let single = DestinationType::Single;
        assert_eq!(of(announce, single, Context::None), Class::Announce);
        assert_eq!(of(announce, single, Context::PathResponse), Class::Answer);
        assert_eq!(of(link, single, Context::None), Class::Answer);
        assert_eq!(of(data, DestinationType::Link, Context::Response), Class::Answer);
        assert_eq!(of(proof, DestinationType::Link, Context::LinkRequestProof), Class::Answer);
        assert_eq!(of(proof, single, Context::None), Class::Proof);
        assert_eq!(of(data, single, Context::None), Class::Relay);
        assert_eq!(of(data, DestinationType::Plain, Context::None), Class::Relay);
    }
}
