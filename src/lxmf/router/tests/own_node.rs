//! A router that is a propagation node itself: what becomes of messages of ours, and of messages for us, there.

use super::world::World;
use crate::lxmf::event::Event;
use crate::lxmf::propagation::storage::{KeptOwn, Quota, StoreNews, StoreTask};
use crate::lxmf::propagation::{NodeTerms, StampedEntry};
use crate::lxmf::{DeliveryToken, Method, Road};
use crate::rns::identity::Identity;
use crate::rns::random::Random;

/// The first of two acquaintances is a node.
fn world() -> World {
    let mut world = World::of_acquaintances(2);
    let now = world.now();
    let person = &mut world.people[0];
    let terms = NodeTerms {
        name: None,
        message_limit: 256,
        sync_limit: 1000,
        stamp_cost: 1,
        flexibility: 0,
        peering_cost: 1,
        quota: Quota { bytes: 1_000_000, entries: 100 },
        peers: Vec::new(),
        clients: Vec::new(),
    };
    let identity = Identity::generate(&mut Random::from_seed([9; 32]));
    person.router.serve_propagation(now, &mut person.node, identity, terms);
    world
}

fn kept(world: &World) -> Vec<StampedEntry> {
    let events = world.people[0].events.iter();
    let kept = events.filter_map(|(_, event)| match event {
        Event::Store(StoreTask::KeepOwn { entry, .. }) => Some(entry.clone()),
        _ => None,
    });
    kept.collect()
}

#[test]
fn what_no_other_node_takes_is_kept_by_our_own_and_its_recipient_can_read_it() {
    let mut world = world();
    let recipient = world.address(1);
    let hash = world.send_by(Method::Propagated, 0, recipient, b"for later");
    let [entry] = &kept(&world)[..] else { panic!("nothing is kept") };
    assert_eq!(entry.recipient(), recipient);
    assert!(world.people[1].node.unseal(recipient, &entry.entry()[16..]).is_ok());
    let now = world.now();
    let person = &mut world.people[0];
    let node = person.router.propagation_node().unwrap().destination();
    let news = StoreNews::KeptOwn { hash, outcome: KeptOwn::Kept };
    person.router.handle_store_news(now, &mut person.node, news);
    world.call(0, |_, _| ());
    assert!(world.outcomes(0).contains(&Event::Stored { hash, node }));
}

#[test]
fn what_is_kept_for_us_is_delivered_and_what_nobody_can_read_is_forgotten() {
    let mut world = world();
    let (ours, now) = (world.address(0), world.now());
    // Somebody else's node would have encrypted the same.
    let author = world.people[1].identity.clone();
    let message = crate::lxmf::Message {
        time: now.unix,
        title: Vec::new(),
        content: b"left for you".to_vec(),
        fields: vec![0x80],
    };
    let packed = crate::lxmf::SignedMessage::sign(message, ours, &author).pack();
    let sealed = world.people[1].node.seal(now, ours, &packed[16..]).unwrap();
    let good = [&ours.as_bytes()[..], &sealed].concat();
    let bad = [&ours.as_bytes()[..], &[7; 200]].concat();
    let id = |number| crate::lxmf::propagation::TransientId::from_bytes([number; 32]);
    let person = &mut world.people[0];
    for (number, entry) in [(1, good), (2, bad)] {
        let news = StoreNews::Local { id: id(number), entry };
        person.router.handle_store_news(now, &mut person.node, news);
    }
    world.call(0, |_, _| ());
    assert_eq!(
        (world.received(0), world.tokens(0)),
        (vec!["left for you".to_owned()], vec![DeliveryToken::Kept(id(1))])
    );
    let events: Vec<_> = world.people[0].events.iter().map(|(_, event)| event).collect();
    assert!(events.iter().any(|event| matches!(event, Event::Received { road: Road::Propagation, .. })));
    assert!(events.contains(&&Event::Store(StoreTask::Forget { id: id(2) })));
    assert!(!events.contains(&&Event::Store(StoreTask::Forget { id: id(1) })));
}
