use std::fs;

use super::*;
use crate::rns::announce::RandomBlob;
use crate::rns::hash::{DestinationHash, IdentityHash, PacketHash, TunnelId, sha256};
use crate::rns::snapshot::{CopyRecord, DestinationRecord, PathRecord, RatchetRecord, TunnelRecord};
use crate::rns::time::UnixTime;

const UPLINK: &str = "tcp-client radio.example.org:4242";
const VISITOR: &str = "tcp-server 127.0.0.1:4242 / 127.0.0.1:51234";

fn path(number: u8, interface: &str) -> PathRecord {
    PathRecord {
        destination: DestinationHash::from_bytes([number; 16]),
        interface: interface.to_owned(),
        next_hop: Some(IdentityHash::from_bytes([7; 16])),
        hops: 3,
        announce: PacketHash::from_bytes([8; 32]),
        blobs: vec![RandomBlob::from_bytes([9; 10]); 64],
        touched: UnixTime::from_micros(1_700_000_000_000_000),
        used: true,
        copy: Some(CopyRecord { context_flag: true, payload: vec![4; 200] }),
    }
}

fn snapshot() -> Snapshot {
    let known = DestinationRecord {
        destination: DestinationHash::from_bytes([1; 16]),
        public_key: [2; 64],
        app_data: Some(b"hello".to_vec()),
        emission: 1_700_000_000,
        ratchet: Some(RatchetRecord { public: [3; 32], heard: UnixTime::from_micros(1) }),
        touched: UnixTime::from_micros(-5),
        used: false,
    };
    let bare = DestinationRecord { app_data: None, ratchet: None, ..known.clone() };
    let (tunnel, since) = (TunnelId::from_bytes([6; 32]), UnixTime::from_micros(7));
    let tunnels = vec![TunnelRecord { tunnel, since, path: PathRecord { copy: None, ..path(3, "") } }];
    Snapshot { destinations: vec![known, bare], paths: vec![path(1, UPLINK), path(2, VISITOR)], tunnels }
}

fn open(dir: &tempfile::TempDir) -> (NetworkFile, Snapshot) {
    NetworkFile::open(dir.path().join("network"), Instant::ZERO)
}

fn finish(file: NetworkFile, snapshot: Snapshot) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(file.finish(snapshot));
}

#[test]
fn what_was_written_is_read_but_for_paths_over_connections_that_do_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let (mut file, nothing) = open(&dir);
    assert_eq!(nothing, Snapshot::default());
    file.note_opened(InterfaceId(4), UPLINK.to_owned());
    finish(file, snapshot());
    let (file, back) = open(&dir);
    assert_eq!(back, Snapshot { paths: vec![path(1, UPLINK)], ..snapshot() });
    // The connection did not come up in this run; its paths are kept all the same.
    finish(file, back.clone());
    assert_eq!(open(&dir).1, back);
}

#[test]
fn a_damaged_file_is_set_aside_wherever_the_damage_is() {
    let dir = tempfile::tempdir().unwrap();
    let (name, aside) = (dir.path().join("network"), dir.path().join("network.damaged"));
    let good = KIND.encode(&snapshot()).unwrap();
    assert_eq!(KIND.decode::<Snapshot>(&good).unwrap(), snapshot());
    let mut damaged: Vec<Vec<u8>> = (0..good.len()).step_by(41).map(|len| good[..len].to_vec()).collect();
    for at in (0..good.len()).step_by(17) {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        damaged.push(bad);
    }
    // A right sum over what is no snapshot.
    for body in [&b""[..], b"\xc0", b"\x92\xdd\xff\xff\xff\xff\x90", &[0x91; 2000]] {
        damaged.push([&KIND.magic[..], &sha256(&[body]), body].concat());
    }
    for content in damaged {
        fs::write(&name, &content).unwrap();
        assert_eq!(open(&dir).1, Snapshot::default());
        assert!(!name.exists());
        assert_eq!(fs::read(&aside).unwrap(), content);
    }
}

#[test]
fn a_file_from_before_there_were_tunnels_is_read() {
    let path = path(1, UPLINK);
    let record = (
        path.destination,
        &path.interface,
        path.next_hop,
        path.hops,
        path.announce,
        &path.blobs,
        path.touched,
        path.used,
    );
    let body = rmp_serde::to_vec(&(&snapshot().destinations, [record])).unwrap();
    let read = KIND.decode::<Snapshot>(&[&KIND.magic[..], &sha256(&[&body]), &body].concat()).unwrap();
    assert_eq!(
        read,
        Snapshot { paths: vec![PathRecord { copy: None, ..path }], tunnels: vec![], ..snapshot() }
    );
}

#[test]
fn a_file_of_a_newer_version_is_set_aside_and_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let newer = b"roostnet\x02something else";
    fs::write(dir.path().join("network"), newer).unwrap();
    let (file, snapshot) = open(&dir);
    finish(file, snapshot);
    assert_eq!(fs::read(dir.path().join("network.damaged")).unwrap(), newer);
}

#[cfg(unix)]
#[test]
fn whom_this_server_talks_to_is_for_its_owners_eyes_only() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    finish(open(&dir).0, snapshot());
    assert_eq!(fs::metadata(dir.path().join("network")).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_directory_that_cannot_be_written_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (file, _) = NetworkFile::open(dir.path().join("gone/network"), Instant::ZERO);
    finish(file, snapshot());
}

#[test]
fn it_is_written_five_minutes_after_the_start_and_then_every_hour() {
    let dir = tempfile::tempdir().unwrap();
    let (mut file, _) = open(&dir);
    assert_eq!(file.due(), Instant::ZERO.after(FIRST_INTERVAL));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let now = file.due();
        file.note_opened(InterfaceId(4), UPLINK.to_owned());
        file.write_soon(now, snapshot());
        assert_eq!(file.due(), now.after(INTERVAL));
        file.file.settle().await;
    });
    assert_eq!(open(&dir).1.paths, [path(1, UPLINK)]);
}
