//! What a node tells of others when it is asked: keys, paths, and what a Resource would cost.
//! Not how it came to know.

use std::time::Duration;

use roost::rns::error::MisuseError;
use roost::rns::event::Event;
use roost::rns::hash::PathHash;
use roost::rns::interface::Mode;
use roost::rns::node::Compression;
use roost::rns::resource::Packing;

use crate::network::{Network, Wire, group_of, identity};
use crate::pair::{INFO, Pair, SECOND, noise};

#[test]
fn a_path_is_told_with_its_hop_its_interface_and_how_long_it_lasts() {
    for (mode, lifetime) in [
        (Mode::Full, 604_800),
        (Mode::AccessPoint, 86_400),
        (Mode::Roaming, 21_600),
        (Mode::Boundary, 604_800),
    ] {
        let mut network = Network::new(1);
        let (client, relay, server) = (network.add_node(), network.add_transport_node(), network.add_node());
        network.join(&[client, relay], Wire { mode, ..Wire::TCP });
        network.join(&[relay, server], Wire { mode, ..Wire::TCP });
        let group = network.call(server, |node, _| node.register_destination(group_of(identity(1), "")));
        let before = network.now();
        // An access point passes on no announces, but answers whoever asks; the others do not search.
        network.call(server, |node, now| node.announce(now, group)).unwrap();
        network.run_for(Duration::from_secs(30));
        network.call(client, |node, now| node.request_path(now, group));
        network.run_for(Duration::from_secs(30));
        let relay_id = network.node(relay).transport_id();
        let path = network.node(client).path_to(network.now(), group).unwrap();
        assert_eq!((path.hops, path.next_hop), (2, relay_id), "{mode:?}");
        assert_eq!(path.lifetime, Duration::from_secs(lifetime), "{mode:?}");
        assert!(path.refreshed >= before.unix && path.refreshed <= network.now().unix);
        assert!(!path.interface_name.is_empty());
        let neighbour = network.node(relay).path_to(network.now(), group).unwrap();
        assert_eq!((neighbour.hops, neighbour.next_hop), (1, None));
        assert_eq!(network.node(server).path_to(network.now(), group), None, "its own destination");
    }
}

#[test]
fn a_person_is_known_by_any_of_its_destinations() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.announce();
    let known = pair.network.node(pair.client).recall(pair.group).cloned().unwrap();
    let person = known.identity.hash();
    assert_eq!(pair.network.node(pair.client).recall_identity(person), Some(&known));
    assert_eq!(pair.network.node(pair.client).recall_identity(identity(77).hash()), None);
}

#[test]
fn a_path_is_asked_for_again_at_once_only_when_a_person_wants_it() {
    let mut pair = Pair::new(1, Wire::TCP);
    let requests = |pair: &mut Pair| {
        let group = pair.group;
        pair.network.take_sent();
        pair.network.call(pair.client, |node, now| node.request_path(now, group));
        let automatic = pair.network.take_sent().len();
        pair.network.call(pair.client, |node, now| node.request_path_again(now, group));
        (automatic, pair.network.take_sent().len())
    };
    assert_eq!(requests(&mut pair), (1, 1));
    assert_eq!(requests(&mut pair), (0, 1));
}

#[test]
fn paths_that_are_served_change_on_links_that_stand() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    let (group, more) = (pair.group, "/more");
    let asked = |pair: &mut Pair, path: &str| {
        pair.network.call(pair.client, |node, now| node.request(now, link, path, &[0xc0], None)).unwrap();
        pair.network.run_for(SECOND);
        pair.network.events(pair.server).iter().any(|event| matches!(event, Event::Request(_)))
    };
    assert!(asked(&mut pair, INFO) && !asked(&mut pair, more));
    let serve = |pair: &mut Pair, paths: &[&str]| {
        let paths = paths.iter().map(|path| PathHash::of(path)).collect();
        pair.network.call(pair.server, |node, _| node.set_request_paths(group, paths))
    };
    assert_eq!(serve(&mut pair, &[more]), Ok(()));
    assert!(!asked(&mut pair, INFO) && asked(&mut pair, more));
    assert_eq!(serve(&mut pair, &[]), Ok(()));
    assert!(!asked(&mut pair, more));
    let theirs = pair.network.call(pair.client, |node, _| node.set_request_paths(group, Vec::new()));
    assert_eq!(theirs, Err(MisuseError::NotOurs));
}

#[test]
fn a_planned_resource_costs_what_the_real_one_does_and_sends_nothing() {
    let mut pair = Pair::new(1, Wire { hw_mtu: 500, ..Wire::TCP });
    let link = pair.open();
    let data = noise(10_000);
    pair.network.take_sent();
    let packing = Packing { compression: Compression::Off, sdu: None };
    let plan = |pair: &mut Pair, packing| {
        let data = data.clone();
        pair.network
            .call(pair.client, |node, now| node.plan_resource(now, link, data, None, packing))
            .unwrap()
    };
    let planned = plan(&mut pair, packing);
    assert!(pair.network.take_sent().is_empty());
    pair.network
        .call(pair.client, |node, now| node.send_resource(now, link, data.clone(), Compression::Off))
        .unwrap();
    let [real] = &pair.network.node(pair.client).resources(link)[..] else { panic!("one Resource") };
    assert_eq!((planned.parts.len(), planned.transfer_size), (real.parts, real.transfer_size));
    assert_eq!((planned.size, planned.segments, planned.compressed), (real.size, 1, false));
    assert_eq!((planned.sdu, planned.hashmap.len()), (464, 4 * planned.parts.len()));
    assert_eq!(planned.parts.iter().map(|part| part.len() - 19).sum::<usize>(), planned.transfer_size);
    let smaller = plan(&mut pair, Packing { sdu: Some(100), ..packing });
    assert_eq!(smaller.parts.len(), planned.transfer_size.div_ceil(100));
}
