//! Peers that come, stay, go and are too many, on a clock of the test's.

use super::super::group::GROUP_ID;
use super::*;

const ETH: u32 = 2;
const WLAN: u32 = 3;

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

fn address(last: u16) -> Ipv6Addr {
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, last)
}

fn device(index: u32) -> Device {
    Device { index, name: format!("nic{index}"), address: own(index) }
}

fn own(index: u32) -> Ipv6Addr {
    address(0xff00 | u16::try_from(index).unwrap())
}

fn peer(device: u32, last: u16) -> Peer {
    Peer { device, address: address(last) }
}

fn discovery() -> Discovery {
    let mut discovery = Discovery::new(GROUP_ID.to_owned());
    discovery.adopt(at(0), device(ETH));
    discovery
}

fn show(discovery: &mut Discovery, millis: u64, from: Peer) -> bool {
    discovery.handle_token(at(millis), from, &token(GROUP_ID, from.address))
}

fn events(discovery: &mut Discovery) -> Vec<Event> {
    std::iter::from_fn(|| discovery.poll_event()).collect()
}

/// Runs the clock, and collects when something was sent: to all, or to one.
fn announcements(discovery: &mut Discovery, from: u64, to: u64) -> Vec<(u64, Option<Ipv6Addr>)> {
    let mut sent = Vec::new();
    let mut now = at(from);
    while now <= at(to) {
        discovery.handle_timeout(now);
        while let Some(announcement) = discovery.poll_transmit() {
            sent.push((now.as_micros() / 1000, announcement.to));
        }
        now = discovery.poll_timeout().unwrap().max(now.after(Duration::from_millis(1)));
    }
    sent
}

#[test]
fn a_device_is_announced_at_once_and_every_1600_milliseconds() {
    let mut discovery = discovery();
    discovery.handle_timeout(at(0));
    let first = discovery.poll_transmit().unwrap();
    assert_eq!(first, Announcement { device: ETH, to: None, token: token(GROUP_ID, own(ETH)) });
    assert_eq!(announcements(&mut discovery, 1, 5000), [(1600, None), (3200, None), (4800, None)]);
}

#[test]
fn who_shows_the_token_of_its_address_is_a_peer_and_nobody_else() {
    let mut discovery = discovery();
    assert!(!discovery.handle_token(at(0), peer(ETH, 1), &token(GROUP_ID, address(2))), "of another address");
    assert!(!discovery.handle_token(at(0), peer(ETH, 1), &token("others", address(1))), "of another group");
    let short = &token(GROUP_ID, address(1))[..31];
    assert!(!discovery.handle_token(at(0), peer(ETH, 1), short));
    assert!(!show(&mut discovery, 0, peer(WLAN, 1)), "on a device that is not used");
    assert!(events(&mut discovery).is_empty());
    let longer = [&token(GROUP_ID, address(1))[..], b"and more"].concat();
    assert!(discovery.handle_token(at(0), peer(ETH, 1), &longer));
    assert!(show(&mut discovery, 1, peer(ETH, 1)));
    assert_eq!(events(&mut discovery), [Event::Found(peer(ETH, 1))]);
}

#[test]
fn a_peer_is_gone_22_seconds_after_it_was_heard_whatever_it_said() {
    let mut discovery = discovery();
    show(&mut discovery, 0, peer(ETH, 1));
    show(&mut discovery, 10_000, peer(ETH, 1));
    assert_eq!(discovery.handle_frame(at(20_000), peer(ETH, 1), b"frame"), Some(News::New));
    discovery.handle_timeout(at(41_999));
    assert!(!events(&mut discovery).contains(&Event::Gone(peer(ETH, 1))));
    discovery.handle_timeout(at(42_000));
    assert_eq!(events(&mut discovery), [Event::Gone(peer(ETH, 1))]);
    assert_eq!(discovery.handle_frame(at(42_001), peer(ETH, 1), b"frame"), None, "no peer any more");
}

#[test]
fn a_peer_is_told_of_us_directly_every_5200_milliseconds() {
    let mut discovery = discovery();
    show(&mut discovery, 0, peer(ETH, 1));
    let sent = announcements(&mut discovery, 0, 16_000);
    let direct: Vec<_> = sent.into_iter().filter(|(_, to)| to.is_some()).collect();
    assert_eq!(direct, [5200, 10_400, 15_600].map(|millis| (millis, Some(address(1)))));
}

#[test]
fn a_frame_that_was_heard_on_another_device_is_old() {
    let mut discovery = discovery();
    discovery.adopt(at(0), device(WLAN));
    // One neighbour with two devices of its own.
    show(&mut discovery, 0, peer(ETH, 1));
    show(&mut discovery, 0, peer(WLAN, 2));
    assert_eq!(discovery.handle_frame(at(1), peer(ETH, 1), b"frame"), Some(News::New));
    assert_eq!(discovery.handle_frame(at(2), peer(WLAN, 2), b"frame"), Some(News::Old));
}

#[test]
fn our_own_voice_makes_no_peer_and_its_absence_is_noticed_once() {
    let mut discovery = discovery();
    show(&mut discovery, 100, peer(ETH, 0xff02));
    assert!(events(&mut discovery).is_empty());
    discovery.handle_timeout(at(6599));
    assert!(discovery.has_carrier());
    discovery.handle_timeout(at(6600));
    discovery.handle_timeout(at(9000));
    let lost = Event::CarrierLost { device: "nic2".to_owned(), ever_heard: true };
    assert_eq!(events(&mut discovery), [lost]);
    assert!(!discovery.has_carrier());
    show(&mut discovery, 9100, peer(ETH, 0xff02));
    assert_eq!(events(&mut discovery), [Event::CarrierBack { device: "nic2".to_owned() }]);
}

#[test]
fn a_device_that_goes_takes_its_peers_with_it() {
    let mut discovery = discovery();
    discovery.adopt(at(0), device(WLAN));
    show(&mut discovery, 0, peer(ETH, 1));
    show(&mut discovery, 0, peer(WLAN, 1));
    events(&mut discovery);
    discovery.abandon(ETH);
    assert_eq!(events(&mut discovery), [Event::Gone(peer(ETH, 1))]);
    assert!(!show(&mut discovery, 1, peer(ETH, 1)));
    discovery.abandon(WLAN);
    assert_eq!(discovery.poll_timeout(), None);
}

#[test]
fn a_crowd_of_peers_that_say_nothing_pushes_out_no_peer_that_does() {
    let mut discovery = discovery();
    show(&mut discovery, 0, peer(ETH, 0));
    discovery.handle_frame(at(0), peer(ETH, 0), b"frame");
    for n in 1..=1000 {
        show(&mut discovery, u64::from(n), peer(ETH, n));
        assert!(discovery.peers.len() <= MAX_PEERS);
    }
    let events = events(&mut discovery);
    assert!(!events.contains(&Event::Gone(peer(ETH, 0))));
    assert!(events.contains(&Event::Gone(peer(ETH, 1))), "the longest silent goes first");
    for n in 0..=1000 {
        discovery.handle_frame(at(2000), peer(ETH, n), b"frame");
    }
    show(&mut discovery, 2001, peer(ETH, 2000));
    assert_eq!(discovery.poll_event(), Some(Event::Crowded), "where all have said something");
}
