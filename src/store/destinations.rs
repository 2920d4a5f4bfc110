//! Rows of `destinations`: which destinations people have whose key is known, so that either hash names a person.
//! Not a way to get there, and not who may be reached.

use rusqlite::OptionalExtension;

use super::columns::identity_at;
use super::{Store, StoreError, Transaction};
use crate::rns::hash::{DestinationHash, IdentityHash, truncated_sha256};

/// What clients show of a person as an address.
const NAMES: &[&str] = &["lxmf.delivery", "nomadnetwork.node", "call.audio", "lxst.telephony"];

impl Transaction<'_> {
    /// Whose destination that is, and what it is for, if that person's key is known.
    pub fn owner_of(
        &self,
        destination: DestinationHash,
    ) -> Result<Option<(IdentityHash, String)>, StoreError> {
        let sql = "SELECT identity_hash, name FROM destinations WHERE destination_hash = ?1";
        let mut statement = self.sql.prepare_cached(sql)?;
        let owner = |row: &rusqlite::Row<'_>| Ok((identity_at(row, 0)?, row.get(1)?));
        Ok(statement.query_row([destination.as_bytes()], owner).optional()?)
    }

    /// From now on this person is known by their destinations, too.
    pub(super) fn remember_destinations(&self, identity: IdentityHash) -> Result<(), StoreError> {
        let sql =
            "INSERT OR IGNORE INTO destinations (destination_hash, identity_hash, name) VALUES (?1, ?2, ?3)";
        let mut statement = self.sql.prepare_cached(sql)?;
        for name in NAMES {
            statement.execute((destination_of(identity, name), identity.as_bytes(), name))?;
        }
        Ok(())
    }
}

impl Store {
    /// Makes the list of a database that had none. A person's rows are written with their key, so it is whole or empty.
    pub(super) fn list_destinations(&mut self) -> Result<(), StoreError> {
        let unlisted: i64 = self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM identities) AND NOT EXISTS (SELECT 1 FROM destinations)",
            [],
            |row| row.get(0),
        )?;
        if unlisted == 0 {
            return Ok(());
        }
        let transaction = self.begin()?;
        let people: Vec<IdentityHash> = {
            let mut statement = transaction.sql.prepare("SELECT identity_hash FROM identities")?;
            let rows = statement.query_map([], |row| identity_at(row, 0))?;
            rows.collect::<Result<_, _>>()?
        };
        people.into_iter().try_for_each(|person| transaction.remember_destinations(person))?;
        transaction.commit()
    }
}

fn destination_of(identity: IdentityHash, name: &str) -> [u8; 16] {
    let name: [u8; 10] = truncated_sha256(&[name.as_bytes()]);
    truncated_sha256(&[&name, identity.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_by_each_of_their_destinations_also_one_from_before_the_list() {
        let mut store = Store::open_in_memory().unwrap();
        let public = [7; 64];
        let person = IdentityHash::from_bytes(truncated_sha256(&[&public]));
        let transaction = store.begin().unwrap();
        transaction.remember_identity(person, &public).unwrap();
        // As a database looks that an older version has written.
        transaction.sql.execute("DELETE FROM destinations", []).unwrap();
        transaction.commit().unwrap();
        store.list_destinations().unwrap();
        let transaction = store.begin().unwrap();
        // Origin: lxmf.delivery has the name hash 6ec60bc318e2c0f0d908 (Python: RNS.Identity.full_hash).
        let delivery = truncated_sha256(&[&hex::decode("6ec60bc318e2c0f0d908").unwrap(), person.as_bytes()]);
        let found = transaction.owner_of(DestinationHash::from_bytes(delivery)).unwrap();
        assert_eq!(found, Some((person, "lxmf.delivery".to_owned())));
        for name in NAMES {
            let destination = DestinationHash::from_bytes(destination_of(person, name));
            assert_eq!(transaction.owner_of(destination).unwrap().unwrap().1, *name);
        }
        assert_eq!(transaction.owner_of(DestinationHash::from_bytes([1; 16])).unwrap(), None);
    }
}
