//! Rows of `group_commands`: messages that held a command which was carried out, so that a repeat does nothing.
//! Not what the command did: that is an event.

use super::{StoreError, Transaction};
use crate::group::GroupId;

impl Transaction<'_> {
    /// Was the command in the LXMF message with this hash carried out?
    pub fn command_is_done(&self, gid: GroupId, message_hash: &[u8; 32]) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM group_commands WHERE gid = ?1 AND message_hash = ?2";
        Ok(self.sql.prepare_cached(sql)?.exists((gid.as_bytes(), message_hash))?)
    }

    /// Remembers for good that it was.
    pub fn remember_command(&self, gid: GroupId, message_hash: &[u8; 32]) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO group_commands (gid, message_hash) VALUES (?1, ?2)";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), message_hash))?;
        Ok(())
    }
}
