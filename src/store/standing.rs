//! What the rules need to know of a caller, gathered in one place.
//! Not the rules.

use super::{StoreError, Transaction};
use crate::group::{Act, Caller, GroupId, Standing};

impl Transaction<'_> {
    /// The standing of `caller` in a group, for reading (`None`) or for an act.
    pub fn standing(&self, gid: GroupId, caller: Caller, act: Option<&Act>) -> Result<Standing, StoreError> {
        let mut standing = Standing::default();
        if let Some(identity) = caller.identity() {
            standing.member = self.member(gid, identity)?;
            standing.ban = self.ban(gid, identity)?;
        }
        match act {
            Some(Act::Post(post)) => {
                standing.posted = match self.post_seq(gid, post.id)? {
                    None => self.reaction_seq(gid, post.id)?,
                    posted => posted,
                };
                standing.about = match post.body.fields().about() {
                    Some(hash) => self.post_of_copy(gid, &hash)?,
                    None => None,
                };
            }
            Some(Act::Ban { identity, .. } | Act::Unban { identity }) => {
                standing.target_ban = self.ban(gid, *identity)?;
            }
            Some(Act::ChooseLanguage(_)) => {
                standing.language = match caller.identity() {
                    Some(identity) => self.language(gid, identity)?,
                    None => None,
                };
            }
            Some(Act::Join { .. } | Act::Leave | Act::SwitchRelay(_)) | None => {}
        }
        Ok(standing)
    }
}
