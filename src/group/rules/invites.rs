//! Making invites and taking them back.
//! Not using one: that is joining.

use super::act::Decision;
use super::may;
use super::refusals::{ends_later, not_allowed, not_found};
use crate::group::caller::Caller;
use crate::group::event::{InviteMade, InviteRevoked};
use crate::group::facts::{Admission, GroupFacts, Standing};
use crate::group::id::Seq;
use crate::group::invite::{Invite, InviteId, MAX_INVITES, MAX_OWN_INVITES, MAX_USES};
use crate::group::permission::Permission;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;
use crate::rns::time::UnixTime;

pub(super) fn make(
    caller: Caller,
    standing: &Standing,
    id: InviteId,
    uses: u32,
    until: Option<UnixTime>,
    now: UnixTime,
) -> Result<Decision, Refusal> {
    if !(1..=MAX_USES).contains(&uses) {
        let what = Sentence::InviteLetsIn { most: MAX_USES };
        return Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::GiveSuchANumber).in_field("uses"));
    }
    ends_later(until, now, Sentence::InviteOverBeforeItBegins)?;
    let Admission { invites, own_invites, first_to_end, own_first_to_end, .. } = &standing.admission;
    let is_full = *invites >= MAX_INVITES;
    let has_many = caller.identity().is_some() && *own_invites >= MAX_OWN_INVITES;
    let ended =
        |invite: &Option<Invite>| invite.as_ref().filter(|invite| !invite.holds(now)).map(|one| one.made);
    let instead_of = match (has_many, is_full) {
        (false, false) => None,
        (true, _) => ended(own_first_to_end),
        (false, true) => ended(first_to_end),
    };
    if (has_many || is_full) && instead_of.is_none() {
        let what = Sentence::ManyInvites { all: *invites, own: *own_invites };
        return Err(Refusal::new(RefusalCode::GroupFull, what, Sentence::TakeOneBack));
    }
    Ok(Decision::Event(InviteMade { id, uses, until, by: caller.identity(), instead_of }.into()))
}

/// Takes back one's own, or anybody's for who lets people in.
pub(super) fn revoke(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    made: Seq,
    now: UnixTime,
) -> Result<Decision, Refusal> {
    let Some(invite) = &standing.admission.invite else {
        return Err(not_found(Sentence::NoInviteOfThatNumber, Sentence::SeeInvites));
    };
    let is_own = invite.by.is_some() && invite.by == caller.identity();
    if !is_own {
        may(group, caller, standing, Permission::Approve, now).map_err(|_| not_allowed())?;
    }
    Ok(Decision::Event(InviteRevoked { made, by: caller.identity() }.into()))
}
