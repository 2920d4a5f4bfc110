//! What a node kept for its next start, however damaged: read or refused, and then kept again as far as it holds.

use std::time::Duration;

use roost::rns::Node;
use roost::rns::snapshot::Snapshot;
use roost::rns::time::{Instant, Now, UnixTime};

use crate::peer;
use crate::world::World;

pub(super) fn run(kept: &[u8]) {
    let Ok(snapshot) = rmp_serde::from_slice::<Snapshot>(kept) else { return };
    let now =
        Now { instant: Instant::from_micros(1_000_000), unix: UnixTime::from_micros(1_700_000_001_000_000) };
    let names: Vec<String> = snapshot.paths.iter().map(|path| path.interface.clone()).take(4).collect();
    let destinations = snapshot.destinations.len();
    let mut node = Node::new([1; 32]);
    node.restore(now, snapshot);
    for name in &names {
        node.add_interface(now, peer::spec(name));
    }
    let again = node.snapshot(now);
    assert!(again.destinations.len() <= destinations);
    let packed = rmp_serde::to_vec(&again).expect("it can be written");
    assert_eq!(rmp_serde::from_slice::<Snapshot>(&packed).expect("it can be read"), again);
    let later = Now { instant: now.instant.after(Duration::from_secs(86_400 * 400)), ..now };
    node.handle_timeout(later);
    assert_eq!(node.table_sizes().paths, 0, "a path is forgotten after a year");
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut world = World::new(&[0, 1, 2]);
    for ends in [[0, 1], [1, 2]] {
        world.join(ends, peer::spec("wire"));
    }
    let mut seeds = Vec::new();
    for seat in [2, 0] {
        let destination = world.places[seat].destination;
        world.attempt(seat, |node, now| node.announce(now, destination));
        for _ in 0..40 {
            world.deliver(|_| {});
            world.wait(Duration::from_millis(200));
        }
        for place in &world.places {
            seeds.push(rmp_serde::to_vec(&place.node.snapshot(world.now())).expect("it can be written"));
        }
    }
    seeds
}
