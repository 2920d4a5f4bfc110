//! What is made of a batch of inputs inside one transaction: answers, proofs and messages, held back until the commit.
//! Not the commit itself, and not what is allowed; the rules decide that.

use super::acknowledge::Acknowledge;
use super::answers::{Answers, Asker};
use super::directory::Directory;
use super::fetches::Fetches;
use super::hints::Hints;
use super::hosted::Hosted;
use super::icon::with_icon;
use super::keyring::Keyring;
use super::knocks::Knocks;
use super::lender::Lender;
use super::notices::Notices;
use super::paces::Paces;
use super::propagation::Keeper;
use super::relay::plain_text;
use super::seen::Seen;
use super::stamps::StampTerms;
use super::visits::Visits;
use super::{Effect, Input};
use crate::api::{self, Access, Applied, Call, ENVELOPE, Failure, Who};
use crate::command::{self, Command, Parsed};
use crate::group::{
    Act, Authorship, Body, Caller, FoundingTerms, GroupId, Language, Permission, Post, Refusal, RefusalCode,
    Sentence, Settings,
};
use crate::lxmf::{DeliveryToken, MessageHash, Road, SignedMessage, StampState};
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
    pub(super) done: Done,
}

/// What a batch wants done once it is on the disk.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) effects: Vec<Effect>,
    /// Messages that were refused because they lack a stamp.
    pub(super) unstamped: u64,
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
            Input::Propagation(task) => self.propagation(task),
            Input::Ratchet { destination, ratchet } => self.ratchet(*destination, ratchet),
            Input::Command(command) => self.operate(command),
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

    fn message(
        &mut self,
        message: &SignedMessage,
        author: &PublicIdentity,
        came: (Road, StampState),
    ) -> Result<Taken, StoreError> {
        let groups = self.groups;
        let Some(hosted) = groups.iter().find(|hosted| hosted.delivery == message.destination) else {
            return Ok(Taken::No);
        };
        // Two groups that are each other's members would talk for ever.
        if groups.iter().any(|hosted| hosted.identity.hash() == author.hash()) {
            return Ok(Taken::No);
        }
        self.visits.note(self.now.instant, hosted.gid, author.hash(), self.now.unix);
        // What waits for them may be the answer that they ask for again.
        if matches!(came.0, Road::Opportunistic | Road::Link) {
            self.done.queued |= self.store.heard(hosted.gid, author.hash(), self.now.unix)?;
        }
        if self.is_done(&message.hash) {
            return Ok(Taken::Yes);
        }
        if let Some(terms) = self.lacks_stamp(hosted, message, author.hash(), came.1)? {
            self.done.unstamped += 1;
            let ban = self.store.ban(hosted.gid, author.hash())?;
            let is_banned = ban.is_some_and(|ban| ban.holds(self.now.unix));
            if !is_banned && self.hints.allow_about_stamps(self.now.instant, hosted.gid, author.hash()) {
                self.reply(hosted, author, Priority::Notice, terms.hint())?;
            }
            return Ok(Taken::No);
        }
        self.stamp = match came.1 {
            StampState::Valid(value) => Some(value),
            StampState::NotAsked | StampState::Ticket(_) | StampState::Missing | StampState::Invalid => None,
        };
        let taken = self.read(hosted, message, author, came.0)?;
        self.keep_ticket(hosted, message, author.hash())?;
        Ok(taken)
    }

    /// Carries out what a message says, or posts it.
    fn read(
        &mut self,
        hosted: &'a Hosted,
        message: &SignedMessage,
        author: &PublicIdentity,
        road: Road,
    ) -> Result<Taken, StoreError> {
        let text = String::from_utf8_lossy(&message.message.content);
        let outcome = match command::parse(&text) {
            Parsed::Command(command, arguments) => match command.access {
                Access::Read(_) => self.question(hosted, message, author, command, arguments),
                Access::Act(_) => self.command(hosted, message, author, command, arguments),
            },
            Parsed::Nearly(command) => self.nearly(hosted, message, author, command),
            Parsed::Text => self.post(hosted, message, author, road),
        };
        match outcome {
            Ok(taken) => Ok(taken),
            Err(Failure::Refused(refusal)) => {
                if self.hints.allow(self.now.instant, hosted.gid, author.hash(), refusal.code) {
                    let language = self.language(hosted, author.hash())?;
                    self.reply(hosted, author, Priority::Notice, hint(refusal, language))?;
                }
                Ok(Taken::No)
            }
            Err(Failure::Store(error)) => Err(error),
        }
    }

    /// A command that changes something. Anybody may send commands but who is banned: no answer is worth the air.
    fn command(
        &mut self,
        hosted: &'a Hosted,
        message: &SignedMessage,
        author: &PublicIdentity,
        command: &Command,
        arguments: &str,
    ) -> Result<Taken, Failure> {
        // Who has recorded a member's message could play it again at any time.
        if self.store.command_is_done(hosted.gid, message.hash.as_bytes())? {
            return Ok(Taken::Yes);
        }
        let before = self.asker(hosted, author)?;
        let (answer, applied) = self.in_call(hosted, message, author, |call| {
            call.check(Permission::Join)?;
            command::run(command, call, arguments)
        })?;
        let asker = if before == Asker::Stranger { self.asker(hosted, author)? } else { before };
        if asker != Asker::Stranger {
            self.store.remember_command(hosted.gid, message.hash.as_bytes())?;
        }
        if self.answers.allow(self.now.instant, hosted.gid, author.hash(), asker) {
            self.reply(hosted, author, Priority::Answer, answer)?;
        }
        self.done.commands.push(message.hash);
        self.follow(hosted, &applied)?;
        Ok(Taken::Yes)
    }

    /// A command that only asks. One that may not be answered now is not taken: its sender tries again.
    fn question(
        &mut self,
        hosted: &'a Hosted,
        message: &SignedMessage,
        author: &PublicIdentity,
        command: &Command,
        arguments: &str,
    ) -> Result<Taken, Failure> {
        self.answered(hosted, message, author, |call| command::run(command, call, arguments))
    }

    fn nearly(
        &mut self,
        hosted: &'a Hosted,
        message: &SignedMessage,
        author: &PublicIdentity,
        command: &Command,
    ) -> Result<Taken, Failure> {
        self.answered(hosted, message, author, |call| call.say(&[command::hint(command)]))
    }

    fn answered(
        &mut self,
        hosted: &'a Hosted,
        message: &SignedMessage,
        author: &PublicIdentity,
        answer: impl FnOnce(&mut Call<'_, '_>) -> Result<String, Failure>,
    ) -> Result<Taken, Failure> {
        self.in_call(hosted, message, author, |call| call.check(Permission::Join))?;
        let asker = self.asker(hosted, author)?;
        if !self.answers.allow(self.now.instant, hosted.gid, author.hash(), asker) {
            return Ok(Taken::No);
        }
        let (answer, _) = self.in_call(hosted, message, author, answer)?;
        self.reply(hosted, author, Priority::Answer, answer)?;
        self.done.commands.push(message.hash);
        Ok(Taken::Yes)
    }

    fn asker(&self, hosted: &Hosted, author: &PublicIdentity) -> Result<Asker, StoreError> {
        let member = self.store.member(hosted.gid, author.hash())?;
        Ok(Asker::of(member.as_ref(), self.now.unix))
    }

    fn post(
        &mut self,
        hosted: &'a Hosted,
        message: &SignedMessage,
        author: &PublicIdentity,
        road: Road,
    ) -> Result<Taken, Failure> {
        let post = signed_post(hosted.gid, message, author.hash());
        let ((), applied) = self.in_call(hosted, message, author, |call| {
            call.act(Act::Post(post))?;
            Ok(())
        })?;
        self.acknowledge(hosted, author, road, &applied)?;
        self.follow(hosted, &applied)?;
        Ok(Taken::Yes)
    }

    fn in_call<T>(
        &mut self,
        hosted: &'a Hosted,
        message: &SignedMessage,
        author: &PublicIdentity,
        work: impl FnOnce(&mut Call<'_, '_>) -> Result<T, Failure>,
    ) -> Result<(T, Vec<Applied>), Failure> {
        let group = self.store.group(hosted.gid)?.ok_or(StoreError::Conflict { found: None })?;
        let who = Who {
            caller: Caller::Identified(author.hash()),
            key: Some(*author.as_bytes()),
            asked_at: message.message.time,
        };
        let (store, now) = (self.store, self.now.unix);
        let mut lender = self.lender(hosted, Some(author));
        let mut call = Call::new(store, &mut lender, group, who, now, command::ONE_PACKET);
        call.signed = Some(authorship(message));
        let value = work(&mut call)?;
        let changed = changed(hosted, &call);
        let applied = call.into_applied();
        self.done.changed.extend(changed);
        Ok((value, applied))
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

    fn is_done(&self, hash: &MessageHash) -> bool {
        self.seen.contains(hash) || self.done.commands.contains(hash)
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
        sentence: impl Into<Sentence>,
    ) -> Result<(), StoreError> {
        self.send(hosted, to.hash(), priority, sentence)
    }

    pub(super) fn language(&self, hosted: &Hosted, person: IdentityHash) -> Result<Language, StoreError> {
        Ok(self.store.language(hosted.gid, person)?.unwrap_or(Language::English))
    }

    /// Leaves a text for somebody to the outbox, in their language.
    pub(super) fn send(
        &mut self,
        hosted: &Hosted,
        to: IdentityHash,
        priority: Priority,
        sentence: impl Into<Sentence>,
    ) -> Result<(), StoreError> {
        let text = sentence.into().said_in(self.language(hosted, to)?);
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

/// Is a message stored or carried out, so that its delivery may be proved?
enum Taken {
    Yes,
    No,
}

fn signed_post(gid: GroupId, message: &SignedMessage, author: IdentityHash) -> Post {
    let said = &message.message;
    let body = Body::from_payload(&message.payload).unwrap_or_else(|| Body::Plain {
        title: said.title.clone(),
        text: said.content.clone(),
        fields: said.fields.clone(),
    });
    Post::new(gid, author, said.time, body, authorship(message))
}

fn authorship(message: &SignedMessage) -> Authorship {
    Authorship::Lxmf {
        destination: message.destination,
        source: message.source,
        payload: message.payload.clone(),
        signature: message.signature,
        message_hash: *message.hash.as_bytes(),
    }
}

/// What to tell somebody whose message is not taken.
fn hint(refusal: Refusal, language: Language) -> String {
    match refusal.code {
        RefusalCode::NotMember => Sentence::NothingPostedJoin.said_in(language),
        _ => command::refused(refusal, language),
    }
}
