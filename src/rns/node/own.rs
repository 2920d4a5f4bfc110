//! A destination of this node: what is registered, and the announces that were signed for it.
//! Not the packets and links that come in for it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::rns::air::Channel;
use crate::rns::announce::{Announce, AnnounceKind, MAX_APP_DATA, MAX_APP_DATA_WITH_RATCHET, RandomBlob};
use crate::rns::destination::{DestinationSpec, KnownDestination, destination_hash, name_hash};
use crate::rns::error::{DropReason, MisuseError};
use crate::rns::hash::{DestinationHash, NameHash, PathHash};
use crate::rns::interface::InterfaceId;
use crate::rns::random::Random;
use crate::rns::ratchet::{Ratchet, RatchetId, Ratchets, Ring, SearchBudget};
use crate::rns::time::{Instant, Now};

/// So many seconds of emission times are told at once to be taken: nobody writes to a disk for every announce.
const EMISSIONS_TAKEN: u64 = 30;
/// One signed path response serves everybody who asks within this time, each interface once.
const RESPONSE_INTERVAL: Duration = Duration::from_secs(1);
/// On a radio, once in so many times as long as it is on the air: who asks again earlier has not waited for the answer.
const RESPONSE_AIRTIMES: u32 = 4;

#[derive(Debug)]
struct Response {
    signed: Instant,
    frame: Vec<u8>,
    /// Until when it serves them.
    sent_on: BTreeMap<InterfaceId, Instant>,
}

/// A registered destination.
#[derive(Debug)]
pub(super) struct Own {
    spec: DestinationSpec,
    name: NameHash,
    /// An emission time has whole seconds, and of two with the same one, or with an older one, the second moves no path.
    /// So a further announce within a second, or after the clock was set back, is dated ahead.
    last_emission: u64,
    /// The highest emission time that a restart will know to be taken, if anybody keeps that.
    taken: Option<u64>,
    taken_to_store: Option<u64>,
    response: Option<Response>,
    ratchets: Option<Ring>,
}

impl Own {
    pub(super) fn new(mut spec: DestinationSpec) -> Self {
        let ratchets = match std::mem::replace(&mut spec.ratchets, Ratchets::Off) {
            Ratchets::On(terms) => Some(Ring::new(terms)),
            Ratchets::Off => None,
        };
        Self {
            name: name_hash(&spec.full_name),
            spec,
            last_emission: 0,
            taken: None,
            taken_to_store: None,
            response: None,
            ratchets,
        }
    }

    pub(super) const fn spec(&self) -> &DestinationSpec {
        &self.spec
    }

    pub(super) fn hash(&self) -> DestinationHash {
        destination_hash(self.name, self.spec.identity.hash())
    }

    /// What an announce of it would make others know.
    pub(super) fn known(&self) -> KnownDestination {
        let app_data = (!self.spec.app_data.is_empty()).then(|| self.spec.app_data.clone());
        KnownDestination { identity: self.spec.identity.public().clone(), app_data, ratchet: None }
    }

    /// Registered once more: the new terms hold, emission times and ratchets go on.
    pub(super) fn replace(&mut self, newer: Self) {
        self.spec = newer.spec;
        self.response = None;
        match (&mut self.ratchets, newer.ratchets) {
            (Some(ring), Some(newer)) => ring.set_terms_of(&newer),
            (ratchets, newer) => *ratchets = newer,
        }
    }

    /// Most app data that its announces have room for.
    pub(super) const fn max_app_data(&self) -> usize {
        if self.ratchets.is_some() { MAX_APP_DATA_WITH_RATCHET } else { MAX_APP_DATA }
    }

    /// A ratchet that is to be stored before it is announced.
    pub(super) fn poll_to_store(&mut self) -> Option<Ratchet> {
        self.ratchets.as_mut().and_then(Ring::poll_to_store)
    }

    pub(super) fn note_stored(&mut self, ratchet: RatchetId) {
        if let Some(ring) = &mut self.ratchets {
            ring.note_stored(ratchet);
        }
    }

    /// The emission time up to which all are taken, if it is higher than it was.
    pub(super) fn poll_emission_to_store(&mut self) -> Option<u64> {
        self.taken_to_store.take()
    }

    /// Emission times up to this one are taken, and from now on it is told which are.
    pub(super) fn date_after(&mut self, emission: u64) {
        self.last_emission = self.last_emission.max(emission);
        self.taken = self.taken.max(Some(emission));
    }

    /// The plaintext of a packet to it.
    pub(super) fn decrypt(
        &self,
        now: Instant,
        interface: InterfaceId,
        payload: &[u8],
        budget: &mut SearchBudget,
    ) -> Result<Vec<u8>, DropReason> {
        let identity = &self.spec.identity;
        match &self.ratchets {
            Some(ring) => ring.decrypt(now, interface, identity, payload, budget),
            None => identity.decrypt(payload, &[], false).map_err(|_| DropReason::Undecryptable),
        }
    }

    /// What was encrypted to it, with whichever key.
    pub(super) fn unseal(&self, sealed: &[u8]) -> Result<Vec<u8>, DropReason> {
        let identity = &self.spec.identity;
        match &self.ratchets {
            Some(ring) => ring.unseal(identity, sealed),
            None => identity.decrypt(sealed, &[], false).map_err(|_| DropReason::Undecryptable),
        }
    }

    pub(super) fn set_request_paths(&mut self, paths: Vec<PathHash>) {
        self.spec.request_paths = paths;
    }

    pub(super) fn set_app_data(&mut self, app_data: Vec<u8>) {
        self.spec.app_data = app_data;
        self.response = None;
    }

    /// A newly signed announce.
    pub(super) fn announce(
        &mut self,
        now: Now,
        kind: AnnounceKind,
        random: &mut Random,
    ) -> Result<Vec<u8>, MisuseError> {
        self.last_emission = now.unix.as_secs().max(self.last_emission.saturating_add(1));
        if self.taken.is_some_and(|taken| taken < self.last_emission) {
            self.taken = Some(self.last_emission.saturating_add(EMISSIONS_TAKEN));
            self.taken_to_store = self.taken;
        }
        let blob = RandomBlob::draw(self.last_emission, random);
        let ratchet = self.ratchets.as_mut().and_then(|ring| ring.turn(now, random));
        Announce::sign(&self.spec.identity, self.name, blob, ratchet.as_ref(), &self.spec.app_data, kind)
    }

    /// The answer to a path request that came in on `interface`, which may be a radio's.
    pub(super) fn path_response(
        &mut self,
        now: Now,
        interface: InterfaceId,
        air: Option<Channel>,
        random: &mut Random,
    ) -> Result<Vec<u8>, DropReason> {
        if let Some(last) = &mut self.response {
            last.sent_on.retain(|_, until| now.instant < *until);
            if last.sent_on.contains_key(&interface) {
                return Err(DropReason::Duplicate);
            }
        }
        let (last, mut sent_on) = match self.response.take() {
            Some(Response { signed, frame, sent_on }) => (Some((signed, frame)), sent_on),
            None => (None, BTreeMap::new()),
        };
        let is_recent = |(signed, _): &(Instant, Vec<u8>)| now.instant.since(*signed) < RESPONSE_INTERVAL;
        let (signed, frame) = match last.filter(is_recent) {
            Some(last) => last,
            None => {
                let announce = self.announce(now, AnnounceKind::PathResponse, random);
                (now.instant, announce.map_err(|_| DropReason::NotServed)?)
            }
        };
        let on_air = air.map_or(Duration::ZERO, |air| air.time_on_air(frame.len()));
        let serves = RESPONSE_INTERVAL.max(on_air.saturating_mul(RESPONSE_AIRTIMES));
        sent_on.insert(interface, now.instant.after(serves));
        self.response = Some(Response { signed, frame: frame.clone(), sent_on });
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::airtime::Modulation;
    use crate::rns::identity::Identity;
    use crate::rns::packet::Packet;
    use crate::rns::time::UnixTime;

    fn own() -> Own {
        Own::new(DestinationSpec {
            identity: Identity::from_private_bytes(&[5; 64]),
            full_name: "meshchat.group".to_owned(),
            app_data: Vec::new(),
            request_paths: Vec::new(),
            max_resource: 0,
            ratchets: Ratchets::Off,
        })
    }

    fn at(secs: i64) -> Now {
        Now {
            instant: Instant::from_micros(u64::try_from(secs).unwrap() * 1_000_000),
            unix: UnixTime::from_micros((1_700_000_000 + secs) * 1_000_000),
        }
    }

    fn emission(frame: &[u8]) -> u64 {
        Announce::validate(&Packet::parse(frame).unwrap()).unwrap().random_blob.emission() - 1_700_000_000
    }

    #[test]
    fn two_announces_never_have_one_emission_time() {
        let (mut own, mut random) = (own(), Random::from_seed([1; 32]));
        let mut next = |secs| emission(&own.announce(at(secs), AnnounceKind::Live, &mut random).unwrap());
        assert_eq!([next(10), next(10), next(10), next(11)], [10, 11, 12, 13]);
        assert_eq!([next(11), next(12), next(60)], [14, 15, 60]);
    }

    #[test]
    fn announces_are_newer_than_all_before_whatever_the_clock_says() {
        let (mut own, mut random) = (own(), Random::from_seed([1; 32]));
        own.announce(at(10_000), AnnounceKind::Live, &mut random).unwrap();
        let frame = own.announce(at(10), AnnounceKind::Live, &mut random).unwrap();
        assert_eq!(emission(&frame), 10_001);
        own.date_after(1_700_000_000 + 20_000);
        let frame = own.announce(at(11), AnnounceKind::Live, &mut random).unwrap();
        assert_eq!(emission(&frame), 20_001);
    }

    #[test]
    fn emission_times_are_told_to_be_taken_before_they_are_used_up_and_not_each_time() {
        let (mut own, mut random) = (own(), Random::from_seed([1; 32]));
        let mut told = Vec::new();
        own.date_after(0);
        for second in 0..100 {
            let frame = own.announce(at(second), AnnounceKind::Live, &mut random).unwrap();
            told.extend(own.poll_emission_to_store().map(|until| until - 1_700_000_000));
            assert!(told.last().is_some_and(|until| *until >= emission(&frame)));
        }
        assert_eq!(told, [30, 61, 92, 123]);
    }

    #[test]
    fn a_flood_of_path_requests_costs_one_signature_per_second() {
        let (mut own, mut random) = (own(), Random::from_seed([1; 32]));
        let first = own.path_response(at(0), InterfaceId(0), None, &mut random).unwrap();
        for _ in 0..100 {
            assert_eq!(
                own.path_response(at(0), InterfaceId(0), None, &mut random),
                Err(DropReason::Duplicate)
            );
        }
        assert_eq!(own.path_response(at(0), InterfaceId(1), None, &mut random), Ok(first.clone()));
        let second = own.path_response(at(1), InterfaceId(0), None, &mut random).unwrap();
        assert!(emission(&second) > emission(&first));
    }
    #[test]
    fn on_a_slow_radio_who_asks_for_the_way_again_before_the_answer_can_be_there_gets_no_second_one() {
        let (mut own, mut random) = (own(), Random::from_seed([1; 32]));
        let slow = Channel::Lora(Modulation::new(11, 125_000, 5).unwrap());
        // 167 bytes are three seconds on the air there.
        let asked: Vec<i64> = (0..60)
            .step_by(4)
            .filter(|second| own.path_response(at(*second), InterfaceId(0), Some(slow), &mut random).is_ok())
            .collect();
        assert_eq!(asked, [0, 16, 32, 48]);
        assert!(own.path_response(at(49), InterfaceId(1), None, &mut random).is_ok());
    }
}
