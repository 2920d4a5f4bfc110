//! What the rules need to know of a caller, gathered in one place.
//! Not the rules.

use super::{StoreError, Transaction};
use crate::group::{Act, Admission, Caller, GroupFacts, GroupId, NotifyChoice, Seq, Standing};
use crate::rns::hash::IdentityHash;

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
            Some(Act::ChooseNotify(_)) => {
                standing.notify = match caller.identity() {
                    Some(identity) => self.notify_choice(gid, identity)?,
                    None => NotifyChoice::OFF,
                };
            }
            Some(Act::ChooseLanguage(_)) => {
                standing.language = match caller.identity() {
                    Some(identity) => self.language(gid, identity)?,
                    None => None,
                };
            }
            Some(Act::Join(wish)) if standing.member.is_none() => {
                standing.admission = self.admission(gid, caller.identity())?;
                if let Some(id) = wish.invite {
                    standing.admission.invite = self.invite(gid, id)?;
                }
            }
            Some(Act::Approve { identity } | Act::Deny { identity, .. } | Act::Add { identity, .. }) => {
                standing.target = self.member(gid, *identity)?;
                standing.target_ban = self.ban(gid, *identity)?;
                standing.admission = self.admission(gid, Some(*identity))?;
                standing.admission.preapproved = self.preapproved_count(gid)?;
            }
            Some(Act::Invite { .. }) => {
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
            Some(Act::RevokeInvite { made }) => standing.admission.invite = self.invite_made(gid, *made)?,
            Some(_) | None => {}
        }
        Ok(standing)
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
}
