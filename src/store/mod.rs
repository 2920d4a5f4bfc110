//! The store: groups, members, bans, messages and the log of events, in one SQLite file. The only SQL.
//! Not the rules: what is asked here was decided in [`crate::group::rules`].

mod apply;
mod bans;
mod chain;
mod error;
mod events;
mod groups;
mod heads;
mod identities;
mod keys;
mod members;
mod messages;
mod migrate;
mod open;
mod replay;
mod standing;

pub use error::StoreError;
pub use events::EventRow;
pub use groups::GroupRow;
pub use heads::SignedHead;
pub use keys::{KeyPurpose, KeyRow};
pub use messages::{Content, Scanned, StoredMessage};
pub use replay::replay;

/// An open database. One owner, no lock: what several want, they ask of the owner.
#[derive(Debug)]
pub struct Store {
    connection: rusqlite::Connection,
}

/// Everything that is read and written together. Dropped without [`Transaction::commit`], it has never been.
#[derive(Debug)]
pub struct Transaction<'a> {
    sql: rusqlite::Transaction<'a>,
}

impl Store {
    /// Begins a transaction that may write.
    pub fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        unimplemented!()
    }
}

impl Transaction<'_> {
    /// Puts it on the disk. When this returns, a power cut takes nothing of it back.
    pub fn commit(self) -> Result<(), StoreError> {
        unimplemented!()
    }
}
