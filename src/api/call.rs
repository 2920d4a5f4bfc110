//! One call: who asks, in which group, in which transaction, and what has come of it so far.
//! Not what is asked for; every endpoint and every command gets a call.

use crate::api::body::Format;
use crate::api::linkless::Epoch;
use crate::api::refusal::Failure;
use crate::group::founding::{self, FoundingTerms, Plan};
use crate::group::moderation::Pace;
use crate::group::rules::{self, Already};
use crate::group::{
    Act, Authorship, Caller, Decision, GroupEvent, GroupId, Language, Permission, Sentence, Seq, Settings,
};
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::time::UnixTime;
use crate::store::{GroupRow, StoreError, Transaction};

/// What the server lends to a call: what neither the store nor the group knows.
pub trait Host {
    /// The group's `lxmf.delivery`.
    fn delivery(&self) -> DestinationHash;
    /// The group's `meshchat.group`.
    fn group(&self) -> DestinationHash;
    /// The value of the stamp of the message that is read, if it was asked for and brought one.
    fn stamp_brought(&self) -> Option<u16>;
    /// The stamp that messages to the group are asked for.
    fn stamp_cost(&self) -> Option<u8>;
    /// May this person, who is no member, try to join now? Counts it as tried if so.
    fn may_knock(&mut self, person: IdentityHash) -> bool;
    /// Checks an LXMF message of the caller to the group. `None` if it is not signed by the caller, or is no message.
    fn check_signed(&self, payload: &[u8], signature: &[u8; 64]) -> Option<CheckedMessage>;
    /// The caller has fetched messages up to this one.
    fn note_fetch(&mut self, person: IdentityHash, seq: Seq);
    /// Writes who has fetched what, as far as that is not in the store.
    fn write_fetches(&mut self, store: &Transaction<'_>) -> Result<(), StoreError>;
    /// The key that the group's broadcasts are encrypted with now; whoever is given it has it from then on.
    fn broadcast_key(&mut self, store: &Transaction<'_>) -> Result<Epoch, StoreError>;
    /// The groups that this host has the identity of.
    fn hosted(&self) -> Vec<HostedAs>;
    /// Who may make groups, and how many.
    fn founding_terms(&self) -> FoundingTerms;
    /// Gives a group that has just begun an identity, and puts it on the network once all is stored.
    fn host_group(&mut self, store: &Transaction<'_>, gid: GroupId) -> Result<HostedAs, StoreError>;
    /// Has the group announced soon.
    fn announce(&mut self);
    /// The `lxmf.delivery` of an identity.
    fn delivery_of(&self, identity: IdentityHash) -> DestinationHash;
    /// Writes which groups were heard, as far as that is not in the store; `false` if nobody wants to know.
    fn directory(&mut self, store: &Transaction<'_>, now: UnixTime) -> Result<bool, StoreError>;
    /// How fast a person has posted.
    fn pace(&self, person: IdentityHash) -> Pace;
    /// Keeps how fast a person has posted.
    fn set_pace(&mut self, person: IdentityHash, pace: Pace);
    /// Random bytes, for the salt of an event or the id of a post.
    fn random(&mut self) -> [u8; 16];
}

/// Where a group of this host is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostedAs {
    /// Which.
    pub gid: GroupId,
    /// Its `meshchat.group`.
    pub destination: DestinationHash,
    /// Its `lxmf.delivery`.
    pub delivery: DestinationHash,
}

/// A message in LXMF form whose signature is the caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedMessage {
    /// The caller's `lxmf.delivery`.
    pub source: DestinationHash,
    /// The LXMF message's id.
    pub message_hash: [u8; 32],
    /// The author's clock.
    pub time: UnixTime,
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    /// As the rules see them.
    pub caller: Caller,
    /// Their public key, where one is proved.
    pub key: Option<[u8; 64]>,
    /// Their clock when they asked.
    pub asked_at: UnixTime,
}

/// Something that the call has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The event's number.
    pub seq: Seq,
    /// The event.
    pub event: GroupEvent,
}

/// What came of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It happened, as the event with this number.
    Happened(Seq),
    /// It was so already.
    Already(Already),
}

/// One call in one transaction.
pub struct Call<'a, 't> {
    pub(crate) store: &'a Transaction<'t>,
    pub(crate) host: &'a mut dyn Host,
    pub(crate) group: GroupRow,
    pub(crate) who: Who,
    pub(crate) now: UnixTime,
    /// Bytes of answer that still fit one packet to the caller.
    pub(crate) room: usize,
    /// The language that is asked for in this call; else the one that the caller has chosen counts.
    pub(crate) spoken: Option<Language>,
    /// The form in which the answer is asked for.
    pub(crate) format: Format,
    /// The LXMF message that brought the call, if one did: the proof of what is said in it.
    pub(crate) signed: Option<Authorship>,
    /// What has changed so far.
    pub(crate) applied: Vec<Applied>,
}

impl<'a, 't> Call<'a, 't> {
    /// A call of `who` in `group`, which must be as `store` has it.
    pub fn new(
        store: &'a Transaction<'t>,
        host: &'a mut dyn Host,
        group: GroupRow,
        who: Who,
        now: UnixTime,
        room: usize,
    ) -> Self {
        Self {
            store,
            host,
            group,
            who,
            now,
            room,
            signed: None,
            spoken: None,
            format: Format::default(),
            applied: Vec::new(),
        }
    }

    /// May the caller? For reading; acts are checked where they are decided.
    pub fn check(&self, permission: Permission) -> Result<(), Failure> {
        let standing = self.store.standing(&self.group.facts, self.who.caller, None)?;
        rules::may(&self.group.facts, self.who.caller, &standing, permission, self.now)?;
        Ok(())
    }

    /// The road that every change takes: decide, then write the event and the tables.
    pub fn act(&mut self, act: Act) -> Result<Outcome, Failure> {
        let gid = self.group.facts.gid;
        let mut standing = self.store.standing(&self.group.facts, self.who.caller, Some(&act))?;
        let is_minor = match &act {
            Act::Post(post) => Some(post.body.is_reaction()),
            Act::Direct { .. } => Some(false),
            Act::Edit { .. } => Some(true),
            _ => None,
        };
        let said = self.who.caller.identity().zip(is_minor);
        if let Some((author, _)) = said {
            standing.pace = self.host.pace(author);
        }
        match rules::decide(&self.group.facts, self.who.caller, &standing, act, self.now)? {
            Decision::Already(already) => Ok(Outcome::Already(already)),
            Decision::Event(event) => {
                let salt = self.host.random();
                let head = self.store.apply(gid, Some(&self.group.head), &event, self.now, salt)?;
                self.remember_caller()?;
                if let Some((author, is_minor)) = said {
                    let terms = &self.group.facts.settings.moderation;
                    let pace = standing.pace.posted(terms, self.now, is_minor);
                    self.host.set_pace(author, pace);
                }
                // What is said moves nothing of the group's row but its head.
                if matches!(event, GroupEvent::MessagePosted(_) | GroupEvent::Reacted(_)) {
                    self.group.head = head;
                } else {
                    self.group = self.store.group(gid)?.ok_or(StoreError::Conflict { found: None })?;
                }
                self.applied.push(Applied { seq: head.seq, event });
                Ok(Outcome::Happened(head.seq))
            }
        }
    }

    /// Speaks this language in this call, whatever the caller has chosen.
    pub const fn speak(&mut self, language: Language) {
        self.spoken = Some(language);
    }

    /// The language in which the caller is spoken to.
    pub fn language(&self) -> Result<Language, StoreError> {
        let chosen = match (self.spoken, self.who.caller.identity()) {
            (Some(spoken), _) => Some(spoken),
            (None, Some(identity)) => self.store.language(self.group.facts.gid, identity)?,
            (None, None) => None,
        };
        Ok(chosen.unwrap_or(self.group.facts.settings.language))
    }

    /// Sentences, one after the other, in the caller's language.
    pub fn say(&self, sentences: &[Sentence]) -> Result<String, Failure> {
        Ok(self.language()?.say(sentences))
    }

    /// How the group is set up, after what the call has changed.
    pub const fn settings(&self) -> &Settings {
        &self.group.facts.settings
    }

    /// Has the group announced once more. Nothing of the group changes by that.
    pub fn announce(&mut self) -> Result<(), Failure> {
        self.check(Permission::Announce)?;
        self.host.announce();
        Ok(())
    }

    /// Makes another group on this host. That is no change of the group of the call; the first events of the new one are
    /// the record of who made it.
    pub fn found(&mut self, plan: Plan) -> Result<HostedAs, Failure> {
        self.check(Permission::Found)?;
        let gid = GroupId::from_bytes(self.host.random());
        let facts = self.store.founding_facts(self.who.caller.identity())?;
        let terms = self.host.founding_terms();
        let mut head = None;
        for event in founding::found(&terms, self.who.caller, facts, gid, plan)? {
            let salt = self.host.random();
            head = Some(self.store.apply(gid, head.as_ref(), &event, self.now, salt)?);
        }
        self.remember_caller()?;
        Ok(self.host.host_group(self.store, gid)?)
    }

    /// What the call has changed.
    pub fn into_applied(self) -> Vec<Applied> {
        self.applied
    }

    /// Readers check signatures with the keys of members and authors.
    fn remember_caller(&self) -> Result<(), StoreError> {
        match (self.who.caller.identity(), &self.who.key) {
            (Some(identity), Some(key)) => self.store.remember_identity(identity, key),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Call<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Call({:?} in {})", self.who.caller, self.group.facts.gid)
    }
}
