//! Opening a database file: whose it is, how old it is, and how it is kept.
//! Not the migrations.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::migrate::{Lineage, SERVER};
use super::set_ups::SetUps;
use super::{Store, StoreError};

/// Only the owner may read: private keys are in there, if sealed, and what people wrote.
const FILE_MODE: u32 = 0o600;
/// What an SQLite file starts with.
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Offset of `user_version` in an SQLite file, big-endian.
const USER_VERSION_AT: usize = 60;
/// Offset of `application_id` in an SQLite file, big-endian.
const APPLICATION_ID_AT: usize = 68;
/// How many statements stay prepared: more than there are.
const STATEMENTS: usize = 256;

impl Store {
    /// Opens the database at `path`, or makes it, for its owner's eyes only. One that a newer version of this program
    /// wrote, or that is something else, is refused and not changed by a byte.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = open_file(path, SERVER)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        Self::set_up(connection)
    }

    /// A database that is gone with the process.
    pub fn open_in_memory() -> Result<Self, StoreError> {
        Self::set_up(Connection::open_in_memory()?)
    }

    fn set_up(mut connection: Connection) -> Result<Self, StoreError> {
        // NORMAL would let a power cut take back a commit, after its proof has left and its head was signed.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // What is wiped must be gone from the file too, not only from the tables.
        connection.pragma_update(None, "secure_delete", true)?;
        // The pages that a savepoint sets aside need no file.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "trusted_schema", false)?;
        // Otherwise a query that could use a partial index is planned anew for every value that it is given.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        SERVER.migrate(&mut connection)?;
        let mut store = Self { connection, set_ups: SetUps::default() };
        store.list_destinations()?;
        store.refill()?;
        Ok(store)
    }
}

/// Opens a database file of this kind, or makes it, for its owner's eyes only.
pub(super) fn open_file(path: &Path, lineage: Lineage) -> Result<Connection, StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => check_file(path, lineage)?,
        Err(error) => return Err(error.into()),
    }
    // Without CREATE: SQLite would make the file with the mode of the day.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // SQLite opens what it may not write for reading, and says so only when the first message is to be stored.
    if connection.is_readonly(MAIN_DB)? {
        return Err(StoreError::NotWritable);
    }
    // A newer version may have died with its last pages still in the log beside the file: ask through SQLite too,
    // and if so, leave the log where it is.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    lineage.version_of(&connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(connection)
}

/// Looks at the first bytes of a file, before SQLite has a chance to touch it. An empty one was never written.
fn check_file(path: &Path, lineage: Lineage) -> Result<(), StoreError> {
    let mut start = Vec::new();
    File::open(path)?.take(100).read_to_end(&mut start)?;
    if start.is_empty() {
        return Ok(());
    }
    let number = |at: usize| {
        let bytes = start.get(at..)?.first_chunk::<4>()?;
        Some(u32::from_be_bytes(*bytes))
    };
    let (Some(version), Some(application_id)) = (number(USER_VERSION_AT), number(APPLICATION_ID_AT)) else {
        return Err(StoreError::NotOurs);
    };
    if !start.starts_with(SQLITE_MAGIC) {
        return Err(StoreError::NotOurs);
    }
    // Tables without a mark are somebody else's; SQLite counts them, after this.
    lineage.checked_version(application_id, version, true).map(drop)
}
