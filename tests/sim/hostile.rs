//! What bytes from the air may not do: garbage, floods and forgeries.

use proptest::prelude::*;
use roost::rns::announce::{Announce, AnnounceKind, RandomBlob};
use roost::rns::destination::name_hash;
use roost::rns::error::DropReason;
use roost::rns::hash::DestinationHash;
use roost::rns::packet::{Context, DestinationType, Packet, PacketType};
use roost::rns::random::Random;
use roost::rns::transport::PathRequest;

use crate::network::{Network, Seat, Wire, WireId, group_of, identity};

fn server() -> (Network, Seat, WireId, DestinationHash) {
    let mut network = Network::new(1);
    let seat = network.add_node();
    let wire = network.join(&[seat], Wire::TCP);
    let group = network.call(seat, |node, _| node.register_destination(group_of(identity(1), "")));
    (network, seat, wire, group)
}

fn drops(network: &Network, seat: Seat) -> u64 {
    network.node(seat).drops().iter().map(|(_, count)| count).sum()
}

/// Hands frames to a server; each must be dropped and counted, and none may have an effect.
fn assert_ignored(frames: &[Vec<u8>]) {
    let (mut network, seat, wire, _) = server();
    let before = network.node(seat).table_sizes();
    for (number, frame) in frames.iter().enumerate() {
        network.inject(seat, wire, frame);
        assert_eq!(drops(&network, seat), number as u64 + 1, "not counted: {}", hex::encode(frame));
    }
    assert_eq!(network.events(seat), []);
    assert!(network.take_sent().is_empty());
    assert_eq!(network.node(seat).table_sizes(), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn garbage_of_any_length_is_counted_and_changes_nothing(
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 1..8)
    ) {
        assert_ignored(&frames);
    }

    #[test]
    fn garbage_behind_a_plausible_header_is_counted_and_changes_nothing(
        flags in 0u8..0x80, hops in 0u8..=255, context in any::<u8>(),
        ours in any::<bool>(), payload in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        // A link request of the right length is all that the protocol asks of a stranger.
        prop_assume!(!(flags & 0x0f == 0x02 && (payload.len() == 64 || payload.len() == 67)));
        let (_, _, _, group) = server();
        let address = if ours { *group.as_bytes() } else { [7; 16] };
        let mut frame = vec![flags, hops];
        if flags & 0x40 != 0 {
            frame.extend_from_slice(&[9; 16]);
        }
        frame.extend_from_slice(&address);
        frame.push(context);
        frame.extend_from_slice(&payload);
        assert_ignored(&[frame]);
    }

    #[test]
    fn garbage_on_the_control_destinations_has_no_effect(
        payload in prop::collection::vec(any::<u8>(), 1..200), which in any::<bool>(),
    ) {
        let (mut network, seat, wire, _) = server();
        let name = if which { "rnstransport.path.request" } else { "rnstransport.tunnel.synthesize" };
        let address = roost::rns::destination::plain_destination_hash(name_hash(name));
        let (data, plain) = (PacketType::Data, DestinationType::Plain);
        network.inject(seat, wire, &Packet::new(data, plain, address, Context::None, &payload).pack());
        prop_assert_eq!(network.events(seat), []);
        prop_assert!(network.take_sent().is_empty());
        prop_assert_eq!(drops(&network, seat), u64::from(which));
    }
}

#[test]
fn a_frame_larger_than_the_interface_carries_is_dropped_unread() {
    let mut network = Network::new(1);
    let seat = network.add_node();
    let wire = network.join(&[seat], Wire { hw_mtu: 500, ..Wire::TCP });
    network.inject(seat, wire, &[0; 501]);
    assert_eq!(network.node(seat).drops().get(DropReason::TooLarge), 1);
}

#[test]
fn packets_in_transport_for_others_are_not_ours() {
    let (mut network, seat, wire, group) = server();
    let mut frame = vec![0x50, 0];
    frame.extend_from_slice(&[9; 16]);
    frame.extend_from_slice(group.as_bytes());
    frame.extend_from_slice(&[0, 1, 2, 3]);
    network.inject(seat, wire, &frame);
    assert_eq!(network.node(seat).drops().get(DropReason::NotForUs), 1);
}

#[test]
fn ten_thousand_announces_of_strangers_keep_the_tables_at_their_caps() {
    let (mut network, seat, wire, group) = server();
    let mut random = Random::from_seed([7; 32]);
    let mut announce = |number| {
        let identity = identity(number);
        let blob = RandomBlob::draw(1_700_000_000, &mut random);
        let name = name_hash("lxmf.delivery");
        Announce::sign(&identity, name, blob, None, b"stranger", AnnounceKind::Live).unwrap()
    };
    // One that we send to, before the flood.
    let friend = announce(1000);
    network.inject(seat, wire, &friend);
    let friend = DestinationHash::from(Packet::parse(&friend).unwrap().address);
    network.call(seat, |node, now| node.send_packet(now, friend, b"hello")).unwrap();
    for number in 2000..12_000 {
        let frame = announce(number);
        network.inject(seat, wire, &frame);
    }
    let sizes = network.node(seat).table_sizes();
    assert_eq!((sizes.known_destinations, sizes.paths), (8193, 8192));
    assert!(network.node(seat).recall(group).is_some(), "our own is never pushed out");
    assert!(network.node(seat).recall(friend).is_some(), "nor is one that we use");
    assert_eq!(network.node(seat).hops_to(friend), Some(1));
    assert_eq!(network.events(seat).len(), 10_001);
}

#[test]
fn a_flood_of_path_requests_keeps_the_tables_at_their_caps() {
    let (mut network, seat, wire, group) = server();
    for number in 0..50_000u64 {
        let mut tag = [0; 16];
        tag[..8].copy_from_slice(&number.to_be_bytes());
        network.inject(seat, wire, &PathRequest::new(group, None, tag).pack());
    }
    assert!(network.node(seat).table_sizes().path_requests <= 32_000);
    assert_eq!(network.take_sent().len(), 1);
}
