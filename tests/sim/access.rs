//! Access codes between nodes: who knows name and passphrase is in, everybody else is silence.
//! Not the bytes; those have golden vectors.

use roost::rns::error::DropReason;
use roost::rns::event::Event;
use roost::rns::hash::DestinationHash;
use roost::rns::ifac::{AccessCode, CodeSize};

use crate::network::{Network, Wire, group_of, identity};
use crate::pair::{Pair, SECOND, noise, packed};

/// TCP with the MTU that both ends take for it; parts of a Resource are as long.
const TCP: Wire = Wire { hw_mtu: 16_384, ..Wire::TCP };

fn code(name: Option<&str>, passphrase: Option<&str>, bits: u16) -> Option<AccessCode> {
    AccessCode::new(name, passphrase, CodeSize::from_bits(bits).unwrap())
}

fn perch(bits: u16) -> Option<AccessCode> {
    code(Some("perch"), Some("on a branch"), bits)
}

fn response(events: &[Event]) -> Option<&[u8]> {
    events.iter().find_map(|event| match event {
        Event::Response { data, .. } => Some(&data[..]),
        _ => None,
    })
}

#[test]
fn who_knows_name_and_passphrase_hears_links_and_fetches_a_resource() {
    for access in [
        perch(8),
        perch(64),
        perch(128),
        perch(512),
        code(Some("perch"), None, 128),
        code(None, Some("on a branch"), 128),
    ] {
        let size = access.as_ref().unwrap().size();
        let mut pair = Pair::strangers(1, TCP, access.clone(), access);
        pair.announce();
        let link = pair.open();
        let answer = packed(&noise(100_000));
        let heard = pair.ask(link, &answer);
        assert_eq!(response(&heard), Some(&answer[..]), "code of {size} bytes");

        let sent = pair.network.take_sent();
        assert!(sent.iter().all(|sent| sent.frame[0] & 0x80 != 0), "a frame left without a code");
        let longest = sent.iter().map(|sent| sent.frame.len()).max().unwrap();
        assert!(longest > 8160 && longest <= TCP.hw_mtu + size, "{longest} bytes");
        for seat in [pair.server, pair.client] {
            assert_eq!(pair.network.node(seat).drops().iter().count(), 0);
        }
    }
}

/// Does anything pass between these two? What each of them counts for the other's frames.
fn counted(server: Option<AccessCode>, client: Option<AccessCode>) -> [Vec<(DropReason, u64)>; 2] {
    let mut pair = Pair::strangers(2, TCP, server, client);
    let (group, server, client) = (pair.group, pair.server, pair.client);
    pair.network.call(server, |node, now| node.announce(now, group)).unwrap();
    pair.network.run_for(SECOND);
    pair.network.call(client, |node, now| node.request_path(now, group));
    pair.network.run_for(60 * SECOND);
    assert_eq!(pair.network.events(client), []);
    assert_eq!(pair.network.events(server), []);
    assert_eq!(pair.network.take_sent().len(), 2, "the path request must not be answered");
    [server, client].map(|seat| pair.network.node(seat).drops().iter().collect())
}

#[test]
fn who_knows_something_else_hears_nothing_and_is_not_heard() {
    let wrong = vec![(DropReason::WrongAccessCode, 1)];
    for other in [
        code(Some("perch"), Some("on a roof"), 128),
        code(Some("hawk"), Some("on a branch"), 128),
        code(Some("perch"), None, 128),
        code(None, Some("on a branch"), 128),
        code(Some("on a branch"), Some("perch"), 128),
        perch(64),
    ] {
        assert_eq!(counted(perch(128), other), [wrong.clone(), wrong.clone()]);
    }
}

#[test]
fn an_open_interface_and_a_protected_one_hear_nothing_of_each_other() {
    let without = vec![(DropReason::NoAccessCode, 1)];
    let with = vec![(DropReason::AccessCode, 1)];
    assert_eq!(counted(perch(128), None), [without.clone(), with.clone()]);
    assert_eq!(counted(None, perch(128)), [with, without]);
}

#[test]
fn the_frame_of_an_announce_may_be_longer_than_500_bytes_where_the_announce_is_not() {
    let mut network = Network::new(3);
    let (server, client) = (network.add_node(), network.add_node());
    for seat in [server, client] {
        network.set_access(seat, perch(512));
    }
    network.join(&[server, client], TCP);
    let spec = group_of(identity(1), &"a".repeat(317));
    let group: DestinationHash = network.call(server, |node, _| node.register_destination(spec));
    network.call(server, |node, now| node.announce(now, group)).unwrap();
    network.run_for(SECOND);
    let events = network.events(client);
    assert!(matches!(&events[..], [Event::Announce { .. }]), "{events:?}");
    assert!(network.take_sent()[0].frame.len() > 500);
}

#[test]
fn a_frame_larger_than_the_interface_carries_is_dropped_before_any_signature() {
    let mut pair = Pair::strangers(4, TCP, perch(128), None);
    let (server, wire) = (pair.server, pair.wire);
    let mut frame = vec![0x80; TCP.hw_mtu + 16 + 1];
    pair.network.inject(server, wire, &frame);
    assert_eq!(pair.drops(server, DropReason::TooLarge), 1);
    frame.pop();
    pair.network.inject(server, wire, &frame);
    assert_eq!(pair.drops(server, DropReason::WrongAccessCode), 1);
}

#[test]
fn what_goes_out_on_many_interfaces_carries_the_code_of_each() {
    let mut network = Network::new(5);
    let server = network.add_node();
    let mut clients = Vec::new();
    for access in [perch(128), perch(128), None, perch(64), code(Some("hawk"), None, 128)] {
        let client = network.add_node();
        for seat in [server, client] {
            network.set_access(seat, access.clone());
        }
        network.join(&[server, client], TCP);
        clients.push(client);
    }
    // The network checks lengths against the last code; the longest is what the server may send.
    network.set_access(server, perch(512));
    let group = network.call(server, |node, _| node.register_destination(group_of(identity(1), "")));
    network.call(server, |node, now| node.announce(now, group)).unwrap();
    network.run_for(SECOND);
    for client in clients {
        assert!(matches!(&network.events(client)[..], [Event::Announce { .. }]));
    }
}
