//! A message to a group: carried out as a command, or posted, or refused with a word.
//! Not how it came in, and not the transaction around it.

use super::answers::Asker;
use super::batch::{Batch, changed};
use super::hosted::Hosted;
use crate::api::{Access, Applied, Call, Failure, Who};
use crate::command::{self, Command, Parsed};
use crate::group::{
    Act, Authorship, Body, Caller, GroupId, Language, Permission, Post, Refusal, RefusalCode, Sentence,
};
use crate::lxmf::{MessageHash, Road, SignedMessage, StampState};
use crate::rns::hash::IdentityHash;
use crate::rns::identity::PublicIdentity;
use crate::store::{Priority, StoreError};

impl<'a> Batch<'a, '_> {
    pub(super) fn message(
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
                self.reply(hosted, author, Priority::Notice, &terms.hint())?;
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
                Access::Read(_) => {
                    self.answered(hosted, message, author, |call| command::run(command, call, arguments))
                }
                Access::Act(_) => self.command(hosted, message, author, command, arguments),
            },
            Parsed::Nearly(command) => {
                self.answered(hosted, message, author, |call| call.say(&[command::hint(command)]))
            }
            Parsed::Text => self.post(hosted, message, author, road),
        };
        match outcome {
            Ok(taken) => Ok(taken),
            Err(Failure::Refused(refusal)) => {
                if self.hints.allow(self.now.instant, hosted.gid, author.hash(), refusal.code) {
                    let language = self.language(hosted, author.hash())?;
                    self.reply(hosted, author, Priority::Notice, &Sentence::text(hint(refusal, language)))?;
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
            self.reply(hosted, author, Priority::Answer, &Sentence::text(answer))?;
        }
        self.done.commands.push(message.hash);
        self.follow(hosted, &applied)?;
        Ok(Taken::Yes)
    }

    /// A command that only asks, or a word that is nearly one. One that may not be answered now is not taken: its sender
    /// tries again.
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
        self.reply(hosted, author, Priority::Answer, &Sentence::text(answer))?;
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

    fn is_done(&self, hash: &MessageHash) -> bool {
        self.seen.contains(hash) || self.done.commands.contains(hash)
    }
}

/// Is a message stored or carried out, so that its delivery may be proved?
pub(super) enum Taken {
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
