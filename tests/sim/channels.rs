//! Channels and streams between nodes: loss, the window on the wire, and who replays what others have said.

use std::time::Duration;

use roost::rns::error::{DropReason, MisuseError};
use roost::rns::event::Event;
use roost::rns::hash::LinkId;
use roost::rns::link::{LinkState, MessageType, StreamEnd, StreamId};
use roost::rns::node::Compression;
use roost::rns::packet::{Context, Packet};

use crate::network::{Seat, Wire};
use crate::pair::{Pair, SECOND, noise};

const TEXT: MessageType = MessageType(0x0101);

fn open_channel(pair: &mut Pair) -> LinkId {
    let link = pair.open();
    for seat in [pair.client, pair.server] {
        pair.network.call(seat, |node, now| node.open_channel(now, link, &[TEXT])).unwrap();
    }
    link
}

/// Sends `count` numbered messages as fast as the channel takes them. False if the link is given up before.
fn say_all(pair: &mut Pair, from: Seat, link: LinkId, count: u32) -> bool {
    for number in 0..count {
        let body = number.to_be_bytes();
        loop {
            match pair.network.call(from, |node, now| node.send_on_channel(now, link, TEXT, &body)) {
                Ok(_) => break,
                Err(MisuseError::Full) => pair.network.run_for(Duration::from_millis(5)),
                Err(_) => return false,
            }
        }
    }
    true
}

/// The numbers that `seat` got.
fn heard(pair: &mut Pair, seat: Seat) -> Vec<u32> {
    let number = |event| match event {
        Event::ChannelMessage { message_type: TEXT, body, .. } => {
            Some(u32::from_be_bytes(body.as_slice().try_into().unwrap()))
        }
        _ => None,
    };
    pair.network.events(seat).into_iter().filter_map(number).collect()
}

#[test]
fn over_a_wire_that_loses_a_fifth_messages_arrive_in_order_and_once_as_long_as_the_link_lives() {
    let mut whole = 0;
    for seed in 0..10 {
        let mut pair = Pair::new(seed, Wire::TCP);
        let link = open_channel(&mut pair);
        pair.network.set_loss(pair.wire, 20);
        let (client, server) = (pair.client, pair.server);
        let said = say_all(&mut pair, client, link, 60);
        pair.network.run_for(60 * SECOND);
        let got = heard(&mut pair, server);
        let expected: Vec<u32> = (0..60).collect();
        assert_eq!(got, expected[..got.len()], "seed {seed}");
        if said && pair.network.node(client).link_status(link).is_some() {
            assert_eq!(got.len(), 60, "seed {seed}");
            whole += 1;
        }
    }
    // Where nothing else is on its way, five lost copies or proofs end the link: that may well happen at the end.
    assert!(whole >= 8, "only {whole} of 10 links lived");
}

#[test]
fn as_many_messages_are_on_the_wire_as_the_window_allows() {
    for (delay, most) in [(20, 48), (200, 12), (500, 5), (1000, 1)] {
        let delay = Duration::from_millis(delay);
        let mut pair = Pair::new(1, Wire { delay, ..Wire::TCP });
        let group = pair.group;
        pair.network.run_for(10 * SECOND);
        let link = pair.network.call(pair.client, |node, now| node.open_link(now, group)).unwrap();
        pair.network.run_for(10 * SECOND);
        for seat in [pair.client, pair.server] {
            pair.network.call(seat, |node, now| node.open_channel(now, link, &[TEXT])).unwrap();
        }
        let client = pair.client;
        assert!(say_all(&mut pair, client, link, 200));
        while pair.network.call(client, |node, now| node.send_on_channel(now, link, TEXT, b"1234")).is_ok() {}
        let status = pair.network.node(client).channel_status(link).unwrap();
        assert_eq!((status.in_flight.len(), status.window, status.ready), (most, most, false));
        assert!(status.in_flight.iter().all(|(_, tries)| *tries == 1), "nothing is sent twice");
    }
}

#[test]
fn a_listener_on_the_wire_who_replays_what_was_said_adds_nothing() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = open_channel(&mut pair);
    let (client, server) = (pair.client, pair.server);
    assert!(say_all(&mut pair, client, link, 20));
    pair.network.run_for(SECOND);
    assert_eq!(heard(&mut pair, server).len(), 20);
    let channel = |frame: &[u8]| Packet::parse(frame).is_ok_and(|packet| packet.context == Context::Channel);
    let said: Vec<_> = pair.network.take_sent().into_iter().filter(|sent| channel(&sent.frame)).collect();
    assert_eq!(said.len(), 20);
    for sent in said {
        pair.network.inject(server, sent.wire, &sent.frame);
    }
    pair.network.run_for(SECOND);
    assert_eq!(heard(&mut pair, server), [0u32; 0]);
    assert_eq!(pair.drops(server, DropReason::OutOfOrder), 20);
    assert_eq!(pair.drops(client, DropReason::Duplicate), 20, "proved again, which changes nothing");
    assert_eq!(pair.network.node(server).link_status(link).unwrap().state, LinkState::Active);
}

#[test]
fn a_stream_fills_the_wire_and_ends_once() {
    let mut pair = Pair::new(1, Wire { hw_mtu: 500, ..Wire::TCP });
    let link = open_channel(&mut pair);
    let (client, server, stream) = (pair.client, pair.server, StreamId::new(9).unwrap());
    pair.network.call(server, |node, now| node.open_stream(now, link, stream)).unwrap();
    let data = [noise(20_000), vec![b'a'; 50_000]].concat();
    let mut rest = data.as_slice();
    while !rest.is_empty() {
        let compress = Compression::Allowed;
        let written = pair
            .network
            .call(client, |node, now| node.write_stream(now, link, stream, rest, StreamEnd::Last, compress));
        match written {
            Ok(written) => rest = &rest[written..],
            Err(MisuseError::Full) => pair.network.run_for(Duration::from_millis(5)),
            Err(other) => panic!("{other:?}"),
        }
    }
    pair.network.run_for(SECOND);
    let (mut arrived, mut ends) = (Vec::new(), 0);
    for event in pair.network.events(server) {
        if let Event::StreamData { data, end, .. } = event {
            arrived.extend(data);
            ends += u32::from(end == StreamEnd::Last);
        }
    }
    assert!(arrived == data, "{} bytes", arrived.len());
    assert_eq!(ends, 1);
    let channel = |frame: &[u8]| Packet::parse(frame).is_ok_and(|packet| packet.context == Context::Channel);
    let packets = pair.network.take_sent().iter().filter(|sent| channel(&sent.frame)).count();
    assert!(packets < 60, "{packets} packets: the second half was to be compressed");
}
