//! What a member keeps of their groups on their own machine, in an SQLite file of its own, to read without a network.
//! Not the server's database: nothing here is vouched for, and all of it but unconfirmed posts can be fetched again.

mod groups;
mod messages;
mod people;
mod posts;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::migrate::Lineage;
use super::open::open_file;
use super::{StoreError, columns};

pub use groups::KnownGroup;
pub use messages::{CachedMessage, Change, Page, Reach};
pub use people::{Author, KnownPerson, Names};

/// A cache: "Roca".
const CACHE: Lineage =
    Lineage { mark: u32::from_be_bytes(*b"Roca"), migrations: &[include_str!("migrations/0001_cache.sql")] };
/// How long a command waits for another one that is writing.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open cache. Several processes may have it open: one that listens, and one that sends.
#[derive(Debug)]
pub struct Cache {
    connection: Connection,
}

impl Cache {
    /// Opens the file at `path`, or makes it, for its owner's eyes only.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = open_file(path, CACHE)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        Self::set_up(connection)
    }

    #[cfg(test)]
    fn open_in_memory() -> Result<Self, StoreError> {
        Self::set_up(Connection::open_in_memory()?)
    }

    fn set_up(mut connection: Connection) -> Result<Self, StoreError> {
        connection.pragma_update(None, "foreign_keys", true)?;
        // What was deleted in the group is to be gone here, too.
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        CACHE.migrate(&mut connection)?;
        Ok(Self { connection })
    }

    fn begin(&mut self) -> Result<rusqlite::Transaction<'_>, StoreError> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}
