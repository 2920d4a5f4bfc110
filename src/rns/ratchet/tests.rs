use super::*;
use crate::rns::identity::PublicIdentity;

const INTERFACE: InterfaceId = InterfaceId(0);

fn at(secs: u64) -> Now {
    let micros = secs * 1_000_000;
    Now {
        instant: Instant::from_micros(micros),
        unix: UnixTime::from_micros(1_700_000_000_000_000 + i64::try_from(micros).unwrap()),
    }
}

/// A destination's ratchets, and a caller who stores each as soon as it is told to.
struct Fixture {
    ring: Ring,
    identity: Identity,
    random: Random,
    budget: SearchBudget,
    /// Newest first.
    disk: Vec<Ratchet>,
}

fn terms(stored: Vec<Ratchet>) -> RatchetTerms {
    RatchetTerms { stored, interval: RATCHET_INTERVAL, base_key: BaseKey::Accepted }
}

impl Fixture {
    fn new() -> Self {
        let mut random = Random::from_seed([1; 32]);
        let disk = vec![Ratchet::draw(at(0).unix, &mut random)];
        let identity = Identity::generate(&mut random);
        Self { ring: Ring::new(terms(disk.clone())), identity, random, budget: SearchBudget::new(), disk }
    }

    /// Announces with a disk that works.
    fn announce(&mut self, secs: u64) -> [u8; 32] {
        let public = self.ring.turn(at(secs), &mut self.random).unwrap();
        if let Some(ratchet) = self.ring.poll_to_store() {
            self.ring.note_stored(ratchet.id());
            self.disk.insert(0, ratchet);
            self.disk.truncate(RATCHET_COUNT + 1);
        }
        public
    }

    /// A crash, and a start with what is on the disk.
    fn restart(&mut self) {
        self.ring = Ring::new(terms(self.disk.clone()));
    }

    fn encrypt(&mut self, ratchet: Option<&[u8; 32]>) -> Vec<u8> {
        self.identity.public().encrypt(b"hello", ratchet, &mut self.random).unwrap()
    }

    fn decrypt(&mut self, secs: u64, payload: &[u8]) -> Result<Vec<u8>, DropReason> {
        self.ring.decrypt(at(secs).instant, INTERFACE, &self.identity, payload, &mut self.budget)
    }

    fn reads(&mut self, secs: u64, ratchet: Option<[u8; 32]>) -> bool {
        let payload = self.encrypt(ratchet.as_ref());
        self.decrypt(secs, &payload) == Ok(b"hello".to_vec())
    }
}

/// Encrypted for somebody else.
fn garbage(random: &mut Random) -> Vec<u8> {
    let stranger: PublicIdentity = Identity::generate(random).public().clone();
    stranger.encrypt(b"hello", None, random).unwrap()
}

#[test]
fn a_ratchet_changes_only_while_announcing_and_not_within_the_interval() {
    let mut fixture = Fixture::new();
    let first = fixture.announce(0);
    assert_eq!(fixture.announce(1799), first);
    let second = fixture.announce(1800);
    assert_ne!(second, first);
    assert_eq!(fixture.announce(3599), second);
    assert_ne!(fixture.announce(10_000), second);
}

#[test]
fn a_ratchet_is_announced_only_when_it_is_stored() {
    let mut fixture = Fixture::new();
    let first = fixture.ring.turn(at(0), &mut fixture.random).unwrap();
    assert_eq!(first, fixture.disk[0].public());
    let next = fixture.ring.poll_to_store().unwrap();
    for secs in [1800, 5000, 10_000] {
        assert_eq!(fixture.ring.turn(at(secs), &mut fixture.random), Some(first));
        assert_eq!(fixture.ring.poll_to_store(), Some(next.clone()), "it is told again");
        assert_eq!(fixture.ring.turn(at(secs + 59), &mut fixture.random), Some(first));
        assert_eq!(fixture.ring.poll_to_store(), None, "but not all the time");
    }
    fixture.ring.note_stored(RatchetId::from_bytes([0; 10]));
    assert_eq!(fixture.ring.turn(at(10_100), &mut fixture.random), Some(first));
    fixture.ring.note_stored(next.id());
    assert_eq!(fixture.ring.turn(at(10_101), &mut fixture.random), Some(next.public()));
}

#[test]
fn with_nothing_stored_announces_carry_no_ratchet_until_something_is() {
    let mut fixture = Fixture::new();
    fixture.ring = Ring::new(terms(Vec::new()));
    assert_eq!(fixture.ring.turn(at(0), &mut fixture.random), None);
    let drawn = fixture.ring.poll_to_store().unwrap();
    assert_eq!(fixture.ring.turn(at(1), &mut fixture.random), None);
    fixture.ring.note_stored(drawn.id());
    assert_eq!(fixture.ring.turn(at(2), &mut fixture.random), Some(drawn.public()));
}

#[test]
fn the_last_512_announced_ratchets_decrypt_and_no_older_one() {
    let mut fixture = Fixture::new();
    let mut announced: Vec<_> = (0..514).map(|number| fixture.announce(number * 1800)).collect();
    announced.reverse();
    assert_eq!(fixture.ring.announced.len(), RATCHET_COUNT);
    let now = 514 * 1800;
    for age in [0, 1, 2, 100, 511] {
        assert!(fixture.reads(now + age as u64, Some(announced[age])), "{age}");
    }
    assert!(!fixture.reads(now + 1000, Some(announced[512])));
    assert!(fixture.reads(now + 1000, None));
    fixture.restart();
    assert!(fixture.reads(now + 1001, Some(announced[511])));
    assert!(!fixture.reads(now + 1005, Some(announced[512])));
}

#[test]
fn a_restart_reads_messages_to_every_ratchet_that_was_announced() {
    let mut fixture = Fixture::new();
    let mut announced = Vec::new();
    for round in 0..6 {
        for step in 0..3 {
            announced.push(fixture.announce(round * 10_000 + step * 1800));
        }
        fixture.restart();
        for ratchet in announced.clone() {
            assert!(fixture.reads(round * 10_000 + 5000, Some(ratchet)));
        }
    }
    announced.dedup();
    assert_eq!(announced.len(), 18);
}

#[test]
fn a_crash_before_a_ratchet_is_stored_loses_nothing_that_was_announced() {
    let mut fixture = Fixture::new();
    let first = fixture.announce(0);
    let second = fixture.ring.turn(at(1800), &mut fixture.random).unwrap();
    assert!(fixture.ring.poll_to_store().is_some(), "the third, which never reaches the disk");
    fixture.restart();
    assert!(fixture.reads(1801, Some(first)) && fixture.reads(1801, Some(second)));
    assert_eq!(fixture.announce(3600), second);
    let third = fixture.announce(5400);
    assert!(third != first && third != second);
}

#[test]
fn starting_again_and_again_does_not_use_up_ratchets() {
    let mut fixture = Fixture::new();
    let first = fixture.announce(0);
    for secs in 1..100 {
        fixture.restart();
        assert_eq!(fixture.announce(secs), first);
    }
    assert_eq!(fixture.disk.len(), 2);
    fixture.restart();
    assert_ne!(fixture.announce(1800), first);
}

#[test]
fn a_clock_that_was_ahead_once_does_not_stop_the_rotation() {
    let mut fixture = Fixture::new();
    let ahead = fixture.announce(1_000_000_000);
    fixture.restart();
    assert_ne!(fixture.announce(1000), ahead);
}

#[test]
fn enforced_ratchets_refuse_the_base_key() {
    let mut fixture = Fixture::new();
    let first = fixture.announce(0);
    assert!(fixture.reads(1, None));
    let stored = fixture.disk.clone();
    fixture.ring = Ring::new(RatchetTerms { base_key: BaseKey::Refused, ..terms(stored) });
    assert!(fixture.reads(1, Some(first)));
    assert!(!fixture.reads(1, None));
}

#[test]
fn a_flood_of_garbage_costs_each_interface_its_share_and_all_together_theirs() {
    let mut fixture = Fixture::new();
    (0..600).for_each(|number| assert_eq!(fixture.announce(number * 1800).len(), 32));
    let old = fixture.ring.announced[300].public();
    let message = fixture.encrypt(Some(&old));
    let recent = fixture.announce(600 * 1800);
    let start = 600 * 1800;
    let Fixture { ring, identity, mut random, mut budget, .. } = fixture;
    let garbage = garbage(&mut random);
    let fresh = identity.public().encrypt(b"hello", Some(&recent), &mut random).unwrap();
    let mut refused = 0;
    // How many tries a packet costs, and whether it was read.
    let mut hear = |secs: u64, interface: u64, payload: &[u8]| {
        let now = at(start + secs).instant;
        let before = budget.together.level(now);
        let outcome = ring.decrypt(now, InterfaceId(interface), &identity, payload, &mut budget);
        refused += u32::from(outcome == Err(DropReason::SearchBudget));
        (before - budget.together.level(now), outcome.is_ok())
    };

    // One interface: two whole searches at once, then one per second.
    let at_once: usize = (0..50).map(|_| hear(0, 1, &garbage).0).sum();
    assert_eq!(at_once, PER_INTERFACE.burst);
    let later: usize = (1..=10).flat_map(|secs| [secs; 20]).map(|secs| hear(secs, 1, &garbage).0).sum();
    assert_eq!(later, 5120);
    // What needs no search is read there all the same; what does, elsewhere.
    assert_eq!(hear(10, 1, &fresh), (0, true));
    assert_eq!(hear(10, 1, &message), (0, false));
    assert!(hear(10, 2, &message).1);
    // Many interfaces: no more than all may cost together.
    let many: usize = (0..200).map(|interface| hear(20, interface, &garbage).0).sum();
    assert_eq!(many, TOGETHER.burst);
    assert!(refused > 400);
}

#[test]
fn a_ratchet_shows_nothing_of_its_key() {
    let ratchet = Ratchet::draw(at(0).unix, &mut Random::from_seed([7; 32]));
    assert_eq!(format!("{ratchet:?}"), "Ratchet(…)");
    let spec = Ratchets::On(terms(vec![ratchet.clone()]));
    assert!(format!("{spec:?}").contains("[Ratchet(…)]"));
    assert_ne!(ratchet, Ratchet::draw(at(0).unix, &mut Random::from_seed([8; 32])));
}
