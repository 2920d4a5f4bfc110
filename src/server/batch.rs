//! What is made of a batch of inputs inside one transaction: answers, proofs and messages, held back until the commit.
//! Not the commit itself, and not what is allowed; the rules decide that.

use super::acknowledge::Acknowledge;
use super::answers::Answers;
use super::broadcasts::Broadcasts;
use super::directory::Directory;
use super::fetches::Fetches;
use super::hints::Hints;
use super::hosted::Hosted;
use super::icon::with_icon;
use super::inbound::Taken;
use super::keyring::Keyring;
use super::knocks::Knocks;
use super::lender::Lender;
use super::notices::Notices;
use super::outbox::Outbox;
use super::paces::Paces;
use super::propagation::Keeper;
use super::queries::Queries;
use super::relay::plain_text;
use super::seen::Seen;
use super::stamps::StampTerms;
use super::visits::Visits;
use super::{Effect, Input};
use crate::api::{self, Call, ENVELOPE, Failure, Who};
use crate::command;
use crate::group::{Act, Caller, FoundingTerms, GroupId, Language, Sentence, Settings};
use crate::lxmf::{DeliveryToken, MessageHash};
use crate::rns::event::InboundRequest;
use crate::rns::hash::IdentityHash;
use crate::rns::identity::PublicIdentity;
use crate::rns::node::Compression;
use crate::rns::random::Random;
use crate::rns::time::{Instant, Now};
use crate::store::{Outgoing, Priority, StoreError, Transaction};

/// `Link.MDU`: most plaintext in a link packet at the MTU of 500 that every medium has. More means a fast interface.
const BASE_LINK_MDU: usize = 431;

/// One batch: the transaction, what it may look at, and what it wants done afterwards.
pub(super) struct Batch<'a, 't> {
    pub(super) store: &'a Transaction<'t>,
    pub(super) groups: &'a [Hosted],
    pub(super) keyring: &'a Keyring,
    pub(super) random: &'a mut Random,
    pub(super) hints: &'a mut Hints,
    pub(super) answers: &'a mut Answers,
    pub(super) seen: &'a Seen,
    pub(super) fetches: &'a mut Fetches,
    pub(super) directory: &'a mut Directory,
    pub(super) keeper: &'a mut Keeper,
    pub(super) queries: &'a mut Queries,
    pub(super) broadcasts: &'a mut Broadcasts,
    pub(super) paces: &'a mut Paces,
    pub(super) stamps: Option<StampTerms>,
    pub(super) founding: FoundingTerms,
    pub(super) acknowledges: Acknowledge,
    pub(super) knocks: &'a mut Knocks,
    pub(super) visits: &'a mut Visits,
    /// What the stamp of the message in hand is worth.
    pub(super) stamp: Option<u16>,
    pub(super) now: Now,
    pub(super) notices: &'a mut Notices,
    pub(super) outbox: &'a Outbox,
    pub(super) done: Done,
}

/// What a batch wants done once it is on the disk.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) effects: Vec<Effect>,
    /// Messages that were refused because they lack a stamp.
    pub(super) unstamped: u64,
    /// Questions without a link that are not answered.
    pub(super) unanswered: u64,
    /// Is there something new to send, or somebody new to send it to?
    pub(super) queued: bool,
    /// Copies that were given up for want of room.
    pub(super) given_up: u64,
    /// Bytes of answers to requests.
    pub(super) answered: usize,
    /// Commands that were carried out.
    pub(super) commands: Vec<MessageHash>,
    /// Groups that were looked at for who is to be told of news, and when to look again.
    pub(super) looked: Vec<(GroupId, Option<Instant>)>,
    /// Groups that have begun.
    pub(super) founded: Vec<Hosted>,
    /// Groups whose settings are others now.
    pub(super) changed: Vec<(GroupId, Settings)>,
}

/// May a large answer on this link be compressed? It takes longer than it saves where packets are large.
pub(super) const fn compression(link_mdu: usize) -> Compression {
    if link_mdu > BASE_LINK_MDU { Compression::Off } else { Compression::Allowed }
}

impl<'a, 't> Batch<'a, 't> {
    pub(super) fn input(&mut self, input: &Input) -> Result<(), StoreError> {
        self.stamp = None;
        match input {
            Input::Request(request) => self.request(request),
            Input::Query(query) => self.query(query),
            Input::Broadcast(query) => self.broadcast_query(query),
            Input::Propagation(task) => self.propagation(task),
            Input::Ratchet { destination, ratchet } => self.ratchet(*destination, ratchet),
            Input::Command(command) => self.operate(command),
            Input::NameAddressees { ticket } => self.name_addressees(*ticket),
            Input::Emissions { destination, until } => self.emissions(*destination, *until),
            Input::Message { message, author, road, stamp, proof } => {
                let taken = self.message(message, author, (*road, *stamp))?;
                if let (Taken::Yes, DeliveryToken::Entry(id)) = (&taken, proof) {
                    self.store.remember_entry(id.as_bytes())?;
                }
                self.done.effects.push(match taken {
                    Taken::Yes => Effect::Accept(proof.clone()),
                    Taken::No => Effect::Refuse(proof.clone()),
                });
                self.no_longer_kept(proof)
            }
            Input::Heard(people) => people.iter().try_for_each(|person| self.heard(*person)),
            Input::GroupsHeard(announces) => {
                self.groups_heard(announces);
                Ok(())
            }
            // The outbox has taken these.
            Input::Sent(_) => Ok(()),
        }
    }

    fn request(&mut self, request: &InboundRequest) -> Result<(), StoreError> {
        let Some(hosted) = self.groups.iter().find(|hosted| hosted.group == request.destination) else {
            return Ok(());
        };
        let Some(endpoint) = api::endpoint(request.path_hash) else { return Ok(()) };
        let Some(group) = self.store.group(hosted.gid)? else { return Ok(()) };
        if let Some(caller) = &request.caller {
            self.visits.note(self.now.instant, hosted.gid, caller.hash(), self.now.unix);
        }
        let who = Who {
            caller: request
                .caller
                .as_ref()
                .map_or(Caller::Anonymous, |caller| Caller::Identified(caller.hash())),
            key: request.caller.as_ref().map(|caller| *caller.as_bytes()),
            asked_at: request.requested_at,
        };
        let room = request.link_mdu.saturating_sub(ENVELOPE);
        let (store, now) = (self.store, self.now.unix);
        let mut lender = self.lender(hosted, request.caller.as_ref());
        let mut call = Call::new(store, &mut lender, group, who, now, room);
        call.air = request.air;
        let data = api::answer(endpoint, &mut call, &request.data)?;
        let changed = changed(hosted, &call);
        let applied = call.into_applied();
        self.done.changed.extend(changed);
        self.done.answered = self.done.answered.saturating_add(data.len());
        self.done.effects.push(Effect::Respond {
            link: request.link,
            request_id: request.request_id,
            data,
            compress: compression(request.link_mdu),
        });
        self.follow(hosted, &applied)
    }

    /// What is lent to a call in the group `hosted`, of `caller` if it is known who that is.
    pub(super) fn lender<'l>(
        &'l mut self,
        hosted: &'l Hosted,
        caller: Option<&'l PublicIdentity>,
    ) -> Lender<'l> {
        Lender {
            random: self.random,
            fetches: self.fetches,
            knocks: self.knocks,
            stamps: self.stamps,
            stamp: self.stamp,
            directory: self.directory,
            groups: self.groups,
            now: self.now,
            keyring: self.keyring,
            founding: self.founding,
            founded: &mut self.done.founded,
            effects: &mut self.done.effects,
            paces: self.paces,
            hosted,
            caller,
        }
    }

    /// Something that nobody has asked for.
    pub(super) fn act_as_host(&mut self, hosted: &'a Hosted, act: Act) -> Result<(), StoreError> {
        let Some(group) = self.store.group(hosted.gid)? else { return Ok(()) };
        let who = Who { caller: Caller::Host, key: None, asked_at: self.now.unix };
        let (store, now) = (self.store, self.now.unix);
        let mut lender = self.lender(hosted, None);
        let mut call = Call::new(store, &mut lender, group, who, now, command::ONE_PACKET);
        match call.act(act) {
            Ok(_) => {}
            Err(Failure::Refused(refusal)) => tracing::debug!(%refusal, "not done"),
            Err(Failure::Store(error)) => return Err(error),
        }
        let applied = call.into_applied();
        self.follow(hosted, &applied)
    }

    /// Somebody can be reached again.
    fn heard(&mut self, person: IdentityHash) -> Result<(), StoreError> {
        for hosted in self.groups {
            self.done.queued |= self.store.heard(hosted.gid, person, self.now.unix)?;
        }
        Ok(())
    }

    pub(super) fn reply(
        &mut self,
        hosted: &Hosted,
        to: &PublicIdentity,
        priority: Priority,
        sentence: &Sentence,
    ) -> Result<(), StoreError> {
        self.send(hosted, to.hash(), priority, sentence)
    }

    pub(super) fn language(&self, hosted: &Hosted, person: IdentityHash) -> Result<Language, StoreError> {
        Ok(self.store.language(hosted.gid, person)?.unwrap_or(hosted.settings.language))
    }

    /// Leaves a text for somebody to the outbox, in their language.
    pub(super) fn send(
        &mut self,
        hosted: &Hosted,
        to: IdentityHash,
        priority: Priority,
        sentence: &Sentence,
    ) -> Result<(), StoreError> {
        let text = sentence.said_in(self.language(hosted, to)?);
        let message = self.with_ticket(hosted, to, plain_text(self.now.unix, &text))?;
        let payload = with_icon(hosted.icon(), message).payload();
        self.queue(hosted, Outgoing { priority, seq: None, payload: &payload }, &[to])
    }

    /// Leaves a message of ours to the outbox.
    pub(super) fn queue(
        &mut self,
        hosted: &Hosted,
        message: Outgoing<'_>,
        recipients: &[IdentityHash],
    ) -> Result<(), StoreError> {
        self.done.given_up += self.store.queue(hosted.gid, message, recipients, self.now.unix)?;
        self.done.queued = true;
        Ok(())
    }
}

/// The settings that a call has changed.
pub(super) fn changed(hosted: &Hosted, call: &Call<'_, '_>) -> Option<(GroupId, Settings)> {
    let settings = call.settings();
    (*settings != hosted.settings).then(|| (hosted.gid, settings.clone()))
}
