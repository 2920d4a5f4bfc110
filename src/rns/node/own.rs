//! A destination of this node: what is registered, and the announces that were signed for it.
//! Not the packets and links that come in for it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::rns::announce::{Announce, AnnounceKind, MAX_APP_DATA, MAX_APP_DATA_WITH_RATCHET, RandomBlob};
use crate::rns::destination::{DestinationSpec, KnownDestination, destination_hash, name_hash};
use crate::rns::error::{DropReason, MisuseError};
use crate::rns::hash::{DestinationHash, NameHash, PathHash};
use crate::rns::interface::InterfaceId;
use crate::rns::random::Random;
use crate::rns::ratchet::{Ratchet, RatchetId, Ratchets, Ring, SearchBudget};
use crate::rns::time::{Instant, Now};

/// An emission time has whole seconds, and of two with the same one the second moves no path. So a further
/// announce within a second is dated ahead, by so many seconds at most.
const MAX_AHEAD: u64 = 3;
/// One signed path response serves everybody who asks within this time, each interface once.
const RESPONSE_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug)]
struct Response {
    signed: Instant,
    frame: Vec<u8>,
    sent_on: BTreeSet<InterfaceId>,
}

/// A registered destination.
#[derive(Debug)]
pub(super) struct Own {
    spec: DestinationSpec,
    name: NameHash,
    last_emission: u64,
    response: Option<Response>,
    ratchets: Option<Ring>,
}

impl Own {
    pub(super) fn new(mut spec: DestinationSpec) -> Self {
        let ratchets = match std::mem::replace(&mut spec.ratchets, Ratchets::Off) {
            Ratchets::On(terms) => Some(Ring::new(terms)),
            Ratchets::Off => None,
        };
        Self { name: name_hash(&spec.full_name), spec, last_emission: 0, response: None, ratchets }
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
        let clock = now.unix.as_secs();
        self.last_emission =
            clock.max(self.last_emission.saturating_add(1)).min(clock.saturating_add(MAX_AHEAD));
        let blob = RandomBlob::draw(self.last_emission, random);
        let ratchet = self.ratchets.as_mut().and_then(|ring| ring.turn(now, random));
        Announce::sign(&self.spec.identity, self.name, blob, ratchet.as_ref(), &self.spec.app_data, kind)
    }

    /// The answer to a path request that came in on `interface`.
    pub(super) fn path_response(
        &mut self,
        now: Now,
        interface: InterfaceId,
        random: &mut Random,
    ) -> Result<Vec<u8>, DropReason> {
        let recent = self.response.take_if(|response| now.instant.since(response.signed) < RESPONSE_INTERVAL);
        let mut response = match recent {
            Some(recent) => recent,
            None => Response {
                signed: now.instant,
                frame: self
                    .announce(now, AnnounceKind::PathResponse, random)
                    .map_err(|_| DropReason::NotServed)?,
                sent_on: BTreeSet::new(),
            },
        };
        let frame = response.frame.clone();
        let first = response.sent_on.insert(interface);
        self.response = Some(response);
        if first { Ok(frame) } else { Err(DropReason::Duplicate) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn two_announces_never_have_one_emission_time_and_run_little_ahead() {
        let (mut own, mut random) = (own(), Random::from_seed([1; 32]));
        let mut next = |secs| emission(&own.announce(at(secs), AnnounceKind::Live, &mut random).unwrap());
        assert_eq!([next(10), next(10), next(10), next(11)], [10, 11, 12, 13]);
        assert_eq!([next(11), next(11), next(11)], [14, 14, 14]);
        assert_eq!([next(12), next(60)], [15, 60]);
    }

    #[test]
    fn a_clock_set_back_is_not_outrun() {
        let (mut own, mut random) = (own(), Random::from_seed([1; 32]));
        own.announce(at(10_000), AnnounceKind::Live, &mut random).unwrap();
        let frame = own.announce(at(10), AnnounceKind::Live, &mut random).unwrap();
        assert_eq!(emission(&frame), 13);
    }

    #[test]
    fn a_flood_of_path_requests_costs_one_signature_per_second() {
        let (mut own, mut random) = (own(), Random::from_seed([1; 32]));
        let first = own.path_response(at(0), InterfaceId(0), &mut random).unwrap();
        for _ in 0..100 {
            assert_eq!(own.path_response(at(0), InterfaceId(0), &mut random), Err(DropReason::Duplicate));
        }
        assert_eq!(own.path_response(at(0), InterfaceId(1), &mut random), Ok(first.clone()));
        let second = own.path_response(at(1), InterfaceId(0), &mut random).unwrap();
        assert!(emission(&second) > emission(&first));
    }
}
