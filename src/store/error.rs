//! What can go wrong with the store, by whose fault.
//! Not refusals: those are for people, and come from the rules.

use crate::group::{GroupId, Head, Seq};

/// Why the store did not do it. Nothing of the call that failed has happened, or the transaction that it was in comes to
/// nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The disk, or SQLite on it.
    #[error("the database could not be read or written: {0}")]
    Disk(rusqlite::Error),
    /// The file could not be made or read.
    #[error("the database file could not be opened: {0}")]
    File(#[from] std::io::Error),
    /// The system lets us read the file and not write it.
    #[error("the database can only be read, not written")]
    NotWritable,
    /// Its pages make no sense.
    #[error("the database is damaged")]
    Malformed,
    /// There is no room on the disk.
    #[error("the disk is full")]
    Full,
    /// A newer version of this program has written it. It is untouched.
    #[error(
        "the database has version {found}, this program knows {known}; use a newer version of the program"
    )]
    Newer {
        /// Version of the database.
        found: u32,
        /// The last version known here.
        known: u32,
    },
    /// It is something else. It is untouched.
    #[error("the file is no database of this program; move it away or choose another data directory")]
    NotOurs,
    /// Somebody else was faster: the group does not stand where the caller thinks. Read again and decide again.
    #[error("the group has moved on")]
    Conflict {
        /// Where it stands; `None` if there is no such group.
        found: Option<Head>,
    },
    /// What was to be written contradicts what is there. Our caller's fault.
    #[error("this does not fit what is stored: {0}")]
    Constraint(String),
    /// The group can be read but not changed; the sentence says why.
    #[error("{0}")]
    ReadOnly(String),
    /// What is stored contradicts itself: the disk's fault, or somebody has changed it.
    #[error("event {seq} of group {gid} is damaged: {what}")]
    Damaged {
        /// Which group.
        gid: GroupId,
        /// Which event.
        seq: Seq,
        /// How that shows.
        what: &'static str,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation) => Self::Constraint(error.to_string()),
            Some(rusqlite::ErrorCode::NotADatabase) => Self::NotOurs,
            Some(rusqlite::ErrorCode::ReadOnly) => Self::NotWritable,
            Some(rusqlite::ErrorCode::DatabaseCorrupt) => Self::Malformed,
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            _ => Self::Disk(error),
        }
    }
}
