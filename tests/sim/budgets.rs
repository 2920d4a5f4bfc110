//! The budget of a radio over a restart of the program: what was sent of the hour is not forgotten with it.
//! Not how a budget is kept while it runs.

use std::time::Duration;

use roost::rns::Node;
use roost::rns::air::limits::LONG;
use roost::rns::air::{Air, Class, Limits, Share};
use roost::rns::airtime::Modulation;
use roost::rns::hash::DestinationHash;
use roost::rns::interface::{InterfaceId, InterfaceSpec, Mode, Neighbour};
use roost::rns::policy::Policy;
use roost::rns::snapshot::AirRecord;
use roost::rns::time::{Instant, Now, UnixTime};

const RADIO: &str = "RNode on the roof";
const MINUTE: u64 = 60;

/// So many seconds after the start of the test, on a clock that is so much ahead.
fn at(secs: u64, ahead: i64) -> Now {
    let unix = 1_700_000_000 + i64::try_from(secs).unwrap() + ahead;
    Now {
        instant: Instant::from_micros((86_400 + secs) * 1_000_000),
        unix: UnixTime::from_micros(unix * 1_000_000),
    }
}

/// One percent of an hour.
fn radio(name: &str) -> InterfaceSpec {
    let limits = Limits { long: Share::from_hundredths(100), short: None };
    InterfaceSpec {
        name: name.to_owned(),
        neighbour: Neighbour::Network,
        hw_mtu: 508,
        mtu_discovery: false,
        bitrate: Modulation::SF8.bitrate(),
        access: None,
        mode: Mode::Full,
        policy: Policy::DEFAULT,
        air: Some(Air::lora(Modulation::SF8, limits)),
    }
}

/// When a full packet may be sent, in seconds from now.
fn wait(node: &mut Node, interface: InterfaceId, now: Now) -> u64 {
    let opens = node.air_on(now, interface, Class::Answer, 500, DestinationHash::from_bytes([1; 16]));
    opens.map_or(Duration::ZERO, |opens| opens.since(now.instant)).as_secs()
}

/// Sends full packets, one a minute, until the budget is used up; when that is, and what it leaves for the next start.
fn use_up() -> (u64, Vec<AirRecord>) {
    let mut node = Node::new([1; 32]);
    let interface = node.add_interface(at(0, 0), radio(RADIO));
    let address = node.register_plain("roost.test");
    let mut secs = 0;
    while wait(&mut node, interface, at(secs, 0)) == 0 {
        node.send_plain(address, &[7; 464]).unwrap();
        node.handle_timeout(at(secs, 0));
        assert!(node.poll_transmit().is_some());
        secs += MINUTE;
    }
    (secs, node.air_records(at(secs, 0)))
}

fn again(now: Now, name: &str, records: &[AirRecord]) -> (Node, InterfaceId) {
    let mut node = Node::new([2; 32]);
    node.restore_air(now, records.to_vec());
    let interface = node.add_interface(now, radio(name));
    (node, interface)
}

#[test]
fn a_restart_brings_a_radio_no_new_budget_and_what_was_sent_leaves_the_hour_in_its_turn() {
    let (ended, records) = use_up();
    assert!((20 * MINUTE..40 * MINUTE).contains(&ended), "{ended}");
    let (mut node, interface) = again(at(ended + 5, 0), RADIO, &records);
    let first = wait(&mut node, interface, at(ended + 5, 0));
    // The first packet was sent at the start of the test. Thirty seconds more are for a radio that waits for the channel.
    assert!((3600 + 20..3600 + 50).contains(&(ended + 5 + first)), "{first} s after {ended}");
    assert_eq!(wait(&mut node, interface, at(ended + 5 + first + 1, 0)), 0);
    // And it is there after one more restart, too, in which nothing was sent.
    let kept = node.air_records(at(ended + 60, 0));
    let (mut node, interface) = again(at(ended + 65, 0), RADIO, &kept);
    let second = wait(&mut node, interface, at(ended + 65, 0));
    assert!((first - 60..first - 60 + 9).contains(&second), "{first}, then {second}");

    let (mut other, interface) = again(at(ended + 5, 0), "RNode in the shed", &records);
    assert_eq!(wait(&mut other, interface, at(ended + 5, 0)), 0, "that has sent nothing");
    let later = at(ended + 2 * 3600, 0);
    let (mut node, interface) = again(later, RADIO, &records);
    assert_eq!((wait(&mut node, interface, later), node.air_records(later)), (0, Vec::new()));
}

#[test]
fn a_clock_that_was_put_back_gives_no_budget_and_keeps_none_for_longer_than_an_hour() {
    let (ended, records) = use_up();
    for back in [600, 1800, 7200, 40 * 365 * 86_400] {
        let now = at(ended + 5, -back);
        let (mut node, interface) = again(now, RADIO, &records);
        let kept = wait(&mut node, interface, now);
        assert!((60..LONG.as_secs() + 60).contains(&kept), "{back} s back: {kept} s");
        let later = Now { instant: now.instant.after(LONG + Duration::from_secs(60)), ..now };
        assert_eq!(wait(&mut node, interface, later), 0);
    }
}

#[test]
fn what_a_file_says_that_cannot_be_is_taken_for_no_more_than_an_hour_and_no_panic() {
    let ends = |micros| (UnixTime::from_micros(micros), u64::MAX);
    for spent in [
        vec![ends(i64::MAX)],
        vec![ends(i64::MIN)],
        vec![ends(0); 100_000],
        vec![ends(at(0, 0).unix.as_micros()); 9],
    ] {
        let record = AirRecord { interface: RADIO.to_owned(), spent };
        let (mut node, interface) = again(at(0, 0), RADIO, &vec![record; 100]);
        assert!(wait(&mut node, interface, at(0, 0)) <= LONG.as_secs() + 60);
        assert!(node.air_records(at(0, 0)).len() <= 16);
    }
}
