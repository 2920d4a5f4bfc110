//! The store: groups, members, bans, messages and the log of events, in one SQLite file. The only SQL.
//! Not the rules: what is asked here was decided in [`crate::group::rules`].

mod applicants;
mod apply;
mod audit;
mod bans;
pub mod cache;
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
mod held;
mod identities;
mod invites;
mod kept;
mod keys;
mod languages;
mod members;
mod messages;
mod migrate;
mod mutes;
mod notices;
mod open;
mod outbox;
mod outbox_recipients;
mod people;
mod propagation;
mod propagation_peers;
mod reactions;
mod refill;
mod replay;
mod search;
mod set_ups;
mod standing;
#[cfg(test)]
mod tests;
mod tickets;
mod visits;
mod walks;

pub use audit::{AuditEntry, AuditWindow};
pub use copies::{CopyCounts, CopyRow, CopyState};
pub use error::StoreError;
pub use events::EventRow;
pub use groups::GroupRow;
pub use heads::SignedHead;
pub use heard_groups::HeardPlace;
pub use kept::Kept;
pub use keys::{KeyPurpose, KeyRow};
pub use messages::{Content, StoredMessage};
pub use notices::{NotifiedMember, WaitingNotice};
pub use outbox::{CopyKey, OutboxSize, Outgoing, Priority};
pub use outbox_recipients::{Reach, Recipient};
pub use propagation::{EntryId, EntryRow, Usage};
pub use propagation_peers::PeerTerms;
pub use reactions::ReactionRow;
pub use replay::replay;
pub use search::{MAX_WORDS, words};
pub use tickets::{Giver, TicketRow};
pub use walks::{Place, Reader, Scanned, Visit};

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use rusqlite::TransactionBehavior;

use crate::group::{GroupId, Language, Seq};
use crate::rns::hash::IdentityHash;

/// An open database. One owner, no lock: what several want, they ask of the owner.
#[derive(Debug)]
pub struct Store {
    connection: rusqlite::Connection,
    set_ups: set_ups::SetUps,
}

/// Everything that is read and written together. Dropped without [`Transaction::commit`], it has never been.
#[derive(Debug)]
pub struct Transaction<'a> {
    sql: rusqlite::Transaction<'a>,
    connection: &'a rusqlite::Connection,
    set_ups: &'a set_ups::SetUps,
    /// The first event of each group that is written here and not yet on the disk: none of those may be signed for.
    uncommitted: RefCell<BTreeMap<GroupId, Seq>>,
    /// Who has gone in this transaction is told so in the language that they had chosen.
    gone: RefCell<BTreeMap<(GroupId, IdentityHash), Language>>,
    /// What is to become of the words of messages: written at the end, or when somebody searches.
    words: RefCell<Vec<search::WordChange>>,
    /// Has a change failed halfway? Then none of this may come to the disk.
    spoilt: Cell<bool>,
    /// Was something wiped here? Then the log beside the file must not keep it either.
    wiped: Cell<bool>,
}

impl Store {
    /// Begins a transaction that may write.
    pub fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        let connection = &self.connection;
        // There is no other: we have the store for ourselves as long as it lives.
        let sql = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        Ok(Transaction {
            sql,
            connection,
            set_ups: &self.set_ups,
            uncommitted: RefCell::default(),
            gone: RefCell::default(),
            words: RefCell::default(),
            spoilt: Cell::default(),
            wiped: Cell::default(),
        })
    }
}

impl Transaction<'_> {
    /// Puts it on the disk. When this returns, a power cut takes nothing of it back. If something was wiped, it is gone
    /// from the files then: SQLite overwrites it in the database, and the log beside it, which has the pages as they
    /// were, is emptied. Where that does not work just now, the log has it until it is next written over.
    pub fn commit(self) -> Result<(), StoreError> {
        if self.spoilt.get() {
            return Err(StoreError::Constraint("a change before has failed halfway".into()));
        }
        self.write_words()?;
        let (connection, wiped) = (self.connection, self.wiped.get());
        self.sql.commit()?;
        if wiped {
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
        Ok(())
    }

    /// Something was taken away that must be nowhere after the commit.
    fn note_wiped(&self) {
        self.wiped.set(true);
    }
}
