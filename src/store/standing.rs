//! What the rules need to know of a caller, gathered in one place.
//! Not the rules.

use super::{Content, ReactionRow, StoreError, Transaction};
use crate::group::facts::Said;
use crate::group::{Act, Admission, Caller, GroupFacts, GroupId, Post, PostId, Remove, Seq, Standing};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

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
            if standing.member.is_none() {
                standing.applicant = self.applicant(gid, identity)?;
            }
        }
        if let Some(target) = act.and_then(Act::target) {
            standing.target = self.member(gid, target)?;
            standing.target_ban = self.ban(gid, target)?;
            standing.target_grants = self.grants_in(group, target)?;
        }
        if act.is_some_and(Act::may_end_an_owner) {
            standing.owners = self.owner_count(gid)?;
        }
        if let (Some(identity), Some(act)) = (caller.identity(), act)
            && act.permission().needs_a_voice()
        {
            standing.mute = self.mute(gid, identity)?;
        }
        match act {
            Some(Act::Post(post)) => {
                self.about_post(gid, &mut standing, caller, post)?;
                self.about_author(group, &mut standing, post)?;
            }
            Some(Act::Direct { to, post }) => {
                self.about_post(gid, &mut standing, caller, post)?;
                standing.recipient = self.member(gid, *to)?;
            }
            Some(Act::Edit { target, .. } | Act::Unpin(target)) => {
                standing.said = self.said(gid, caller.identity(), *target)?;
            }
            Some(Act::Delete { target, .. }) => {
                standing.said = self.said(gid, caller.identity(), *target)?;
                if let Some(author) = standing.said.as_ref().map(|said| said.author) {
                    standing.target = self.member(gid, author)?;
                    standing.target_grants = self.grants_in(group, author)?;
                }
            }
            Some(Act::Pin(target)) => {
                standing.said = self.said(gid, caller.identity(), *target)?;
                standing.pins = self.pin_count(gid)?;
            }
            Some(Act::Purge { of, since, before, .. }) => {
                standing.purged = self.to_purge(gid, *of, (*since, *before))?;
            }
            Some(Act::ChooseNotify(_) | Act::ChooseLanguage(_)) => self.chosen(gid, &mut standing, caller)?,
            Some(Act::Ban { identity, remove, .. }) => {
                standing.target_said = match remove {
                    Remove::Nothing => Vec::new(),
                    Remove::Since(time) => self.to_purge(gid, Some(*identity), (Some(*time), None))?,
                    Remove::All => self.to_purge(gid, Some(*identity), (None, None))?,
                };
            }
            Some(Act::Mute { identity, .. } | Act::Unmute { identity }) => {
                standing.target_mute = self.mute(gid, *identity)?;
            }
            Some(Act::Publish(post) | Act::Drop { post, .. }) => {
                standing.held_post = self.held_post(gid, *post)?;
                standing.posted = self.post_seq(gid, *post)?;
            }
            Some(act) => self.about_coming(gid, caller, act, &mut standing)?,
            None => {}
        }
        Ok(standing)
    }

    /// What letting somebody in depends on, and inviting.
    fn about_coming(
        &self,
        gid: GroupId,
        caller: Caller,
        act: &Act,
        standing: &mut Standing,
    ) -> Result<(), StoreError> {
        match act {
            Act::Join(wish) if standing.member.is_none() => {
                standing.admission = self.admission(gid, caller.identity())?;
                if let Some(id) = wish.invite {
                    standing.admission.invite = self.invite(gid, id)?;
                }
            }
            Act::Approve { identity } | Act::Deny { identity, .. } | Act::Add { identity, .. } => {
                standing.target = self.member(gid, *identity)?;
                standing.target_ban = self.ban(gid, *identity)?;
                standing.admission = self.admission(gid, Some(*identity))?;
                standing.admission.preapproved = self.preapproved_count(gid)?;
            }
            Act::Invite { .. } => {
                let by = caller.identity();
                let (invites, own_invites) = self.invite_counts(gid, by)?;
                let (first_to_end, own_first_to_end) =
                    (self.first_invite_to_end(gid, None)?, self.first_invite_to_end(gid, by)?);
                standing.admission = Admission {
                    invites,
                    own_invites,
                    first_to_end,
                    own_first_to_end,
                    ..Admission::default()
                };
            }
            Act::RevokeInvite { made } => standing.admission.invite = self.invite_made(gid, *made)?,
            _ => {}
        }
        Ok(())
    }

    /// What became of a post that was held, and what is known of its author where posts are looked at.
    fn about_author(
        &self,
        group: &GroupFacts,
        standing: &mut Standing,
        post: &Post,
    ) -> Result<(), StoreError> {
        if standing.posted.is_none() {
            standing.held_post = self.held_post(group.gid, post.id)?;
        }
        if !group.settings.moderation.is_open() {
            standing.has_posted = self.latest_by(group.gid, post.author)?.is_some();
            standing.held = self.held_counts(group.gid, post.author)?;
        }
        Ok(())
    }

    fn admission(&self, gid: GroupId, person: Option<IdentityHash>) -> Result<Admission, StoreError> {
        let Some(person) = person else { return Ok(Admission::default()) };
        Ok(Admission {
            applicant: self.applicant(gid, person)?,
            is_preapproved: self.is_preapproved(gid, person)?,
            waiting: self.applicant_count(gid)?,
            longest: self.applicants_page(gid, Seq(0), 1)?.pop(),
            ..Admission::default()
        })
    }

    /// What is known of a post that somebody wants to say.
    fn about_post(
        &self,
        gid: GroupId,
        standing: &mut Standing,
        caller: Caller,
        post: &Post,
    ) -> Result<(), StoreError> {
        standing.posted = match self.post_seq(gid, post.id)? {
            None => self.reaction_seq(gid, post.id)?,
            posted => posted,
        };
        // A client names a post of the group, an LXMF message the copy that its author has.
        let named = match (post.about, post.body.fields().about()) {
            (Some(id), _) => Some(id),
            (None, Some(hash)) => self.post_of_copy(gid, &hash)?,
            (None, None) => None,
        };
        let said = named.map(|id| self.said(gid, caller.identity(), id)).transpose()?.flatten();
        let said = said.filter(|said| said.post.is_some());
        standing.about = said.as_ref().map(|said| said.id);
        if let Some((to, said)) = said.and_then(|said| Some((said.recipient?, said))) {
            let other = if to == post.author { said.author } else { to };
            standing.answers = Some(other);
            standing.recipient = self.member(gid, other)?;
        }
        if let (Some(target), true) = (standing.about, post.body.is_reaction()) {
            let emoji = post.body.fields().reaction().unwrap_or_default();
            standing.reacted = self.reaction_of(gid, target, &emoji, post.author)?.map(|(seq, _)| seq);
        }
        Ok(())
    }

    /// What the caller has chosen for themselves.
    fn chosen(&self, gid: GroupId, standing: &mut Standing, caller: Caller) -> Result<(), StoreError> {
        if let Some(identity) = caller.identity() {
            standing.notify = self.notify_choice(gid, identity)?;
            standing.language = self.language(gid, identity)?;
        }
        Ok(())
    }

    /// A message or a reaction that is still there, if `viewer` may see it.
    fn said(
        &self,
        gid: GroupId,
        viewer: Option<IdentityHash>,
        id: PostId,
    ) -> Result<Option<Said>, StoreError> {
        if let Some(message) = self.message(gid, viewer, id)? {
            let Content::Post(post) = message.content else { return Ok(None) };
            let (author, first) = (post.author, message.first.unwrap_or(post.author_time));
            let (seq, recipient, pinned) = (message.seq, message.recipient, message.pinned);
            return Ok(Some(Said { id, seq, author, first, recipient, pinned, post: Some(post) }));
        }
        let reaction = self.reaction(gid, id)?;
        Ok(reaction.and_then(|ReactionRow { seq, author }| {
            let (first, recipient, pinned, post) = (UnixTime::from_micros(0), None, false, None);
            Some(Said { id, seq, author: author?, first, recipient, pinned, post })
        }))
    }
}
