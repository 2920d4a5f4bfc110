//! Rows of `identities`: the public keys of authors and members.
//! Not keys of ours.

use rusqlite::OptionalExtension;

use super::{StoreError, Transaction};
use crate::rns::hash::{IdentityHash, truncated_sha256};

impl Transaction<'_> {
    /// Keeps a person's public key. Refused if the hash does not follow from it.
    pub fn remember_identity(&self, identity: IdentityHash, public: &[u8; 64]) -> Result<(), StoreError> {
        if IdentityHash::from_bytes(truncated_sha256(&[public])) != identity {
            return Err(StoreError::Constraint(
                "an identity hash does not follow from the public key".into(),
            ));
        }
        let sql = "INSERT OR IGNORE INTO identities (identity_hash, public_key) VALUES (?1, ?2)";
        if self.sql.prepare_cached(sql)?.execute((identity.as_bytes(), public))? == 1 {
            self.remember_destinations(identity)?;
        }
        Ok(())
    }

    /// A person's public key: X25519 ‖ Ed25519.
    pub fn identity_key(&self, identity: IdentityHash) -> Result<Option<[u8; 64]>, StoreError> {
        let mut statement =
            self.sql.prepare_cached("SELECT public_key FROM identities WHERE identity_hash = ?1")?;
        Ok(statement.query_row([identity.as_bytes()], |row| row.get(0)).optional()?)
    }
}
