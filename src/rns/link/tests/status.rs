//! What is told of a link, and timers that are set.

use std::time::Duration;

use super::pair::{Pair, Pipe, Side, responder_identity};
use crate::rns::hash::DestinationHash;
use crate::rns::identity::Identity;
use crate::rns::link::{Link, LinkState, LinkStatus};
use crate::rns::packet::Context;
use crate::rns::random::Random;
use crate::rns::time::Now;

#[test]
fn status_tells_how_a_link_stands_from_request_to_close() {
    let mut random = Random::from_seed([4; 32]);
    let (now, peer) = (Now::default(), responder_identity());
    let destination = DestinationHash::from_bytes([9; 16]);
    let pending = Link::open(now, destination, peer.public().clone(), 1, 1_000_000, 500, &mut random);
    let expected = LinkStatus { destination, initiator: true, state: LinkState::Pending, agreed: None };
    assert_eq!(pending.status(), Some(expected));

    let mut pair = Pair::new(Pipe::default());
    let status = pair.responder.status().unwrap();
    assert_eq!((status.state, status.initiator), (LinkState::Active, false));
    let agreed = status.agreed.unwrap();
    assert_eq!((agreed.mode, agreed.mtu, agreed.mdu), (1, 500, 431));
    assert_eq!((agreed.keepalive, agreed.stale_after), (Duration::from_secs(5), Duration::from_secs(10)));
    assert_eq!((agreed.last_keepalive, agreed.caller), (None, None));

    let caller = Identity::from_private_bytes(&[5; 64]);
    let now = pair.now;
    pair.initiator.identify(now, &caller, &mut pair.random).unwrap();
    pair.run_for(Duration::from_secs(6));
    let agreed = pair.responder.status().unwrap().agreed.unwrap();
    assert_eq!(agreed.caller.as_ref(), Some(caller.public()));
    assert!(agreed.last_received > now.instant);
    assert!(pair.initiator.status().unwrap().agreed.unwrap().last_keepalive.is_some());
    let now = pair.now;
    pair.initiator.close(now, &mut pair.random);
    assert_eq!(pair.initiator.status(), None);
}

#[test]
fn timers_that_are_set_decide_when_a_link_is_kept_alive_stale_and_given_up() {
    let mut pair = Pair::new(Pipe::default());
    let (keepalive, stale_after) = (Duration::from_millis(200), Duration::from_millis(900));
    pair.initiator.set_timers(keepalive, stale_after).unwrap();
    pair.run_for(Duration::from_millis(1050));
    assert_eq!(pair.sent_with(Side::Initiator, Context::KeepAlive), 5);
    pair.pipe.loss = 1000;
    pair.run_for(Duration::from_secs(1));
    assert_eq!(pair.initiator.status().unwrap().state, LinkState::Stale);
    pair.run_for(Duration::from_secs(6));
    assert_eq!(pair.initiator.status(), None);
}
