//! Migrations: numbered SQL files, each applied once and in order. The number of the last one is `PRAGMA user_version`.
//! Not a way back: a newer database is refused.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// The mark that says whose a database is: "Roos", in SQLite's `application_id`.
pub(super) const APPLICATION_ID: u32 = u32::from_be_bytes(*b"Roos");

/// All migrations. To add one: a file, and a line here. A released one never changes.
pub(super) const MIGRATIONS: &[&str] = &[
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
];

/// The version that all migrations lead to.
pub(super) fn known_version() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// The mark and version of a database, checked: `Ok(version)` if it is ours and not newer, or empty.
pub(super) fn checked_version(application_id: u32, version: u32, is_empty: bool) -> Result<u32, StoreError> {
    match (application_id, version) {
        (0, 0) if is_empty => Ok(0),
        (APPLICATION_ID, found) if found > known_version() => {
            Err(StoreError::Newer { found, known: known_version() })
        }
        (APPLICATION_ID, found) => Ok(found),
        _ => Err(StoreError::NotOurs),
    }
}

/// Asks SQLite for mark, version and content, and checks them. Writes nothing.
pub(super) fn version_of(connection: &Connection) -> Result<u32, StoreError> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    // SQLite keeps both as 32 bits and hands them out signed.
    let [application_id, version] = [number("PRAGMA application_id")?, number("PRAGMA user_version")?]
        .map(|value| u32::try_from(value & i64::from(u32::MAX)).unwrap_or(u32::MAX));
    let is_empty = number("SELECT count(*) FROM sqlite_schema")? == 0;
    checked_version(application_id, version, is_empty)
}

/// Brings a database to the known version. Each migration is one transaction with its number.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let done = usize::try_from(version_of(connection)?).unwrap_or(usize::MAX);
    for (sql, version) in MIGRATIONS.iter().zip(1..).skip(done) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}
