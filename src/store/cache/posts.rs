//! Rows of `posts`: what a member has said and nobody has confirmed yet. Said again, it is the same post, not a second one.
//! Not what is in the group.

use rusqlite::OptionalExtension;

use super::{Cache, StoreError};
use crate::rns::hash::DestinationHash;

impl Cache {
    /// The packed message of an unconfirmed post with this text; if there is none, `packed` is kept as one.
    pub fn unconfirmed(
        &mut self,
        group: DestinationHash,
        text: &str,
        packed: Vec<u8>,
    ) -> Result<Vec<u8>, StoreError> {
        let sql = self.begin()?;
        let select = "SELECT packed FROM posts WHERE destination = ?1 AND text = ?2";
        let before = sql.query_row(select, (group.as_bytes(), text), |row| row.get(0)).optional()?;
        if let Some(before) = before {
            return Ok(before);
        }
        let insert = "INSERT INTO posts (destination, text, packed) VALUES (?1, ?2, ?3)";
        sql.execute(insert, (group.as_bytes(), text, &packed))?;
        sql.commit()?;
        Ok(packed)
    }

    /// It was confirmed, or refused for good.
    pub fn settle_post(&mut self, group: DestinationHash, text: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM posts WHERE destination = ?1 AND text = ?2";
        self.connection.execute(sql, (group.as_bytes(), text))?;
        Ok(())
    }
}
