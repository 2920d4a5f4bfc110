//! Emission times of announces over restarts.

use super::{House, Input, person, start};
use crate::rns::time::{Now, UnixTime};
use crate::server::Server;
use crate::store::{KeyPurpose, Store};

fn later(secs: i64) -> Now {
    Now { unix: UnixTime::from_micros(start().unix.as_micros() + secs * 1_000_000), ..start() }
}

fn last_emission(path: &std::path::Path, now: Now) -> u64 {
    Server::open(path, &person("host"), None, now, [8; 32]).unwrap().hosted_groups()[0].last_emission
}

#[test]
fn a_restart_knows_up_to_when_announces_were_dated_whatever_the_clock_says() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    let mut house = House::with_store(Store::open(&path).unwrap());
    assert_eq!(house.group.last_emission, 0, "nothing was announced yet");
    let until = start().unix.as_secs() + 100;
    let told = [(house.group.group, 50), (house.group.delivery, 100), (house.group.group, 70)];
    for (destination, ahead) in told {
        let until = start().unix.as_secs() + ahead;
        assert_eq!(house.handle(vec![Input::Emissions { destination, until }]), []);
    }
    let stranger =
        Input::Emissions { destination: crate::rns::hash::DestinationHash::from_bytes([1; 16]), until: 1 };
    assert_eq!(house.handle(vec![stranger]), []);
    let rows = house.with(|store, gid| store.keys(gid).unwrap());
    assert_eq!(rows.iter().filter(|row| row.purpose == KeyPurpose::LastAnnounce).count(), 1);
    drop(house);
    assert_eq!(last_emission(&path, start()), until);
    assert_eq!(last_emission(&path, later(-86_400)), until);
    // An announce just before a crash may not have been noted.
    assert_eq!(last_emission(&path, later(300)), later(300).unix.as_secs());
}
