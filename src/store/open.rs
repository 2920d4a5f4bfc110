//! Opening a database file: whose it is, how old it is, and how it is kept.
//! Not the migrations.

use std::path::Path;

use super::{Store, StoreError};

impl Store {
    /// Opens the database at `path`, or makes it, for its owner's eyes only. One that a newer version of this program
    /// wrote, or that is something else, is refused and not changed by a byte.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        unimplemented!()
    }

    /// A database that is gone with the process.
    pub fn open_in_memory() -> Result<Self, StoreError> {
        unimplemented!()
    }
}
