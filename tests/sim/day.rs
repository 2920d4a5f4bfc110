//! A day of a small network in a few seconds: announces, links, requests, Resources, nodes that come and go.
//! Not the details of any of them; what counts is that all of it goes on, and that nothing piles up.

use std::fmt::Write;

use roost::rns::airtime::Modulation;
use roost::rns::hash::DestinationHash;
use roost::rns::node::{Compression, TableSizes};
use roost::rns::random::Random;

use crate::cost::cost;
use crate::network::{Network, Seat, Wire, WireId};
use crate::pair::{SECOND, noise, packed};

/// A village with a radio channel and a town with wires, joined by a transport node that is in both.
struct Region {
    network: Network,
    village: WireId,
    hub: Seat,
    gateway: Seat,
    /// Who serves a group.
    servers: Vec<(Seat, DestinationHash)>,
    /// Who reads them.
    members: Vec<Seat>,
}

/// What was tried and what became of it.
#[derive(Default)]
struct Tally {
    tried: u32,
    done: u32,
}

impl Tally {
    fn count(&mut self, done: bool) {
        self.tried += 1;
        self.done += u32::from(done);
    }
}

impl Region {
    fn new(seed: u64) -> Self {
        let mut network = Network::new(seed);
        let (hub, gateway) = (network.add_transport_node(), network.add_transport_node());
        network.join(&[hub, gateway], Wire::TCP.losing(1));
        let town: Vec<_> = (0..6).map(|_| network.add_node()).collect();
        for seat in &town {
            network.join(&[hub, *seat], Wire::TCP.losing(1));
        }
        let farms: Vec<_> = (0..3).map(|_| network.add_node()).collect();
        let channel: Vec<_> = farms.iter().copied().chain([gateway]).collect();
        let fast = Modulation::new(8, 250_000, 5).unwrap();
        let village = network.join(&channel, Wire::lora(fast));
        let servers = [town[0], town[1], farms[0]];
        let servers =
            servers.iter().zip(1..).map(|(seat, number)| (*seat, network.serve(*seat, number))).collect();
        let members = town[2..].iter().chain(&farms[1..]).copied().collect();
        Self { network, village, hub, gateway, servers, members }
    }

    /// Somebody opens a link to some group, asks, sends something, and closes it.
    fn visit(&mut self, random: &mut Random, tally: &mut Tally) {
        let member = self.members[pick(random, self.members.len())];
        let (server, group) = self.servers[pick(random, self.servers.len())];
        let Some(link) = self.network.link(member, group, 20 * SECOND) else {
            return tally.count(false);
        };
        let answer = packed(&noise(1 + pick(random, 900)));
        tally.count(self.network.ask((member, link), server, &answer, 60 * SECOND));
        if pick(random, 4) == 0 {
            let data = noise(2000);
            let _ =
                self.network.call(member, |node, now| node.send_resource(now, link, data, Compression::Off));
            self.network.run_for(30 * SECOND);
            self.network.attend(server, &answer);
        }
        // One in eight just walks away.
        if pick(random, 8) != 0 {
            self.network.call(member, |node, now| node.close_link(now, link));
        }
        self.network.run_for(SECOND);
        self.network.attend(member, &answer);
        self.network.attend(server, &answer);
    }

    fn sizes(&self, seat: Seat) -> TableSizes {
        self.network.node(seat).table_sizes()
    }
}

fn pick(random: &mut Random, count: usize) -> usize {
    usize::try_from(random.below(count as u64)).unwrap()
}

#[test]
fn a_day_of_a_mixed_network_goes_by_and_nothing_piles_up() {
    let mut region = Region::new(1);
    let mut random = Random::from_seed([1; 32]);
    let (mut visits, mut packets) = (Tally::default(), Tally::default());
    let (mut report, mut sent) = (String::new(), Vec::new());
    let begin = region.network.now().instant;
    for hour in 0..24 {
        for (seat, group) in region.servers.clone() {
            region.network.announce(seat, group);
            region.network.run_for(20 * SECOND);
        }
        for _ in 0..8 {
            region.visit(&mut random, &mut visits);
        }
        for _ in 0..4 {
            let member = region.members[pick(&mut random, region.members.len())];
            let to = region.servers[pick(&mut random, region.servers.len())];
            packets.count(region.network.deliver(member, to, 30 * SECOND));
        }
        if hour % 6 == 5 {
            // A member's machine starts again, and knows nothing.
            let member = region.members[pick(&mut random, region.members.len())];
            region.network.restart(member);
            writeln!(report, "hour {}: hub {:?}", hour + 1, region.sizes(region.hub)).unwrap();
        }
        sent.extend(region.network.take_sent());
        let elapsed = region.network.now().instant.since(begin);
        region.network.run_for((3600 * SECOND * (hour + 1)).saturating_sub(elapsed));
    }
    assert!(region.network.now().instant.since(begin) >= 24 * 3600 * SECOND);
    let seats = [region.hub, region.gateway, region.servers[0].0];
    for (name, seat) in ["hub", "gateway", "server"].into_iter().zip(seats) {
        writeln!(report, "{name} after a day: {:#?}", region.sizes(seat)).unwrap();
    }
    let village = region.village;
    writeln!(report, "on the air: {:#?}", region.network.channel(village).traffic()).unwrap();
    eprintln!("{report}");
    let done =
        format!("{} of {} visits, {} of {} packets", visits.done, visits.tried, packets.done, packets.tried);
    insta::assert_snapshot!(format!("{done}\n{}", cost(&sent)));
    assert!(visits.done * 100 >= visits.tried * 85, "{} of {} visits", visits.done, visits.tried);
    assert!(packets.done * 100 >= packets.tried * 90, "{} of {} packets", packets.done, packets.tried);

    // Who had walked away switches off, and an hour later nobody holds on to anything that was between two others.
    for member in region.members.clone() {
        region.network.restart(member);
    }
    region.network.run_for(3600 * SECOND);
    for seat in seats {
        let sizes = region.sizes(seat);
        assert_eq!((sizes.links, sizes.receipts, sizes.jobs, sizes.announces), (0, 0, 0, 0), "{sizes:?}");
        assert_eq!(
            (sizes.relayed_links, sizes.queued_announces, sizes.held_announces),
            (0, 0, 0),
            "{sizes:?}"
        );
    }
}
