//! The store: groups, members, bans, messages and the log of events, in one SQLite file. The only SQL.
//! Not the rules: what is asked here was decided in [`crate::group::rules`].

mod applicants;
mod apply;
mod bans;
mod chain;
mod collected;
mod columns;
mod commands;
mod copies;
mod destinations;
mod error;
mod events;
mod fetches;
mod grants;
mod groups;
mod heads;
mod heard_groups;
mod identities;
mod invites;
mod keys;
mod languages;
mod members;
mod messages;
mod migrate;
mod notices;
mod open;
mod outbox;
mod outbox_recipients;
mod people;
mod propagation;
mod propagation_peers;
mod reactions;
mod replay;
mod standing;
#[cfg(test)]
mod tests;
mod tickets;
mod visits;

pub use copies::{CopyCounts, CopyRow, CopyState};
pub use error::StoreError;
pub use events::EventRow;
pub use groups::GroupRow;
pub use heads::SignedHead;
pub use heard_groups::HeardPlace;
pub use keys::{KeyPurpose, KeyRow};
pub use messages::{Content, Scanned, StoredMessage, Visit};
pub use notices::NotifiedMember;
pub use outbox::{CopyKey, OutboxSize, Outgoing, Priority};
pub use outbox_recipients::{Reach, Recipient};
pub use propagation::{EntryId, EntryRow, Usage};
pub use propagation_peers::PeerTerms;
pub use replay::replay;
pub use tickets::{Giver, TicketRow};

use std::cell::RefCell;
use std::collections::BTreeMap;

use rusqlite::TransactionBehavior;

use crate::group::{GroupId, Language, Seq};
use crate::rns::hash::IdentityHash;

/// An open database. One owner, no lock: what several want, they ask of the owner.
#[derive(Debug)]
pub struct Store {
    connection: rusqlite::Connection,
}

/// Everything that is read and written together. Dropped without [`Transaction::commit`], it has never been.
#[derive(Debug)]
pub struct Transaction<'a> {
    sql: rusqlite::Transaction<'a>,
    /// The first event of each group that is written here and not yet on the disk: none of those may be signed for.
    uncommitted: RefCell<BTreeMap<GroupId, Seq>>,
    /// Who has gone in this transaction is told so in the language that they had chosen.
    gone: RefCell<BTreeMap<(GroupId, IdentityHash), Language>>,
}

impl Store {
    /// Begins a transaction that may write.
    pub fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        let sql = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok(Transaction { sql, uncommitted: RefCell::default(), gone: RefCell::default() })
    }
}

impl Transaction<'_> {
    /// Puts it on the disk. When this returns, a power cut takes nothing of it back.
    pub fn commit(self) -> Result<(), StoreError> {
        Ok(self.sql.commit()?)
    }
}
