//! What the server lends to one call: what neither the store nor the group knows.
//! Not the call.

use super::Effect;
use super::broadcasts;
use super::directory::Directory;
use super::fetches::Fetches;
use super::hosted::Hosted;
use super::keyring::Keyring;
use super::knocks::Knocks;
use super::paces::Paces;
use super::stamps::StampTerms;
use crate::api::linkless::Epoch;
use crate::api::{CheckedMessage, Host, HostedAs};
use crate::group::moderation::Pace;
use crate::group::{FoundingTerms, GroupId, Seq};
use crate::lxmf::SignedMessage;
use crate::lxmf::message::delivery_destination;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::identity::PublicIdentity;
use crate::rns::random::Random;
use crate::rns::time::{Now, UnixTime};
use crate::store::{StoreError, Transaction};

/// Lent to a call in one group.
pub(super) struct Lender<'a> {
    pub(super) random: &'a mut Random,
    pub(super) fetches: &'a mut Fetches,
    pub(super) knocks: &'a mut Knocks,
    pub(super) stamps: Option<StampTerms>,
    /// What the stamp of the message that is read is worth.
    pub(super) stamp: Option<u16>,
    pub(super) paces: &'a mut Paces,
    pub(super) directory: &'a mut Directory,
    pub(super) groups: &'a [Hosted],
    pub(super) now: Now,
    pub(super) keyring: &'a Keyring,
    pub(super) founding: FoundingTerms,
    /// Groups that have just begun.
    pub(super) founded: &'a mut Vec<Hosted>,
    /// What is done once all is stored.
    pub(super) effects: &'a mut Vec<Effect>,
    /// The group.
    pub(super) hosted: &'a Hosted,
    /// Who calls, if that is known.
    pub(super) caller: Option<&'a PublicIdentity>,
}

impl Host for Lender<'_> {
    fn delivery(&self) -> DestinationHash {
        self.hosted.delivery
    }

    fn group(&self) -> DestinationHash {
        self.hosted.group
    }

    fn stamp_brought(&self) -> Option<u16> {
        self.stamp
    }

    fn stamp_cost(&self) -> Option<u8> {
        self.stamps.map(|terms| terms.cost).max(self.hosted.stamp_cost())
    }

    fn may_knock(&mut self, person: IdentityHash) -> bool {
        self.knocks.allow(self.now.instant, self.hosted.gid, person)
    }

    fn check_signed(&self, payload: &[u8], signature: &[u8; 64]) -> Option<CheckedMessage> {
        let author = self.caller?;
        let source = delivery_destination(author.hash());
        let message = SignedMessage::from_parts(self.hosted.delivery, source, *signature, payload).ok()?;
        message.verify(author).then(|| CheckedMessage {
            source,
            message_hash: *message.hash.as_bytes(),
            time: message.message.time,
        })
    }

    fn note_fetch(&mut self, person: IdentityHash, seq: Seq) {
        // Without a proof of who it was, anybody may have asked.
        if self.caller.is_some() {
            self.fetches.note(self.now.instant, self.hosted.gid, person, seq);
        }
    }

    fn write_fetches(&mut self, store: &Transaction<'_>) -> Result<(), StoreError> {
        self.fetches.write(store)
    }

    fn pace(&self, person: IdentityHash) -> Pace {
        self.paces.of(self.hosted.gid, person)
    }

    fn set_pace(&mut self, person: IdentityHash, pace: Pace) {
        self.paces.set(self.hosted.gid, person, pace);
    }

    fn broadcast_key(&mut self, store: &Transaction<'_>) -> Result<Epoch, StoreError> {
        broadcasts::hand_out(store, self.keyring, self.hosted, self.random)
    }

    fn hosted(&self) -> Vec<HostedAs> {
        self.groups.iter().chain(&*self.founded).map(Hosted::reached).collect()
    }

    fn founding_terms(&self) -> FoundingTerms {
        self.founding
    }

    fn host_group(&mut self, store: &Transaction<'_>, gid: GroupId) -> Result<HostedAs, StoreError> {
        let hosted = Hosted::begin(store, self.keyring, gid, self.now, self.random)?;
        let reached = hosted.reached();
        self.founded.push(hosted);
        Ok(reached)
    }

    fn announce(&mut self) {
        self.effects.push(self.hosted.reannounce());
    }

    fn delivery_of(&self, identity: IdentityHash) -> DestinationHash {
        delivery_destination(identity)
    }

    fn directory(&mut self, store: &Transaction<'_>, now: UnixTime) -> Result<bool, StoreError> {
        self.directory.write(store, now)?;
        Ok(self.directory.keeps)
    }

    fn random(&mut self) -> [u8; 16] {
        self.random.bytes()
    }
}
