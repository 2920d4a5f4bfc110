//! Links through nodes: what they carry, and how they begin and end.
//! Not what others try to do to them.

use std::time::Duration;

use roost::rns::error::{DropReason, MisuseError};
use roost::rns::event::{CloseReason, Event, FailReason};
use roost::rns::hash::{DestinationHash, PathHash};
use roost::rns::node::Compression;
use roost::rns::packet::{DestinationType, Packet};

use crate::network::{Wire, identity};
use crate::pair::{INFO, Pair, SECOND, noise, packed, served_group};

#[test]
fn a_link_opens_with_the_mtu_of_the_wire() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    // Page 01 §2: ⌊(262144 − 68) / 16⌋ × 16 − 1.
    for seat in [pair.client, pair.server] {
        assert_eq!(pair.network.node(seat).link_mdu(link), Some(262_063));
        let round_trip = pair.network.node(seat).link_round_trip(link).unwrap();
        assert!(round_trip >= Duration::from_millis(40), "{round_trip:?}");
    }
    let mut narrow = Pair::new(1, Wire { hw_mtu: 500, ..Wire::TCP });
    let link = narrow.open();
    assert_eq!(narrow.network.node(narrow.client).link_mdu(link), Some(431));
}

#[test]
fn a_request_is_answered_small_or_large() {
    let mut pair = Pair::new(1, Wire { hw_mtu: 1196, ..Wire::TCP });
    let link = pair.open();
    for length in [0, 1, 100, 1100, 1200, 5000, 100_000] {
        let answer = packed(&noise(length));
        let events = pair.ask(link, &answer);
        assert!(
            matches!(&events[..], [Event::Response { data, .. }] if *data == answer),
            "{length} bytes: {} events",
            events.len()
        );
    }
}

#[test]
fn a_request_names_its_path_its_destination_and_the_caller_once_identified() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    let caller = identity(50);
    let ask = |pair: &mut Pair| {
        let data = [0x93, 1, 2, 3];
        pair.network.call(pair.client, |node, now| node.request(now, link, INFO, &data, None)).unwrap();
        pair.network.run_for(SECOND);
        match pair.network.events(pair.server).pop() {
            Some(Event::Request(request)) => request,
            other => panic!("{other:?}"),
        }
    };
    let request = ask(&mut pair);
    assert_eq!((request.destination, request.path_hash), (pair.group, PathHash::of(INFO)));
    assert_eq!((request.data, request.caller), (vec![0x93, 1, 2, 3], None));

    pair.network.call(pair.client, |node, now| node.identify(now, link, &caller)).unwrap();
    pair.network.run_for(SECOND);
    let (destination, who) = (pair.group, caller.public().clone());
    let identified = Event::LinkIdentified { link, destination, identity: who.clone() };
    assert_eq!(pair.network.events(pair.server), [identified]);
    assert_eq!(ask(&mut pair).caller, Some(who));
    let refused = pair.network.call(pair.server, |node, now| node.identify(now, link, &caller));
    assert_eq!(refused, Err(MisuseError::NotInitiator));
}

#[test]
fn a_request_for_a_path_that_nobody_serves_is_counted_and_not_told() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    pair.network.call(pair.client, |node, now| node.request(now, link, "/x", &[0xc0], None)).unwrap();
    pair.network.run_for(SECOND);
    assert_eq!(pair.network.events(pair.server), []);
    assert_eq!(pair.drops(pair.server, DropReason::UnknownPath), 1);
}

#[test]
fn a_link_packet_is_delivered_only_once_its_receiver_has_proved_it() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    let packet = pair.network.call(pair.client, |node, now| node.send_link_packet(now, link, b"hi")).unwrap();
    pair.network.run_for(Duration::from_millis(30));
    let proof = match pair.network.events(pair.server).pop() {
        Some(Event::LinkPacket { data, proof, .. }) if data == b"hi" => proof,
        other => panic!("{other:?}"),
    };
    assert_eq!(pair.network.events(pair.client), []);
    pair.network.call(pair.server, |node, now| node.prove(now, &proof));
    pair.network.run_for(Duration::from_millis(30));
    let events = pair.network.events(pair.client);
    assert!(
        matches!(&events[..], [Event::PacketDelivered { packet: proved, .. }] if *proved == packet),
        "{events:?}"
    );
}

#[test]
fn a_resource_is_delivered_only_once_its_receiver_has_proved_it() {
    let mut pair = Pair::new(1, Wire { hw_mtu: 1196, ..Wire::TCP });
    let link = pair.open();
    let data = noise(300_000);
    let sent = data.clone();
    let resource = pair
        .network
        .call(pair.client, |node, now| node.send_resource(now, link, sent, Compression::Allowed))
        .unwrap();
    pair.network.run_for(Duration::from_secs(5));
    let mut received = pair.network.events(pair.server);
    let proof = match received.pop() {
        Some(Event::ResourceReceived { data: arrived, proof, .. }) => {
            assert!(arrived == data, "damaged");
            proof
        }
        other => panic!("{other:?}"),
    };
    let destination = pair.group;
    assert_eq!(received, [Event::ResourceStarted { link, destination, resource, size: 300_000 }]);
    assert_eq!(pair.network.events(pair.client), []);
    pair.network.call(pair.server, |node, now| node.prove(now, &proof));
    pair.network.run_for(SECOND);
    assert_eq!(pair.network.events(pair.client), [Event::ResourceDelivered { link, resource }]);
}

#[test]
fn a_refused_resource_ends_its_senders_attempts_at_once() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    let resource = pair
        .network
        .call(pair.client, |node, now| node.send_resource(now, link, noise(50_000), Compression::Off))
        .unwrap();
    pair.network.run_for(SECOND);
    let received = pair.network.events(pair.server);
    let [_, Event::ResourceReceived { proof, .. }] = received.as_slice() else { panic!("{received:?}") };
    pair.network.call(pair.server, |node, now| {
        node.refuse(now, proof);
        node.prove(now, proof);
    });
    pair.network.run_for(SECOND);
    let reason = FailReason::Cancelled;
    assert_eq!(pair.network.events(pair.client), [Event::ResourceFailed { link, resource, reason }]);
}

#[test]
fn requests_and_resources_get_through_a_lossy_wire() {
    for seed in 0..5 {
        let wire = Wire { hw_mtu: 500, ..Wire::TCP.losing(3) };
        let mut pair = Pair::new(seed, wire);
        pair.network.set_loss(pair.wire, 0);
        let link = pair.open();
        pair.network.set_loss(pair.wire, wire.loss_percent);
        let data = noise(40_000);
        let sent = data.clone();
        let compress = Compression::Off;
        pair.network.call(pair.client, |node, now| node.send_resource(now, link, sent, compress)).unwrap();
        pair.network.run_for(60 * SECOND);
        let arrived =
            pair.network.events(pair.server).into_iter().any(
                |event| matches!(event, Event::ResourceReceived { data: arrived, .. } if arrived == data),
            );
        assert!(arrived, "seed {seed}");
    }
}

#[test]
fn closing_a_link_tells_the_other_end_and_leaves_nothing_behind() {
    for closer_is_client in [true, false] {
        let mut pair = Pair::new(1, Wire::TCP);
        let link = pair.open();
        let (closer, reason) = if closer_is_client {
            (pair.client, CloseReason::Initiator)
        } else {
            (pair.server, CloseReason::Destination)
        };
        pair.network.call(closer, |node, now| node.close_link(now, link));
        pair.network.run_for(SECOND);
        let closed = Event::LinkClosed { link, destination: pair.group, reason };
        for seat in [pair.client, pair.server] {
            assert_eq!(pair.network.events(seat), std::slice::from_ref(&closed));
            assert_eq!(pair.network.node(seat).table_sizes().links, 0);
            assert_eq!(pair.network.node(seat).link_mdu(link), None);
        }
        let sent = pair.network.call(pair.client, |node, now| node.send_link_packet(now, link, b"late"));
        assert_eq!(sent, Err(MisuseError::NoLink));
    }
}

#[test]
fn links_end_with_their_interface_and_others_live_on() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    let other = pair.network.add_node();
    let beside = pair.network.join(&[pair.server, other], Wire::TCP);
    pair.announce();
    let group = pair.group;
    let second = pair.network.call(other, |node, now| node.open_link(now, group)).unwrap();
    pair.network.run_for(SECOND);
    pair.network.events(pair.server);
    pair.network.cut(pair.wire);
    let closed = Event::LinkClosed { link, destination: group, reason: CloseReason::InterfaceGone };
    assert_eq!(pair.network.events(pair.server), std::slice::from_ref(&closed));
    assert_eq!(pair.network.events(pair.client), [closed]);
    assert!(pair.network.node(pair.server).link_mdu(second).is_some());
    pair.network.cut(beside);
    assert_eq!(pair.network.node(pair.server).table_sizes().links, 0);
}

#[test]
fn a_link_request_that_nobody_answers_ends_and_a_new_path_is_asked_for() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.network.set_loss(pair.wire, 100);
    let link = pair.start_link();
    pair.network.run_for(11 * SECOND);
    assert_eq!(pair.network.events(pair.client), []);
    pair.network.take_sent();
    pair.network.run_for(2 * SECOND);
    let closed = Event::LinkClosed { link, destination: pair.group, reason: CloseReason::Timeout };
    assert_eq!(pair.network.events(pair.client), [closed]);
    assert_eq!(pair.network.node(pair.client).hops_to(pair.group), None);
    let sent = pair.network.take_sent();
    assert_eq!(sent.len(), 1);
    let packet = Packet::parse(&sent[0].frame).unwrap();
    assert_eq!(packet.destination_type, DestinationType::Plain);
    assert_eq!(packet.payload[..16], pair.group.as_bytes()[..]);
}

#[test]
fn a_silent_peer_is_noticed_and_its_links_closed() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    pair.network.run_for(3600 * SECOND);
    assert_eq!(pair.network.events(pair.client), [], "keepalives keep it up");
    pair.network.set_loss(pair.wire, 100);
    pair.network.run_for(3600 * SECOND);
    let closed = Event::LinkClosed { link, destination: pair.group, reason: CloseReason::Timeout };
    assert_eq!(pair.network.events(pair.client), std::slice::from_ref(&closed));
    assert_eq!(pair.network.events(pair.server), [closed]);
}

#[test]
fn a_peer_that_was_restarted_can_be_reached_again() {
    let mut pair = Pair::new(1, Wire::TCP);
    let old = pair.open();
    pair.network.restart(pair.server);
    let group = pair.network.call(pair.server, |node, _| node.register_destination(served_group()));
    assert_eq!(group, pair.group);
    pair.network.run_for(60 * SECOND);
    let closed = Event::LinkClosed { link: old, destination: group, reason: CloseReason::Timeout };
    assert_eq!(pair.network.events(pair.client), [closed]);
    pair.announce();
    let link = pair.open();
    let events = pair.ask(link, &[0xc3]);
    assert!(matches!(&events[..], [Event::Response { data, .. }] if data == &[0xc3]), "{events:?}");
}

#[test]
fn a_link_without_a_path_is_sought_everywhere_and_lives_where_it_was_answered() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.network.cut(pair.wire);
    let deserted = pair.network.join(&[pair.client], Wire::TCP);
    pair.wire = pair.network.join(&[pair.server, pair.client], Wire::TCP);
    let link = pair.start_link();
    let wires: Vec<_> = pair.network.take_sent().iter().map(|sent| sent.wire).collect();
    assert_eq!(wires, [deserted, pair.wire]);
    pair.network.run_for(SECOND);
    assert!(matches!(&pair.network.events(pair.client)[..], [Event::LinkEstablished { .. }]));
    pair.network.events(pair.server);
    // Nothing is known of the first hop, so nothing larger is signalled.
    assert_eq!(pair.network.node(pair.client).link_mdu(link), Some(431));
    let events = pair.ask(link, &[0xc3]);
    assert!(matches!(&events[..], [Event::Response { .. }]), "{events:?}");
    assert!(pair.network.take_sent().iter().all(|sent| sent.wire == pair.wire));
}

#[test]
fn a_link_is_not_opened_to_a_destination_whose_key_is_unknown() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.group = DestinationHash::from_bytes([3; 16]);
    let group = pair.group;
    let opened = pair.network.call(pair.client, |node, now| node.open_link(now, group));
    assert_eq!(opened, Err(MisuseError::UnknownDestination));
}

#[test]
fn own_links_are_capped_and_the_caller_is_told() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.network.set_loss(pair.wire, 100);
    for _ in 0..1024 {
        pair.start_link();
    }
    let group = pair.group;
    let opened = pair.network.call(pair.client, |node, now| node.open_link(now, group));
    assert_eq!(opened, Err(MisuseError::Full));
    pair.network.run_for(60 * SECOND);
    assert_eq!(pair.network.node(pair.client).table_sizes().links, 0);
    pair.network.call(pair.client, |node, now| node.open_link(now, group)).unwrap();
}
