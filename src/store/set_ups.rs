//! How groups are set up, as it was read last: a group's row is read for every call, and mostly it says what it said.
//! Not the rows; these are copies of a part of them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rusqlite::Row;

use super::columns::json_at;
use crate::group::{GroupId, RoleTable, Settings};

/// The last reading of each group's settings and roles. There are as many as groups that this host has.
#[derive(Debug, Default)]
pub(super) struct SetUps(RefCell<BTreeMap<GroupId, SetUp>>);

/// Settings and roles, beside the texts that they were read from.
#[derive(Debug)]
struct SetUp {
    texts: (String, String),
    settings: Settings,
    roles: RoleTable,
}

impl SetUps {
    /// Reads settings and roles from these columns of the row of a group.
    pub(super) fn at(
        &self,
        gid: GroupId,
        row: &Row<'_>,
        (settings, roles): (usize, usize),
    ) -> rusqlite::Result<(Settings, RoleTable)> {
        let texts = (row.get_ref(settings)?.as_str()?, row.get_ref(roles)?.as_str()?);
        let mut known = self.0.borrow_mut();
        if let Some(set_up) = known.get(&gid)
            && (set_up.texts.0.as_str(), set_up.texts.1.as_str()) == texts
        {
            return Ok((set_up.settings.clone(), set_up.roles));
        }
        let set_up = SetUp {
            texts: (texts.0.to_owned(), texts.1.to_owned()),
            settings: json_at(row, settings)?,
            roles: json_at(row, roles)?,
        };
        let read = (set_up.settings.clone(), set_up.roles);
        known.insert(gid, set_up);
        Ok(read)
    }
}
