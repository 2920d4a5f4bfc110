//! Migrations: numbered SQL files, each applied once and in order. The number of the last one is `PRAGMA user_version`.
//! Not a way back: a newer database is refused.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// A kind of database: its mark, and how it came to be what it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lineage {
    /// Says whose a database is, in SQLite's `application_id`.
    pub(super) mark: u32,
    /// All migrations, in order.
    pub(super) migrations: &'static [&'static str],
}

/// The server's database: "Roos".
pub(super) const SERVER: Lineage = Lineage { mark: u32::from_be_bytes(*b"Roos"), migrations: MIGRATIONS };

/// All migrations of the server's. To add one: a file, and a line here. A released one never changes.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_groups.sql"),
    include_str!("migrations/0002_commands_and_nicks.sql"),
    include_str!("migrations/0003_copies.sql"),
    include_str!("migrations/0004_outbox.sql"),
    include_str!("migrations/0005_reactions.sql"),
    include_str!("migrations/0006_tickets.sql"),
    include_str!("migrations/0007_propagation.sql"),
    include_str!("migrations/0008_fetches.sql"),
    include_str!("migrations/0009_collected.sql"),
    include_str!("migrations/0010_destinations.sql"),
    include_str!("migrations/0011_joining.sql"),
    include_str!("migrations/0012_heard_groups.sql"),
    include_str!("migrations/0013_roles.sql"),
    include_str!("migrations/0014_languages.sql"),
    include_str!("migrations/0015_history.sql"),
    include_str!("migrations/0016_moderation.sql"),
    include_str!("migrations/0017_notify.sql"),
    include_str!("migrations/0018_notify_times.sql"),
    include_str!("migrations/0019_waiting_notices.sql"),
    include_str!("migrations/0020_looks.sql"),
];

impl Lineage {
    /// The version that all migrations lead to.
    pub(super) fn known_version(self) -> u32 {
        u32::try_from(self.migrations.len()).unwrap_or(u32::MAX)
    }

    /// The mark and version of a database, checked: `Ok(version)` if it is ours and not newer, or empty.
    pub(super) fn checked_version(self, mark: u32, version: u32, is_empty: bool) -> Result<u32, StoreError> {
        match (mark, version) {
            (0, 0) if is_empty => Ok(0),
            (mark, found) if mark == self.mark && found > self.known_version() => {
                Err(StoreError::Newer { found, known: self.known_version() })
            }
            (mark, found) if mark == self.mark => Ok(found),
            _ => Err(StoreError::NotOurs),
        }
    }

    /// Asks SQLite for mark, version and content, and checks them. Writes nothing.
    pub(super) fn version_of(self, connection: &Connection) -> Result<u32, StoreError> {
        let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        // SQLite keeps both as 32 bits and hands them out signed.
        let [mark, version] = [number("PRAGMA application_id")?, number("PRAGMA user_version")?]
            .map(|value| u32::try_from(value & i64::from(u32::MAX)).unwrap_or(u32::MAX));
        let is_empty = number("SELECT count(*) FROM sqlite_schema")? == 0;
        self.checked_version(mark, version, is_empty)
    }

    /// Brings a database to the known version. Each migration is one transaction with its number. Of two programs that
    /// open it at once, the second finds it done.
    pub(super) fn migrate(self, connection: &mut Connection) -> Result<(), StoreError> {
        let done = usize::try_from(self.version_of(connection)?).unwrap_or(usize::MAX);
        for (sql, version) in self.migrations.iter().zip(1..).skip(done) {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if self.version_of(&transaction)? >= version {
                continue;
            }
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "application_id", self.mark)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()?;
        }
        Ok(())
    }
}
