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
        if let (Some(identity), Some(act)) = (caller.identity(), act)
            && act.permission().needs_a_voice()
        {
            standing.mute = self.mute(gid, identity)?;
        }
        match act {
            Some(Act::Post(post)) => {
                standing.posted = match self.post_seq(gid, post.id)? {
                    None => self.reaction_seq(gid, post.id)?,
                    posted => posted,
                };
                standing.held_post = match standing.posted {
                    None => self.held_post(gid, post.id)?,
                    Some(_) => None,
                };
                standing.about = match post.body.fields().about() {
                    Some(hash) => self.post_of_copy(gid, &hash)?,
                    None => None,
                };
            }
            Some(Act::Ban { identity, remove, .. }) => {
                standing.target = self.member(gid, *identity)?;
                standing.target_ban = self.ban(gid, *identity)?;
                standing.target_said = self.said_by(gid, *identity, *remove)?;
            }
            Some(Act::Unban { identity }) => {
                standing.target_ban = self.ban(gid, *identity)?;
            }
            Some(Act::Kick { member, .. }) => standing.target = self.member(gid, *member)?,
            Some(Act::Mute { identity, .. } | Act::Unmute { identity }) => {
                standing.target = self.member(gid, *identity)?;
                standing.target_mute = self.mute(gid, *identity)?;
            }
            Some(Act::Publish(post) | Act::Drop { post, .. }) => {
                standing.held_post = self.held_post(gid, *post)?;
                standing.posted = self.post_seq(gid, *post)?;
            }
            Some(Act::Join { .. } | Act::Leave | Act::SwitchRelay(_)) | None => {}
        }
        Ok(standing)
    }
}
