//! The TCP interfaces over loopback: framing across writes, clients apart from one another, reconnecting.

use std::time::Duration;

use roost::interface::hdlc::{Decoder, encode_into};
use roost::interface::{
    Bus, Condition, Direction, InterfaceEvent, Loss, Medium, Offered, TCP_HW_MTU, TcpClient,
    TcpClientSection, TcpServer, TcpServerSection, Template,
};
use roost::rns::ifac::{AccessCode, CodeSize};
use roost::rns::random::Random;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::owner::{Owner, Up, run};

/// The options of a server for at most `limit` clients.
fn listener(limit: usize) -> TcpServerSection {
    let any = "127.0.0.1:0".parse().expect("an address");
    TcpServerSection { max_clients: limit, ..TcpServerSection::new(any) }
}

fn template(name: &str) -> Template {
    Template::new(name, Medium::default())
}

/// A server for at most `limit` clients.
async fn server(limit: usize) -> (Owner, std::net::SocketAddr, Bus) {
    let (bus, events) = Bus::new();
    let server = TcpServer::bind(&listener(limit), template("tcp-server")).await.expect("a free port");
    let address = server.address();
    let mut owner = Owner::new(events);
    tokio::spawn(server.run(owner.attach(&bus)));
    (owner, address, bus)
}

async fn connect(address: std::net::SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("the server accepts")
}

fn client(address: std::net::SocketAddr) -> (Owner, tokio::task::JoinHandle<()>) {
    let (bus, events) = Bus::new();
    let section = TcpClientSection::new(address.to_string().parse().expect("an address"));
    let client = TcpClient::new(&section, template("tcp-client"), Random::from_seed([1; 32]));
    let mut owner = Owner::new(events);
    let task = tokio::spawn(client.run(owner.attach(&bus)));
    (owner, task)
}

fn wire(frame: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    encode_into(frame, &mut wire);
    wire
}

/// Reads until a whole frame has come.
async fn read_frame(stream: &mut TcpStream, decoder: &mut Decoder) -> Vec<u8> {
    let mut chunk = [0; 4096];
    loop {
        if let Some(frame) = decoder.next_frame() {
            return frame;
        }
        let len = stream.read(&mut chunk).await.expect("the connection stands");
        assert!(len > 0, "closed while a frame was expected");
        decoder.push(&chunk[..len]);
    }
}

#[test]
fn a_frame_arrives_however_it_was_written() {
    run(async {
        let (mut owner, address, _bus) = server(4).await;
        let mut peer = connect(address).await;
        let Up { id, spec, direction } = owner.up().await;
        assert_eq!((spec.hw_mtu, spec.mtu_discovery, spec.bitrate), (16_384, true, 10_000_000));
        assert_eq!(direction, Direction::Incoming);
        assert!(spec.name.contains(&peer.local_addr().unwrap().to_string()), "{}", spec.name);

        let frame: Vec<u8> = (0..=255).collect();
        peer.set_nodelay(true).unwrap();
        for byte in wire(&frame) {
            peer.write_all(&[byte]).await.unwrap();
        }
        assert_eq!(owner.frame().await, (id, frame.clone()));
        peer.write_all(&[wire(&frame), wire(&[9; TCP_HW_MTU])].concat()).await.unwrap();
        assert_eq!(owner.frame().await, (id, frame));
        assert_eq!(owner.frame().await, (id, vec![9; TCP_HW_MTU]));
    });
}

#[test]
fn frames_to_a_peer_carry_both_delimiters_and_keep_their_order() {
    run(async {
        let (mut owner, address, _bus) = server(4).await;
        let mut peer = connect(address).await;
        let Up { id, .. } = owner.up().await;
        let sent: Vec<Vec<u8>> = (0..100).map(|n| vec![n; 20 + usize::from(n)]).collect();
        for frame in &sent {
            assert_eq!(owner.offer(id, frame), Offered::Queued);
        }
        let mut received = vec![0; sent.iter().map(|frame| wire(frame).len()).sum()];
        peer.read_exact(&mut received).await.unwrap();
        assert_eq!(received, sent.iter().flat_map(|frame| wire(frame)).collect::<Vec<_>>());
    });
}

#[test]
fn clients_inherit_the_access_code_of_their_listener_and_may_send_so_much_more() {
    run(async {
        let (bus, events) = Bus::new();
        let code = AccessCode::new(Some("perch"), None, CodeSize::IP);
        let closed = template("tcp-server").with_access(code.clone());
        let server = TcpServer::bind(&listener(4), closed).await.unwrap();
        let address = server.address();
        let mut owner = Owner::new(events);
        tokio::spawn(server.run(owner.attach(&bus)));
        let mut peers = Vec::new();
        for _ in 0..2 {
            let mut peer = connect(address).await;
            let Up { id, spec, .. } = owner.up().await;
            assert_eq!(spec.access, code);
            assert!(spec.name.contains(&peer.local_addr().unwrap().to_string()), "{}", spec.name);
            let largest = vec![9; TCP_HW_MTU + CodeSize::IP.bytes()];
            peer.write_all(&[wire(&[8; TCP_HW_MTU + 17]), wire(&largest)].concat()).await.unwrap();
            assert_eq!(owner.frame().await, (id, largest));
            peers.push(peer);
        }
        assert_eq!(bus.counters().get(Loss::FrameTooLong), 2);
    });
}

#[test]
fn garbage_on_one_connection_leaves_another_untouched() {
    run(async {
        let (mut owner, address, bus) = server(4).await;
        let mut good = connect(address).await;
        let good_id = owner.up().await.id;
        let mut bad = connect(address).await;
        let bad_id = owner.up().await.id;

        let noise =
            [&[0x7e][..], &[0x41; 40_000], &[0x7e; 3], &[1; 5], &[0x7e], &[2; 17_000], &[0x7e]].concat();
        bad.write_all(&noise).await.unwrap();
        bad.write_all(&wire(&[3; 30])).await.unwrap();
        assert_eq!(owner.frame().await, (bad_id, vec![3; 30]), "in step again after the garbage");
        assert_eq!(bus.counters().get(Loss::Unterminated), 1);
        assert_eq!(bus.counters().get(Loss::FrameTooShort), 1);
        assert_eq!(bus.counters().get(Loss::FrameTooLong), 1);

        drop(bad);
        assert_eq!(owner.down().await, bad_id);
        good.write_all(&wire(&[4; 30])).await.unwrap();
        assert_eq!(owner.frame().await, (good_id, vec![4; 30]));
        owner.offer(good_id, &[5; 30]);
        assert_eq!(read_frame(&mut good, &mut Decoder::new(TCP_HW_MTU)).await, vec![5; 30]);
    });
}

#[test]
fn a_client_that_does_not_read_loses_frames_and_blocks_nobody() {
    run(async {
        let (mut owner, address, bus) = server(4).await;
        let _slow = connect(address).await;
        let slow_id = owner.up().await.id;
        let mut quick = connect(address).await;
        let quick_id = owner.up().await.id;

        // The kernel takes some megabytes of them, our queue four; the rest has nowhere to go.
        let mut lost = 0;
        for _ in 0..4000 {
            lost += u64::from(owner.offer(slow_id, &[6; TCP_HW_MTU]) == Offered::Dropped);
            tokio::task::yield_now().await;
        }
        assert!(lost > 0);
        assert_eq!(bus.counters().get(Loss::SlowPeer), lost);
        owner.offer(quick_id, &[7; 100]);
        let mut decoder = Decoder::new(TCP_HW_MTU);
        let answered = timeout(Duration::from_secs(2), read_frame(&mut quick, &mut decoder)).await;
        assert_eq!(answered.expect("the slow client blocks the quick one"), vec![7; 100]);
    });
}

#[test]
fn a_client_that_never_sent_a_frame_makes_room_for_one_that_comes() {
    run(async {
        let (mut owner, address, bus) = server(1).await;
        let mut idle = connect(address).await;
        let idle_id = owner.up().await.id;
        let _newcomer = connect(address).await;
        assert_eq!(idle.read(&mut [0; 1]).await.unwrap_or(0), 0, "closed by the server");
        let (mut gone, mut came) = (None, false);
        while gone.is_none() || !came {
            match owner.event().await {
                InterfaceEvent::Down { interface } => gone = Some(interface),
                InterfaceEvent::Up { .. } => came = true,
                other => panic!("expected a change of places, got {other:?}"),
            }
        }
        assert_eq!((gone, bus.counters().get(Loss::TooManyClients)), (Some(idle_id), 1));
    });
}

#[test]
fn a_client_beyond_the_limit_is_turned_away_and_finds_a_place_when_one_leaves() {
    run(async {
        let (mut owner, address, bus) = server(1).await;
        let mut first = connect(address).await;
        let first_id = owner.up().await.id;
        first.write_all(&wire(&[1; 30])).await.unwrap();
        owner.frame().await;
        let mut turned_away = connect(address).await;
        assert_eq!(turned_away.read(&mut [0; 1]).await.unwrap_or(0), 0, "closed by the server");
        assert_eq!(bus.counters().get(Loss::TooManyClients), 1);
        drop(first);
        assert_eq!(owner.down().await, first_id);
        // The place is free a moment after the end is told.
        loop {
            let _client = connect(address).await;
            if let Ok(up) = timeout(Duration::from_millis(200), owner.up()).await {
                assert_ne!(up.id, first_id);
                break;
            }
        }
    });
}

#[test]
fn a_client_connects_and_carries_frames_both_ways() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (mut owner, _task) = client(listener.local_addr().unwrap());
        let (mut peer, _) = listener.accept().await.unwrap();
        let Up { id, spec, direction } = owner.up().await;
        assert_eq!((spec.hw_mtu, spec.mtu_discovery, direction), (16_384, true, Direction::Dialled));
        owner.offer(id, &[8; 50]);
        assert_eq!(read_frame(&mut peer, &mut Decoder::new(TCP_HW_MTU)).await, vec![8; 50]);
        peer.write_all(&wire(&[9; 50])).await.unwrap();
        assert_eq!(owner.frame().await, (id, vec![9; 50]));
    });
}

#[test]
fn a_client_reaches_a_listener_that_comes_up_late() {
    run(async {
        // The system hands a port out again only when it has gone through the others.
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let (mut owner, _task) = client(address);
        assert!(timeout(Duration::from_millis(300), owner.event()).await.is_err(), "nothing to connect to");
        let listener = TcpListener::bind(address).await.unwrap();
        let (_peer, _) =
            timeout(Duration::from_secs(8), listener.accept()).await.expect("it tries again").unwrap();
        owner.up().await;
    });
}

#[test]
fn a_client_comes_back_to_a_peer_that_shut_the_door_at_once_but_does_not_rush() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (mut owner, _task) = client(listener.local_addr().unwrap());
        let (peer, _) = listener.accept().await.unwrap();
        let id = owner.up().await.id;
        drop(peer);
        assert_eq!(owner.down().await, id);
        let rushed = timeout(Duration::from_secs(3), listener.accept()).await;
        assert!(rushed.is_err(), "a public node counts this as flapping and locks our address out");
        let (mut peer, _) = listener.accept().await.unwrap();
        let new_id = owner.up().await.id;
        assert_ne!(new_id, id);
        peer.write_all(&wire(&[2; 30])).await.unwrap();
        assert_eq!(owner.frame().await, (new_id, vec![2; 30]));
    });
}

#[test]
fn a_released_connection_writes_what_waits_before_it_closes() {
    run(async {
        let (mut owner, address, bus) = server(4).await;
        let mut peer = connect(address).await;
        let Up { id, .. } = owner.up().await;
        for _ in 0..100 {
            owner.offer(id, &[1; 10_000]);
        }
        owner.queues.clear();
        drop(bus);
        let ended = tokio::spawn(owner.events.finish());
        let expected = wire(&[1; 10_000]).repeat(100);
        let mut received = vec![0; expected.len()];
        peer.read_exact(&mut received).await.unwrap();
        assert!(received == expected);
        let too_soon = timeout(Duration::from_millis(50), peer.read(&mut [0; 1])).await;
        assert!(too_soon.is_err(), "the reference loses the last packets when the end follows at once");
        assert_eq!(peer.read(&mut [0; 1]).await.unwrap(), 0);
        drop(peer);
        ended.await.unwrap();
    });
}

#[test]
fn the_end_of_the_bus_comes_after_the_last_byte_of_every_connection() {
    run(async {
        let (mut owner, address, bus) = server(4).await;
        let peer = connect(address).await;
        let id = owner.up().await.id;
        owner.offer(id, &[1; 10_000]);
        owner.queues.clear();
        drop(bus);
        owner.events.finish().await;
        // Nothing runs from here on that could still write.
        peer.readable().await.unwrap();
        let mut received = [0; 20_000];
        assert_eq!(peer.try_read(&mut received).unwrap(), 10_002);
        assert_eq!(peer.try_read(&mut received).unwrap(), 0);
    });
}

#[test]
fn a_client_stops_connecting_when_nobody_wants_its_frames() {
    run(async {
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let (owner, task) = client(address);
        drop(owner);
        task.await.unwrap();
    });
}

#[test]
fn a_client_with_a_limit_gives_up_after_so_many_attempts() {
    run(async {
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let (bus, events) = Bus::new();
        let mut owner = Owner::new(events);
        let target = nobody.to_string().parse().unwrap();
        let section = TcpClientSection { max_reconnect_tries: Some(0), ..TcpClientSection::new(target) };
        let client = TcpClient::new(&section, template("tcp-client"), Random::from_seed([1; 32]));
        client.run(owner.attach(&bus)).await;
        assert!(matches!(owner.condition().await, Condition::Retrying(reason) if reason.contains("refused")));
        assert!(matches!(owner.condition().await, Condition::Ended(reason) if reason.contains("1 attempts")));
    });
}

#[test]
fn name_and_packet_sizes_are_those_that_were_set() {
    run(async {
        let medium = Medium::of_tcp(1200).with_fixed_mtu(700);
        let (bus, events) = Bus::new();
        let mut owner = Owner::new(events);
        let server = TcpServer::bind(&listener(1), Template::new("Hub", medium)).await.unwrap();
        let far = TcpClientSection::new(server.address().to_string().parse().unwrap());
        tokio::spawn(server.run(owner.attach(&bus)));
        let client = TcpClient::new(&far, Template::new("Far", medium), Random::from_seed([1; 32]));
        tokio::spawn(client.run(owner.attach(&bus)));
        let specs = [owner.up().await.spec, owner.up().await.spec];
        for name in ["Hub 127", "Far 127"] {
            let spec = specs.iter().find(|spec| spec.name.starts_with(name)).expect("both are named");
            assert_eq!((spec.bitrate, spec.hw_mtu, spec.mtu_discovery), (1200, 700, true));
        }
    });
}

#[test]
fn a_listener_that_is_released_frees_its_address_and_its_connections_end_after_the_last_frame() {
    run(async {
        let (mut owner, address, bus) = server(4).await;
        let mut peer = connect(address).await;
        let Up { id, .. } = owner.up().await;
        assert_eq!(owner.condition().await, Condition::Up);
        owner.offer(id, &[7; 30]);
        owner.release();
        assert_eq!(read_frame(&mut peer, &mut Decoder::new(TCP_HW_MTU)).await, [7; 30]);
        assert_eq!(peer.read(&mut [0; 10]).await.unwrap(), 0);
        assert_eq!(owner.down().await, id);
        let again = TcpServerSection::new(address.to_string().parse().unwrap());
        let server = loop {
            // The task that listened ends in its own time.
            match TcpServer::bind(&again, template("again")).await {
                Ok(server) => break server,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        tokio::spawn(server.run(owner.attach(&bus)));
        let _peer = connect(address).await;
        owner.up().await;
    });
}

#[test]
fn a_client_says_when_it_is_down_and_why_and_when_it_is_up_again() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (mut owner, _task) = client(listener.local_addr().unwrap());
        let (peer, _) = listener.accept().await.unwrap();
        assert_eq!(owner.condition().await, Condition::Up);
        owner.up().await;
        drop(peer);
        owner.down().await;
        assert_eq!(owner.condition().await, Condition::Retrying("the other side closed it".to_owned()));
    });
}
