//! Which road is cheapest, and how long an answer takes on it: what things cost in bytes on the wire, and where that matters.
//! Not the roads themselves.

use std::time::Duration;

use crate::rns::Node;
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::random::Random;
use crate::rns::time::Now;

/// Where a packet of full size takes longer than this, bytes are counted: some 64 kbit/s, three times the fastest LoRa.
const SLOW: Duration = Duration::from_millis(62);

/// Between two path requests. A transport node ignores what comes sooner.
const FIND_AGAIN: Duration = Duration::from_secs(25);
/// What an answer may take beside the time on the air: a server with others to serve.
const GRACE: Duration = Duration::from_secs(10);
/// The same where packets take so long that a server is never what is waited for: the two accesses to the channel (fourteen
/// slots each at most), and the interfaces between.
const SLOW_GRACE: Duration = Duration::from_secs(3);

/// Packets of full size that chance may add to what is waited for an answer.
const MOST_JITTER: u32 = 3;

/// A packet in the token form of the reference: header, ephemeral key, and whole blocks of 16 (page 23 §1).
pub(super) const fn sealed(head: usize, plaintext: usize) -> usize {
    head.saturating_add(plaintext / 16 * 16).saturating_add(16)
}

/// A single packet to a destination, without a link.
pub(super) const PACKET: usize = 99;
/// A packet on a link.
pub(super) const ON_LINK: usize = 67;
/// A link request and its proof: what the round trip of a link is measured on.
const ROUND_TRIP: u16 = 86 + 118;
/// The measurement of the round trip.
pub(super) const MEASURED: usize = 83;
/// Saying who one is on a link.
pub(super) const IDENTIFY: usize = 211;
/// The implicit proof of a packet.
pub(super) const PROOF: usize = 83;
/// Of a request, beside its data.
pub(super) const REQUEST: usize = 28;
/// The answer to a post: a number and what surrounds it.
const POSTED: usize = 99;
/// Most plaintext of a packet on a link, and what a Resource costs beside its content.
pub(super) const LINK_MDU: usize = 431;
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
    let first = if link == LinkState::Open { 0 } else { usize::from(ROUND_TRIP) + MEASURED + IDENTIFY };
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

/// How long to wait for an answer of at most `back` bytes to `there` bytes, before the question or the answer counts as
/// lost: as long as both take on the way, and, where that matters, a packet of full size that somebody else has on the
/// channel. Too short and all is said twice; too long and whoever waits does so for nothing.
pub(super) fn patience(
    node: &Node,
    now: Now,
    destination: DestinationHash,
    there: usize,
    back: usize,
) -> Duration {
    let path = node.path_to(now, destination);
    let hops = path.as_ref().map_or(1, |path| u32::from(path.hops.max(1)));
    let full = full_packet_time(node, now, destination).unwrap_or_default();
    let time =
        |bytes| path.as_ref().and_then(|path| node.packet_time(path.interface, bytes)).unwrap_or_default();
    let exchange = time(there).saturating_add(time(back)).saturating_mul(hops);
    exchange.saturating_add(if full > SLOW { full.saturating_add(SLOW_GRACE) } else { GRACE })
}

/// The same on a link, whose round trip has told how long that many bytes really take, hops and queues included.
pub(super) fn patience_on_link(
    node: &Node,
    now: Now,
    (destination, link): (DestinationHash, LinkId),
    there: usize,
    back: usize,
) -> Duration {
    let by_air = patience(node, now, destination, there, back);
    let round_trip = node.link_round_trip(link).unwrap_or_default();
    // As much of it as the bytes ask for, and once more for what is left to chance.
    let bytes = u32::try_from(there.saturating_add(back)).unwrap_or(u32::MAX);
    let scaled = round_trip.saturating_mul(bytes) / u32::from(ROUND_TRIP);
    by_air.max(scaled.saturating_add(round_trip).saturating_add(SLOW_GRACE))
}

/// What is waited beside that before asking again: two who have asked at once, and don't hear each other, must not do so
/// again. As long as a packet of full size at most, and longer each time.
pub(super) fn jitter(
    random: &mut Random,
    node: &Node,
    now: Now,
    destination: DestinationHash,
    again: u32,
) -> Duration {
    let full = full_packet_time(node, now, destination).filter(|full| *full > SLOW).unwrap_or_default();
    let most = full.saturating_mul(again.saturating_add(1).min(MOST_JITTER));
    Duration::from_micros(random.below(u64::try_from(most.as_micros()).unwrap_or(u64::MAX)))
}

/// How long after asking for the way it is worth to ask again: whoever answers does so once in four times as long as the
/// answer is on the air, which is half a packet of full size.
pub(super) fn ask_for_way_again(node: &Node) -> Duration {
    match node.slowest_packet_time() {
        Some(full) if full > SLOW => full.saturating_mul(5) / 2 + SLOW_GRACE,
        _ => FIND_AGAIN,
    }
    .min(FIND_AGAIN)
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
        assert_eq!(on_link(175 + 16, LinkState::None), 287 + IDENTIFY + 67 + 192 + POSTED);
        assert_eq!((275 + PROOF, on_link(175 + 16, LinkState::Open)), (358, 358));
        assert_eq!(for_post(175 + 16, LinkState::Open), Road::Link, "that tells the number, too");
    }
}
