//! Rows of `group_languages`: who wants to be spoken to in another language than English.
//! Not the languages themselves.

use rusqlite::OptionalExtension;

use super::columns::named_at;
use super::{StoreError, Transaction};
use crate::group::{GroupId, Language};
use crate::rns::hash::IdentityHash;

impl Transaction<'_> {
    /// The language in which a member wants to be spoken to, if they have chosen one. Who has gone in this transaction has
    /// it still.
    pub fn language(&self, gid: GroupId, member: IdentityHash) -> Result<Option<Language>, StoreError> {
        let sql = "SELECT language FROM group_languages WHERE gid = ?1 AND identity_hash = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        let language = |row: &rusqlite::Row<'_>| named_at(row, 0, Language::from_name);
        let chosen = statement.query_row((gid.as_bytes(), member.as_bytes()), language).optional()?;
        Ok(chosen.or_else(|| self.gone.borrow().get(&(gid, member)).copied()))
    }

    /// Sets it. Nothing happens if they are no member.
    pub(super) fn set_language(
        &self,
        gid: GroupId,
        member: IdentityHash,
        language: Language,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO group_languages (gid, identity_hash, language) SELECT ?1, ?2, ?3 \
                   WHERE EXISTS (SELECT 1 FROM group_members WHERE gid = ?1 AND identity_hash = ?2) \
                   ON CONFLICT DO UPDATE SET language = excluded.language";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), member.as_bytes(), language.name()))?;
        Ok(())
    }

    /// Forgets it.
    pub(super) fn forget_language(&self, gid: GroupId, member: IdentityHash) -> Result<(), StoreError> {
        if let Some(language) = self.language(gid, member)? {
            self.gone.borrow_mut().insert((gid, member), language);
        }
        let sql = "DELETE FROM group_languages WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), member.as_bytes()))?;
        Ok(())
    }
}
