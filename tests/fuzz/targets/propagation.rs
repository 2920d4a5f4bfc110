//! A propagation node and whoever calls it: nobody is served but who has identified, and what is read is written alike.

use std::time::Duration;

use roost::lxmf::delivery_destination;
use roost::lxmf::propagation::entry::{pack_container, unpack_container};
use roost::lxmf::propagation::get::pack_ids;
use roost::lxmf::propagation::storage::{Quota, StoreTask};
use roost::lxmf::propagation::{
    GET_PATH, GetRequest, NodeAnnounce, NodeRefusal, NodeTerms, OFFER_PATH, Offer, OfferAnswer, StampedEntry,
};
use roost::lxmf::{Event, Router};
use roost::rns::destination::{destination_hash, name_hash};
use roost::rns::hash::PathHash;
use roost::rns::packet::Context;
use roost::rns::time::{Now, UnixTime};

use crate::bytes::Bytes;
use crate::peer::{Peer, ours, theirs};
use crate::vectors;

const MAX_STEPS: usize = 30;

pub(super) fn run(input: &[u8]) {
    read(input);
    call(input);
}

/// Everything that is read from strangers, from the same bytes.
fn read(packed: &[u8]) {
    if let Some(announce) = NodeAnnounce::decode(packed) {
        assert_eq!(NodeAnnounce::decode(&announce.encode()), Some(announce));
    }
    if let Ok(entries) = unpack_container(packed, 100) {
        let again = pack_container(UnixTime::from_micros(1), entries.iter().copied());
        assert_eq!(unpack_container(&again, 100).as_ref(), Ok(&entries));
    }
    if let Ok(entry) = StampedEntry::parse(packed) {
        assert_eq!([entry.entry(), entry.stamp()].concat(), packed);
    }
    if let Ok(GetRequest::Fetch { wants, .. }) = GetRequest::parse(packed) {
        assert_eq!(OfferAnswer::decode(&pack_ids(&wants)), Ok(OfferAnswer::Some(wants)));
    }
    if let Ok(offer) = Offer::parse(packed) {
        assert_eq!(Offer::parse(&offer.pack()), Ok(offer));
    }
    if let Ok(answer) = OfferAnswer::decode(packed) {
        assert_eq!(OfferAnswer::decode(&answer.encode()), Ok(answer));
    }
    let _ = NodeRefusal::of_signal(packed);
}

/// A caller who does what the bytes say.
fn call(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let mut router = Router::new();
    let terms = NodeTerms {
        name: None,
        message_limit: 256,
        sync_limit: 1000,
        stamp_cost: 8,
        flexibility: 0,
        peering_cost: 1,
        quota: Quota { bytes: 1_000_000, entries: 100 },
        peers: vec![destination_hash(name_hash("lxmf.propagation"), theirs().hash())],
        clients: Vec::new(),
    };
    let serve = |node: &mut _| router.serve_propagation(Now::default(), node, ours().clone(), terms);
    let mut peer = Peer::calling_to(serve, 500);
    let mut identified = false;
    for _ in 0..MAX_STEPS {
        if bytes.is_empty() {
            break;
        }
        identified |= step(&mut peer, &mut router, &mut bytes);
        let now = peer.now();
        for event in std::mem::take(&mut peer.events) {
            router.handle_event(now, &mut peer.node, event);
        }
        while let Some(event) = router.poll_event() {
            match event {
                Event::Store(StoreTask::Get { recipient, .. }) => {
                    assert!(identified && recipient == delivery_destination(theirs().hash()));
                }
                Event::Store(StoreTask::Offered { .. }) => assert!(identified),
                // Nobody has checked a stamp here.
                Event::Store(StoreTask::Deposit(deposit)) => panic!("nobody has paid for {deposit:?}"),
                _ => {}
            }
        }
        assert!(router.table_sizes().unchecked_uploads <= 64);
        // What the router has told the node to send.
        peer.with(|_, _| {});
    }
}

fn step(peer: &mut Peer, router: &mut Router, bytes: &mut Bytes<'_>) -> bool {
    match bytes.byte() % 6 {
        0 => peer.send(Context::None, bytes.chunk()),
        1 => request(peer, GET_PATH, bytes.chunk()),
        2 => request(peer, OFFER_PATH, bytes.chunk()),
        3 => {
            let entry = vec![bytes.byte(); usize::from(bytes.byte())];
            let container = pack_container(UnixTime::from_micros(1), [&entry[..]]);
            peer.send(Context::None, &container);
        }
        4 => {
            let link = peer.link();
            let key = theirs().public().as_bytes();
            let signature = theirs().sign(&[&link.as_bytes()[..], key].concat());
            peer.send(Context::LinkIdentify, &[&key[..], &signature].concat());
            return true;
        }
        _ => {
            peer.wait(Duration::from_millis(1 << (bytes.byte() % 22)));
            peer.with(|node, now| router.handle_timeout(now, node));
        }
    }
    false
}

fn request(peer: &mut Peer, path: &str, data: &[u8]) {
    let time = [0x93, 0xcb, 0x41, 0xda, 0x55, 0x6e, 0x59, 0x20, 0, 0];
    let path = PathHash::of(path);
    peer.send(Context::Request, &[&time[..], &[0xc4, 0x10], path.as_bytes(), data].concat());
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let sections =
        ["propagation_announce_app_data", "propagated", "get_exchanges", "offer_exchanges", "sync_transfer"];
    let names = ["app_data", "propagation_packed", "lxmf_data_with_stamp", "body"];
    let mut seeds = vectors::lxmf(&sections, &names);
    // The data of a request follows its time and the hash of its path.
    let requests = vectors::lxmf(&sections, &["request"]);
    let data: Vec<_> = requests.iter().filter_map(|request| request.get(28..)).map(<[u8]>::to_vec).collect();
    for data in data.iter().filter(|data| data.len() < 256) {
        let length = u8::try_from(data.len()).expect("it is short");
        seeds.push([&[4, 1, length][..], data, &[2, length], data].concat());
    }
    seeds.extend(data);
    seeds.push(vec![3, 7, 200, 3, 1, 20, 4, 3, 9, 250, 5, 21]);
    seeds
}
