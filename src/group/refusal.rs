//! A refusal: what happened and what to do next, for a program and for a person.
//! Not an error of the disk or of the peer's bytes below the request.

use super::name::named_enum;
use super::sentence::{Language, Sentence};

named_enum! {
    /// What was wrong, in a word that never changes.
    pub enum RefusalCode {
        /// A field is missing or has a wrong value; the refusal names it.
        BadRequest = "bad_request",
        /// Larger than this group or this call takes.
        TooLarge = "too_large",
        /// Nothing is in it.
        Empty = "empty",
        /// The call needs to know who is calling.
        Identify = "identify",
        /// Only members may.
        NotMember = "not_member",
        /// The caller is banned.
        Banned = "banned",
        /// The caller may read, but not write, for now.
        Muted = "muted",
        /// One of the group's filters does not take it.
        Filtered = "filtered",
        /// Only people with this permission may.
        NotAllowed = "not_allowed",
        /// The person whom it is about does not stand below the caller.
        Outranked = "outranked",
        /// The group would have no owner left.
        LastOwner = "last_owner",
        /// Nobody could set it right again.
        LockOut = "lock_out",
        /// Somebody else has changed it since the caller looked.
        Conflict = "conflict",
        /// Joining costs work, and too little came.
        Price = "price",
        /// An invite is needed, or this one does not hold.
        Invite = "invite",
        /// The caller has asked to join and waits for approval.
        Pending = "pending",
        /// Nobody can join.
        Closed = "closed",
        /// No more members fit.
        GroupFull = "group_full",
        /// There are as many of these as may be.
        TooMany = "too_many",
        /// No such thing here.
        NotFound = "not_found",
        /// The group can be read but not changed here.
        ReadOnly = "read_only",
        /// Too many calls in a short time.
        SlowDown = "slow_down",
        /// Our fault; the same call may work later.
        Unavailable = "unavailable",
        /// The group lives elsewhere now. Reserved.
        Moved = "moved",
        /// The client speaks a protocol that is too old. Reserved.
        UpgradeRequired = "upgrade_required",
        /// Sealed with a key that is no longer in use. Reserved.
        EpochOld = "epoch_old",
        /// This host keeps a copy; another one takes changes.
        NotOrderer = "not_orderer",
        /// The caller's cursor belongs to a past that is gone. Reserved.
        Reset = "reset",
        /// Other hosts have it too. Reserved.
        TryAlso = "try_also",
    }
}

/// Why a call is refused. Both sentences are short: they may cross LoRa.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {then}")]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// What happened.
    pub what: Sentence,
    /// What to do next.
    pub then: Sentence,
    /// The field that is wrong, by its name in the request.
    pub field: Option<&'static str>,
}

impl Refusal {
    /// A refusal that is about no field.
    pub const fn new(code: RefusalCode, what: Sentence, then: Sentence) -> Self {
        Self { code, what, then, field: None }
    }

    /// Both sentences in a language.
    pub fn said_in(&self, language: Language) -> String {
        language.say(&[self.what.clone(), self.then.clone()])
    }

    /// The same, about a field.
    #[must_use]
    pub fn in_field(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }
}

/// Both sentences.
impl From<Refusal> for Sentence {
    fn from(refusal: Refusal) -> Self {
        Self::Several(vec![refusal.what, refusal.then])
    }
}
