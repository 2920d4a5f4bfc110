//! The UDP interface over loopback: a datagram is a packet, and nothing else is.

use std::time::Duration;

use roost::interface::{
    Bus, Direction, Loss, OpenError, Section as _, Template, UDP_HW_MTU, Udp, UdpSection,
};
use roost::rns::ifac::{AccessCode, CodeSize};
use serde_json::json;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::owner::{Owner, Up, run};

fn section(options: serde_json::Value) -> UdpSection {
    serde_json::from_value(options).expect("options of a UDP interface")
}

fn template(section: &UdpSection) -> Template {
    Template::new("udp", section.medium())
}

/// An interface on any free port that sends to a socket of the test's.
async fn udp(access: Option<AccessCode>) -> (Owner, UdpSocket, Bus) {
    let peer = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let forward_port = peer.local_addr().expect("it is bound").port();
    let section = section(json!({
        "listen_ip": "127.0.0.1", "listen_port": 0, "forward_ip": "127.0.0.1", "forward_port": forward_port,
    }));
    let (bus, events) = Bus::new();
    let udp = Udp::bind(&section, template(&section).with_access(access)).await.expect("a free port");
    peer.connect(udp.address()).await.expect("an address on loopback");
    let mut owner = Owner::new(events);
    tokio::spawn(udp.run(owner.attach(&bus)));
    (owner, peer, bus)
}

#[test]
fn a_datagram_is_a_packet_both_ways() {
    run(async {
        let (mut owner, peer, _bus) = udp(None).await;
        let Up { id, spec, direction } = owner.up().await;
        assert_eq!((spec.hw_mtu, spec.mtu_discovery, direction), (1064, false, Direction::Outgoing));
        // Delimiters of framed interfaces are bytes like any other.
        for frame in [vec![0x7e; 20], vec![1; 500], vec![2; UDP_HW_MTU]] {
            peer.send(&frame).await.unwrap();
            assert_eq!(owner.frame().await, (id, frame.clone()));
            owner.offer(id, &frame);
            let mut received = [0; 2000];
            let len = peer.recv(&mut received).await.unwrap();
            assert_eq!(received[..len], frame);
        }
    });
}

#[test]
fn datagrams_that_are_no_packets_are_counted_and_go_no_further() {
    run(async {
        let code = AccessCode::new(Some("perch"), None, CodeSize::IP);
        let (mut owner, peer, bus) = udp(code).await;
        let id = owner.up().await.id;
        for len in [0, 1, 19, UDP_HW_MTU + 17, 9000] {
            peer.send(&vec![3; len]).await.unwrap();
        }
        let largest = vec![4; UDP_HW_MTU + 16];
        peer.send(&largest).await.unwrap();
        assert_eq!(owner.frame().await, (id, largest));
        assert_eq!(bus.counters().get(Loss::FrameTooShort), 3);
        assert_eq!(bus.counters().get(Loss::FrameTooLong), 2);
    });
}

#[test]
fn what_is_sent_to_everybody_and_comes_back_is_not_taken_for_a_peers() {
    run(async {
        let probe = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = probe.local_addr().unwrap().port();
        drop(probe);
        // To itself, which is what a broadcast does, too.
        let own = section(json!({"listen_ip": "127.0.0.1", "forward_ip": "127.0.0.1", "port": port}));
        let (bus, events) = Bus::new();
        let udp = Udp::bind(&own, template(&own)).await.unwrap();
        let address = udp.address();
        let mut owner = Owner::new(events);
        tokio::spawn(udp.run(owner.attach(&bus)));
        let id = owner.up().await.id;
        for n in 0..=255 {
            owner.offer(id, &[n; 100]);
        }
        let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        peer.send_to(&[1; 50], address).await.unwrap();
        assert_eq!(owner.frame().await, (id, vec![1; 50]));
        let echo = timeout(Duration::from_millis(200), owner.event()).await;
        assert!(echo.is_err(), "{echo:?}");
    });
}

#[test]
fn it_sends_what_waits_and_ends_when_its_owner_lets_go() {
    run(async {
        let (mut owner, peer, bus) = udp(None).await;
        let id = owner.up().await.id;
        for _ in 0..10 {
            owner.offer(id, &[5; 100]);
        }
        owner.queues.clear();
        drop(bus);
        owner.events.finish().await;
        for _ in 0..10 {
            assert_eq!(peer.recv(&mut [0; 200]).await.unwrap(), 100);
        }
    });
}

#[test]
fn a_port_that_is_taken_is_named() {
    run(async {
        let taken = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let section = section(json!({"listen_ip": "127.0.0.1", "forward_ip": "127.0.0.1", "port": port}));
        match Udp::bind(&section, template(&section)).await {
            Err(OpenError::Bind(error)) => assert_eq!(error.at.port, port),
            other => panic!("expected a port that is taken, got {other:?}"),
        }
    });
}

#[test]
fn options_that_are_missing_or_unknown_are_named() {
    run(async {
        let half = section(json!({"listen_ip": "127.0.0.1", "listen_port": 0, "forward_ip": "127.0.0.1"}));
        let error = Udp::bind(&half, template(&half)).await.unwrap_err();
        assert!(error.to_string().contains("forward_port"), "{error}");
    });
    let unknown = json!({"listen_ip": "127.0.0.1", "forward_ip": "127.0.0.1", "porto": 1});
    let error = serde_json::from_value::<UdpSection>(unknown).unwrap_err().to_string();
    assert!(error.contains("porto") && error.contains("forward_port"), "{error}");
}

#[test]
fn the_short_form_names_both_addresses() {
    let short: UdpSection = "0.0.0.0:4242,255.255.255.255:4243".parse().unwrap();
    let long = json!({
        "listen_ip": "0.0.0.0", "listen_port": 4242, "forward_ip": "255.255.255.255", "forward_port": 4243,
    });
    assert_eq!(short, section(long));
    for wrong in ["", "0.0.0.0:4242", "0.0.0.0:4242,x:1", "0.0.0.0,255.255.255.255:1", "[::]:1,[::1]:1"] {
        assert!(wrong.parse::<UdpSection>().is_err(), "{wrong}");
    }
}
