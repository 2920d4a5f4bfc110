//! Single packets and their proofs.

use std::time::Duration;

use roost::rns::announce::{Announce, AnnounceKind, RandomBlob};
use roost::rns::destination::name_hash;
use roost::rns::error::{DropReason, MisuseError};
use roost::rns::event::{Event, ProofToken};
use roost::rns::hash::{DestinationHash, IdentityHash, PacketHash};
use roost::rns::identity::Identity;
use roost::rns::packet::proof::{self, ProofForm};
use roost::rns::packet::{ENCRYPTED_MDU, Packet, Propagation};
use roost::rns::random::Random;

use crate::network::{Wire, identity};
use crate::pair::{Pair, SECOND};

impl Pair {
    fn send(&mut self, data: &[u8]) -> Result<PacketHash, MisuseError> {
        let group = self.group;
        self.network.call(self.client, |node, now| node.send_packet(now, group, data))
    }

    /// The one packet that the server got.
    fn received(&mut self) -> (Vec<u8>, ProofToken) {
        let mut events = self.network.events(self.server);
        assert_eq!(events.len(), 1, "{events:?}");
        match events.remove(0) {
            Event::Packet { destination, data, proof, .. } if destination == self.group => (data, proof),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_packet_is_delivered_only_once_its_receiver_has_proved_it() {
    let mut pair = Pair::new(1, Wire::TCP);
    let packet = pair.send(b"hello").unwrap();
    pair.network.run_for(3 * SECOND);
    let (data, proof) = pair.received();
    assert_eq!(data, b"hello");
    assert_eq!(pair.network.events(pair.client), [], "nobody has proved it yet");
    pair.network.call(pair.server, |node, now| node.prove(now, &proof));
    pair.network.run_for(SECOND);
    let round_trip = 3 * SECOND + Duration::from_millis(20);
    assert_eq!(pair.network.events(pair.client), [Event::PacketDelivered { packet, round_trip }]);
    pair.network.run_for(100 * SECOND);
    assert_eq!(pair.network.events(pair.client), [], "a delivered packet does not time out");
}

#[test]
fn a_packet_that_nobody_proves_times_out_once() {
    let mut pair = Pair::new(1, Wire::TCP);
    let packet = pair.send(b"hello").unwrap();
    // 6 s for the first hop, 6 s for each hop, and 500 bytes on the wire.
    pair.network.run_for(12 * SECOND);
    assert_eq!(pair.network.events(pair.client), []);
    pair.network.run_for(Duration::from_micros(400));
    assert_eq!(pair.network.events(pair.client), [Event::PacketTimedOut { packet }]);
    let (_, proof) = pair.received();
    pair.network.call(pair.server, |node, now| node.prove(now, &proof));
    pair.network.run_for(100 * SECOND);
    assert_eq!(pair.network.events(pair.client), [], "a late proof changes nothing");
    assert_eq!(pair.network.node(pair.client).drops().get(DropReason::UnexpectedProof), 1);
}

#[test]
fn a_lost_packet_times_out() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.network.set_loss(pair.wire, 100);
    let packet = pair.send(b"hello").unwrap();
    pair.network.run_for(13 * SECOND);
    assert_eq!(pair.network.events(pair.client), [Event::PacketTimedOut { packet }]);
    assert_eq!(pair.network.events(pair.server), []);
}

#[test]
fn a_packet_to_a_known_key_without_a_path_goes_everywhere_and_waits_long() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.network.cut(pair.wire);
    let detour = pair.network.join(&[pair.server, pair.client], Wire::TCP);
    let beside = pair.network.join(&[pair.client], Wire::TCP);
    let packet = pair.send(b"hello").unwrap();
    let wires: Vec<_> = pair.network.take_sent().iter().map(|sent| sent.wire).collect();
    assert_eq!(wires, [detour, beside]);
    pair.network.run_for(SECOND);
    assert_eq!(pair.received().0, b"hello");
    pair.network.run_for(772 * SECOND);
    assert_eq!(pair.network.events(pair.client), []);
    pair.network.run_for(SECOND);
    assert_eq!(pair.network.events(pair.client), [Event::PacketTimedOut { packet }]);
}

#[test]
fn a_node_told_to_prove_explicitly_names_the_packet_and_that_counts_as_well() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.network.call(pair.server, |node, _| node.set_proof_form(ProofForm::Explicit));
    let packet = pair.send(b"hello").unwrap();
    pair.network.run_for(SECOND);
    let (_, token) = pair.received();
    let frame = pair.network.call(pair.server, |node, now| {
        node.prove(now, &token);
        node.poll_transmit().unwrap().frame
    });
    assert_eq!(frame, proof::build(&identity(1), packet, ProofForm::Explicit));
    pair.network.inject(pair.client, pair.wire, &frame);
    let events = pair.network.events(pair.client);
    assert!(matches!(&events[..], [Event::PacketDelivered { packet: proved, .. }] if *proved == packet));
}

#[test]
fn a_proof_by_anybody_else_counts_for_nothing() {
    let mut pair = Pair::new(1, Wire::TCP);
    let packet = pair.send(b"hello").unwrap();
    for form in [ProofForm::Implicit, ProofForm::Explicit] {
        pair.network.inject(pair.client, pair.wire, &proof::build(&identity(2), packet, form));
    }
    assert_eq!(pair.network.events(pair.client), []);
    assert_eq!(pair.network.node(pair.client).drops().get(DropReason::BadSignature), 2);
    assert_eq!(pair.network.node(pair.client).table_sizes().receipts, 1);
}

#[test]
fn a_replayed_packet_is_dropped_and_not_told_again() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.send(b"hello").unwrap();
    let frame = pair.network.take_sent().remove(0).frame;
    pair.network.run_for(SECOND);
    pair.received();
    for _ in 0..5 {
        pair.network.inject(pair.server, pair.wire, &frame);
    }
    // What hops may change makes it no other packet.
    let passed_on = Packet { hops: 5, ..Packet::parse(&frame).unwrap() }.pack();
    pair.network.inject(pair.server, pair.wire, &passed_on);
    assert_eq!(pair.network.events(pair.server), []);
    assert_eq!(pair.network.node(pair.server).drops().get(DropReason::Duplicate), 6);
}

#[test]
fn a_damaged_copy_does_not_shut_out_the_packet() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.network.set_loss(pair.wire, 100);
    pair.send(b"hello").unwrap();
    let frame = pair.network.take_sent().remove(0).frame;
    for position in 19..frame.len() {
        let mut damaged = frame.clone();
        damaged[position] ^= 1;
        pair.network.inject(pair.server, pair.wire, &damaged);
    }
    assert_eq!(pair.network.events(pair.server), []);
    assert_eq!(pair.network.node(pair.server).table_sizes().packet_hashes, 0);
    pair.network.inject(pair.server, pair.wire, &frame);
    assert_eq!(pair.received().0, b"hello");
}

#[test]
fn the_largest_packet_fits_and_one_byte_more_is_refused() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.send(&[7; ENCRYPTED_MDU]).unwrap();
    pair.network.run_for(SECOND);
    assert_eq!(pair.received().0, [7; ENCRYPTED_MDU]);
    let refusal = MisuseError::TooLarge { size: ENCRYPTED_MDU + 1, limit: ENCRYPTED_MDU };
    assert_eq!(pair.send(&[7; ENCRYPTED_MDU + 1]), Err(refusal));
}

#[test]
fn nothing_is_sent_to_a_destination_whose_key_is_unknown() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.group = DestinationHash::from_bytes([3; 16]);
    assert_eq!(pair.send(b"hello"), Err(MisuseError::UnknownDestination));
    assert!(pair.network.take_sent().is_empty());
}

#[test]
fn a_distant_destination_is_sent_to_by_way_of_the_transport_node() {
    let mut pair = Pair::new(1, Wire::TCP);
    let beside = pair.network.join(&[pair.client], Wire::TCP);
    let far = announce_of(&identity(7), None);
    let (transport_id, propagation) = (Some(IdentityHash::from_bytes([9; 16])), Propagation::Transport);
    let packet = Packet { transport_id, propagation, hops: 2, ..Packet::parse(&far).unwrap() };
    pair.network.inject(pair.client, beside, &packet.pack());
    pair.group = packet.address.into();
    let hash = pair.send(&[7; ENCRYPTED_MDU]).unwrap();
    let sent = pair.network.take_sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].wire, beside);
    assert_eq!(sent[0].frame[..2], [0x50, 0], "header type 2, in transport");
    let packet = Packet::parse(&sent[0].frame).unwrap();
    assert_eq!((packet.transport_id, packet.hash()), (transport_id, hash));
    assert!(sent[0].frame.len() <= 500);
}

#[test]
fn a_packet_to_a_destination_with_a_ratchet_needs_the_ratchet_to_be_read() {
    let mut pair = Pair::new(1, Wire::TCP);
    let recipient = identity(7);
    let ratchet = [0x44; 32];
    let public = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(ratchet)).to_bytes();
    let announce = announce_of(&recipient, Some(&public));
    pair.network.inject(pair.client, pair.wire, &announce);
    pair.group = Packet::parse(&announce).unwrap().address.into();
    pair.send(b"hello").unwrap();
    let sent = pair.network.take_sent();
    let payload = Packet::parse(&sent[0].frame).unwrap().payload;
    assert_eq!(recipient.decrypt(payload, &[ratchet], true), Ok(b"hello".to_vec()));
    assert!(recipient.decrypt(payload, &[], false).is_err());
}

#[test]
fn outstanding_packets_are_capped_and_each_is_answered_for() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.network.set_loss(pair.wire, 100);
    let packets: Vec<_> = (0..1100u32).map(|n| pair.send(&n.to_be_bytes()).unwrap()).collect();
    assert_eq!(pair.network.node(pair.client).table_sizes().receipts, 1024);
    pair.network.run_for(20 * SECOND);
    let mut timed_out: Vec<_> = pair
        .network
        .events(pair.client)
        .into_iter()
        .map(|event| match event {
            Event::PacketTimedOut { packet } => packet,
            other => panic!("{other:?}"),
        })
        .collect();
    timed_out.sort();
    let mut packets = packets;
    packets.sort();
    assert_eq!(timed_out, packets);
}

#[test]
fn a_proof_for_an_interface_that_is_gone_goes_nowhere() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.send(b"hello").unwrap();
    pair.network.run_for(SECOND);
    let (_, proof) = pair.received();
    pair.network.cut(pair.wire);
    pair.network.take_sent();
    pair.network.join(&[pair.server, pair.client], Wire::TCP);
    pair.network.call(pair.server, |node, now| node.prove(now, &proof));
    assert!(pair.network.take_sent().is_empty());
}

fn announce_of(identity: &Identity, ratchet: Option<&[u8; 32]>) -> Vec<u8> {
    let blob = RandomBlob::draw(1_700_000_000, &mut Random::from_seed([7; 32]));
    let name = name_hash("lxmf.delivery");
    Announce::sign(identity, name, blob, ratchet, b"", AnnounceKind::Live).unwrap()
}
