//! Which road is cheapest: what things cost in bytes on the wire, and where that matters.
//! Not the roads themselves.

use std::time::Duration;

use crate::rns::Node;
use crate::rns::hash::DestinationHash;
use crate::rns::time::Now;

/// Where a packet of full size takes longer than this, bytes are counted: some 64 kbit/s, three times the fastest LoRa.
const SLOW: Duration = Duration::from_millis(62);

/// A packet in the token form of the reference: header, ephemeral key, and whole blocks of 16 (page 23 §1).
const fn sealed(head: usize, plaintext: usize) -> usize {
    head.saturating_add(plaintext / 16 * 16).saturating_add(16)
}

/// A single packet to a destination, without a link.
const PACKET: usize = 99;
/// A packet on a link.
const ON_LINK: usize = 67;
/// Link request, its proof, and the measurement of the round trip.
const SETUP: usize = 86 + 118 + 83;
/// Saying who one is on a link.
const IDENTIFY: usize = 211;
/// The implicit proof of a packet.
const PROOF: usize = 83;
/// Of a request, beside its data.
const REQUEST: usize = 28;
/// The answer to a post: a number and what surrounds it.
const POSTED: usize = 99;
/// Most plaintext of a packet on a link, and what a Resource costs beside its content.
const LINK_MDU: usize = 431;
const RESOURCE: usize = 211 + 115 + 83;

/// How a message may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Road {
    /// In one packet, which is proved.
    Packet,
    /// As a request on a link, which is answered with its number.
    Link,
}

/// The road for a packed message of so many bytes, of which a packet leaves out the first 16.
pub(super) fn for_post(packed: usize, link: LinkState) -> Road {
    let packet = sealed(PACKET, packed.saturating_sub(16)).saturating_add(PROOF);
    if packet < on_link(packed, link) { Road::Packet } else { Road::Link }
}

/// Is there a link already?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkState {
    Open,
    None,
}

fn on_link(packed: usize, link: LinkState) -> usize {
    let first = if link == LinkState::Open { 0 } else { SETUP.saturating_add(IDENTIFY) };
    let plaintext = REQUEST.saturating_add(packed).saturating_sub(32);
    let request =
        if plaintext <= LINK_MDU { sealed(ON_LINK, plaintext) } else { RESOURCE.saturating_add(plaintext) };
    first.saturating_add(request).saturating_add(POSTED)
}

/// Does every byte on the way to `destination` cost time that people notice?
pub(super) fn is_slow(node: &Node, now: Now, destination: DestinationHash) -> bool {
    full_packet_time(node, now, destination).is_some_and(|time| time > SLOW)
}

/// Does a packet get there without a link, and one back? From neighbour to neighbour it does.
pub(super) fn is_neighbour(node: &Node, now: Now, destination: DestinationHash) -> bool {
    node.path_to(now, destination).is_some_and(|path| path.next_hop.is_none())
}

/// How long a packet of full size takes on the first hop of that way, or on the slowest that there is.
pub(super) fn full_packet_time(node: &Node, now: Now, destination: DestinationHash) -> Option<Duration> {
    match node.path_to(now, destination) {
        Some(path) => node.full_packet_time(path.interface),
        None => node.slowest_packet_time(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_is_cheaper_in_a_packet_unless_a_link_stands() {
        // 80 characters: 175 bytes of plaintext, 275 on the wire and a proof (page 23 §3), against a link of its own.
        assert_eq!(sealed(PACKET, 175), 275);
        assert_eq!(for_post(175 + 16, LinkState::None), Road::Packet);
        assert_eq!(on_link(175 + 16, LinkState::None), SETUP + IDENTIFY + 67 + 192 + POSTED);
        assert_eq!((275 + PROOF, on_link(175 + 16, LinkState::Open)), (358, 358));
        assert_eq!(for_post(175 + 16, LinkState::Open), Road::Link, "that tells the number, too");
    }
}
