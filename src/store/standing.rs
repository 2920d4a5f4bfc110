//! What the rules need to know of a caller, gathered in one place.
//! Not the rules.

use super::{StoreError, Transaction};
use crate::group::{Act, Caller, GroupFacts, Standing};

impl Transaction<'_> {
    /// The standing of `caller` in a group, for reading (`None`) or for an act.
    pub fn standing(
        &self,
        group: &GroupFacts,
        caller: Caller,
        act: Option<&Act>,
    ) -> Result<Standing, StoreError> {
        let gid = group.gid;
        let mut standing = Standing::default();
        if let Some(identity) = caller.identity() {
            standing.member = self.member(gid, identity)?;
            standing.ban = self.ban(gid, identity)?;
            standing.grants = self.grants_in(group, identity)?;
        }
        if let Some(target) = act.and_then(Act::target) {
            standing.target = self.member(gid, target)?;
            standing.target_ban = self.ban(gid, target)?;
            standing.target_grants = self.grants_in(group, target)?;
        }
        if act.is_some_and(Act::may_end_an_owner) {
            standing.owners = self.owner_count(gid)?;
        }
        if let Some(Act::Post(post)) = act {
            standing.posted = match self.post_seq(gid, post.id)? {
                None => self.reaction_seq(gid, post.id)?,
                posted => posted,
            };
            standing.about = match post.body.fields().about() {
                Some(hash) => self.post_of_copy(gid, &hash)?,
                None => None,
            };
        }
        Ok(standing)
    }
}
