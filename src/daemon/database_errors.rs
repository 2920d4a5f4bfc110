//! Why the database can't be opened, in two sentences: what is wrong, and what to do.
//! Not what happens to a database that fails later; that is the server's.

use std::path::Path;

use anyhow::anyhow;

use crate::server::OpenError;
use crate::store::StoreError;

/// Explains a database that can't be opened to who started the program.
pub(super) fn explain(database: &Path, error: OpenError) -> anyhow::Error {
    let file = database.display();
    let error = match error {
        OpenError::Store(error) => error,
        OpenError::SealedForAnotherHost(_) => {
            return anyhow!(
                "the database {file} belongs to another identity than the one beside it. Put back the identity file \
                 that was there when the database was made"
            );
        }
    };
    match error {
        StoreError::NotOurs => anyhow!(
            "{file} is no database of Roost, or is damaged. Put back a copy of the whole directory, or choose another \
             one with --data DIR"
        ),
        StoreError::NotWritable => anyhow!(
            "the database {file} can only be read. Check whose file it is and that you may write to it, or choose \
             another directory with --data DIR"
        ),
        StoreError::Newer { found, known } => anyhow!(
            "the database {file} was written by a newer Roost: it has version {found}, this one knows {known}. Start \
             the newer Roost; nothing was changed"
        ),
        StoreError::File(cause) => anyhow!(
            "the database {file} cannot be opened. Check whose file it is and that you may read and write it ({cause})"
        ),
        StoreError::Damaged { .. } | StoreError::Constraint(_) | StoreError::Conflict { .. } => anyhow!(
            "the database {file} contradicts itself. Put back a copy of the whole directory ({error})"
        ),
        StoreError::Malformed => anyhow!(
            "the database {file} is damaged. Put back a copy of the whole directory, and check the disk"
        ),
        StoreError::Full => anyhow!("there is no room for the database {file}. Make room on that disk"),
        StoreError::Disk(cause) => anyhow!(
            "the database {file} cannot be read or written. Check that no other program has it open and that you may \
             write in its directory ({cause})"
        ),
        StoreError::ReadOnly(why) => anyhow!("the database {file} can only be read. {why}"),
    }
}
