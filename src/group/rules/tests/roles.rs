//! Promises about roles, grants, and who stands above whom.

use super::*;
use crate::group::PermissionSet;

/// Who stands where: the caller is Anna, the act is about Bob.
fn standing(anna_is: Option<Role>, bob_is: Option<Role>) -> Standing {
    let member = |identity, number, role| Member {
        identity,
        number: MemberNumber(number),
        nick: None,
        relay: Relay::Off,
        role,
        joined: UnixTime::from_micros(1),
    };
    Standing {
        member: anna_is.map(|role| member(anna(), 1, role)),
        target: bob_is.map(|role| member(bob(), 2, role)),
        owners: 2,
        ..Standing::default()
    }
}

fn grant(permission: Permission) -> Grant {
    Grant { permission, source: GrantSource::Direct { until: None } }
}

fn ban_bob() -> Act {
    Act::Ban { identity: bob(), reason: String::new(), until: None, remove: Remove::Nothing }
}

fn make_bob(role: Role) -> Act {
    Act::AssignRole { member: bob(), role }
}

#[test]
fn nobody_acts_on_somebody_of_their_own_rank_or_above() {
    for mine in [Role::Owner, Role::Admin, Role::Moderator] {
        for theirs in Role::ALL {
            let decided = ask(&standing(Some(mine), Some(*theirs)), ban_bob());
            if mine.rank() > theirs.rank() {
                assert!(matches!(decided, Ok(Decision::Event(GroupEvent::IdentityBanned(_)))), "{theirs}");
            } else {
                assert_eq!(code(decided), RefusalCode::Outranked, "{mine} bans {theirs}");
            }
        }
    }
}

#[test]
fn who_has_been_given_a_permission_can_use_it_on_members_and_not_on_staff() {
    let grants = vec![grant(Permission::Ban)];
    for (mine, theirs, may) in [
        (Some(Role::Member), Role::Member, true),
        (Some(Role::Newcomer), Role::Member, true),
        (None, Role::Member, true),
        (Some(Role::Member), Role::Moderator, false),
    ] {
        let standing = Standing { grants: grants.clone(), ..standing(mine, Some(theirs)) };
        assert_eq!(ask(&standing, ban_bob()).is_ok(), may, "{mine:?} bans {theirs}");
    }
    let both = Standing {
        grants: grants.clone(),
        target_grants: grants,
        ..standing(Some(Role::Member), Some(Role::Member))
    };
    assert_eq!(code(ask(&both, ban_bob())), RefusalCode::Outranked);
}

#[test]
fn a_permission_that_members_have_lifts_nobody() {
    let harmless = vec![grant(Permission::Post)];
    let standing =
        Standing { target_grants: harmless, ..standing(Some(Role::Moderator), Some(Role::Member)) };
    assert!(ask(&standing, ban_bob()).is_ok());
}

#[test]
fn a_role_may_what_its_group_lets_it() {
    let quiet = Role::Member.default_permissions().without(&[Permission::Post]);
    let group = GroupFacts { roles: RoleTable::default().with(Role::Member, quiet), ..group() };
    let post = |standing: &Standing| {
        let act = Act::Post(post(anna(), "hi"));
        decide(&group, Caller::Identified(anna()), standing, act, NOW).map_err(|refusal| refusal.code)
    };
    assert_eq!(post(&standing(Some(Role::Member), None)), Err(RefusalCode::NotAllowed));
    assert!(post(&standing(Some(Role::Moderator), None)).is_ok());
    let given = Standing { grants: vec![grant(Permission::Post)], ..standing(Some(Role::Member), None) };
    assert!(post(&given).is_ok());
    // Joining would not help.
    assert_eq!(post(&standing(None, None)), Err(RefusalCode::NotAllowed));
}

#[test]
fn a_reader_reads_and_neither_posts_nor_reacts() {
    let reader = standing(Some(Role::Reader), None);
    let may = |permission| may(&group(), Caller::Identified(anna()), &reader, permission, NOW).is_ok();
    assert!(may(Permission::ReadMessages) && may(Permission::ReadMembers) && may(Permission::SwitchRelay));
    assert!(!may(Permission::Post) && !may(Permission::React) && !may(Permission::Direct));
    let known = Standing { about: Some(PostId::from_bytes([3; 16])), ..reader };
    assert_eq!(code(ask(&known, Act::Post(reaction("👍")))), RefusalCode::NotAllowed);
}

#[test]
fn a_newcomer_posts_without_files() {
    let newcomer = standing(Some(Role::Newcomer), None);
    assert!(ask(&newcomer, Act::Post(post(anna(), "hi"))).is_ok());
    let body = Body::Plain { title: Vec::new(), text: "see".into(), fields: vec![0x81, 0x05, 0x91, 0x90] };
    let file = Post::new(gid(), anna(), NOW, body, Authorship::Link { client_id: [5; 8] });
    assert_eq!(code(ask(&newcomer, Act::Post(file.clone()))), RefusalCode::NotAllowed);
    assert!(ask(&member(), Act::Post(file)).is_ok());
}

#[test]
fn staff_is_who_moderates_and_who_has_been_given_it() {
    let mut settings = Settings::public("Hamburg");
    settings.visibility.members = VisibilityClass::Staff;
    let sees = |standing: &Standing| {
        may(&with(&settings), Caller::Identified(anna()), standing, Permission::ReadMembers, NOW).is_ok()
    };
    assert!(sees(&standing(Some(Role::Moderator), None)));
    assert!(!sees(&standing(Some(Role::Member), None)));
    let given = Standing { grants: vec![grant(Permission::ReadMembers)], ..standing(None, None) };
    assert!(sees(&given));
}

#[test]
fn roles_are_given_downwards() {
    let give = |mine, theirs, role| ask(&standing(Some(mine), Some(theirs)), make_bob(role));
    assert!(give(Role::Owner, Role::Member, Role::Admin).is_ok());
    assert!(give(Role::Owner, Role::Member, Role::Owner).is_ok());
    assert!(give(Role::Admin, Role::Member, Role::Moderator).is_ok());
    assert!(give(Role::Admin, Role::Moderator, Role::Member).is_ok());
    for role in [Role::Admin, Role::Owner] {
        assert_eq!(code(give(Role::Admin, Role::Member, role)), RefusalCode::Outranked, "{role}");
    }
    assert_eq!(code(give(Role::Moderator, Role::Member, Role::Reader)), RefusalCode::NotAllowed);
    assert_eq!(
        give(Role::Owner, Role::Member, Role::Member),
        Ok(Decision::Already(Already::Role(Role::Member)))
    );
    assert_eq!(code(ask(&standing(Some(Role::Owner), None), make_bob(Role::Admin))), RefusalCode::NotFound);
}

#[test]
fn nobody_gives_what_they_do_not_have() {
    let lean = Role::Admin.default_permissions().without(&[Permission::Kick]);
    let group = GroupFacts { roles: RoleTable::default().with(Role::Admin, lean), ..group() };
    let standing = standing(Some(Role::Admin), Some(Role::Member));
    let ask = |act| decide(&group, Caller::Identified(anna()), &standing, act, NOW);
    assert_eq!(code(ask(make_bob(Role::Moderator))), RefusalCode::NotAllowed);
    let grant = |permission| Act::Grant { identity: bob(), permission, until: None };
    assert_eq!(code(ask(grant(Permission::Kick))), RefusalCode::NotAllowed);
    assert!(ask(grant(Permission::Mute)).is_ok());
    let more = Role::Member.default_permissions().with(&[Permission::Kick]);
    assert_eq!(code(ask(Act::DefineRole { role: Role::Member, permissions: more })), RefusalCode::NotAllowed);
}

#[test]
fn nobody_lifts_themselves() {
    let me = standing(Some(Role::Reader), None);
    let me = Standing { target: me.member.clone(), grants: vec![grant(Permission::ChangeRoles)], ..me };
    let up = Act::AssignRole { member: anna(), role: Role::Member };
    assert_eq!(code(ask(&me, up)), RefusalCode::NotAllowed);
    let keep = Act::Grant { identity: anna(), permission: Permission::ChangeRoles, until: None };
    assert_eq!(code(ask(&me, keep)), RefusalCode::NotAllowed);
    let own = Act::DefineRole { role: Role::Admin, permissions: PermissionSet::NONE };
    assert_eq!(code(ask(&standing(Some(Role::Admin), None), own)), RefusalCode::Outranked);
}

#[test]
fn who_stands_above_may_step_down() {
    let me = standing(Some(Role::Admin), None);
    let me = Standing { target: me.member.clone(), ..me };
    assert!(ask(&me, Act::AssignRole { member: anna(), role: Role::Member }).is_ok());
}

#[test]
fn the_last_owner_stays() {
    let last = Standing { owners: 1, ..standing(Some(Role::Owner), None) };
    let last = Standing { target: last.member.clone(), ..last };
    let step_down = Act::AssignRole { member: anna(), role: Role::Member };
    assert_eq!(code(ask(&last, Act::Leave)), RefusalCode::LastOwner);
    assert_eq!(code(ask(&last, step_down.clone())), RefusalCode::LastOwner);
    let out = Act::Ban { identity: anna(), reason: String::new(), until: None, remove: Remove::Nothing };
    assert_eq!(code(ask(&last, out)), RefusalCode::LastOwner);
    let one_of_two = Standing { owners: 2, ..last };
    assert!(ask(&one_of_two, Act::Leave).is_ok());
    assert!(ask(&one_of_two, step_down).is_ok());
}

#[test]
fn the_operator_stands_above_the_last_owner() {
    let last = Standing { owners: 1, ..standing(None, Some(Role::Owner)) };
    assert!(decide(&group(), Caller::Operator, &last, ban_bob(), NOW).is_ok());
    let made =
        decide(&group(), Caller::Operator, &standing(None, Some(Role::Member)), make_bob(Role::Owner), NOW);
    assert!(matches!(made, Ok(Decision::Event(GroupEvent::RoleAssigned(_)))));
}

#[test]
fn what_would_lock_the_owners_out_is_refused() {
    let without = |permission: Permission| {
        let permissions = Role::Owner.default_permissions().without(&[permission]);
        let act = Act::DefineRole { role: Role::Owner, permissions };
        ask(&standing(Some(Role::Owner), None), act)
    };
    assert_eq!(code(without(Permission::ChangeRoles)), RefusalCode::LockOut);
    assert_eq!(code(without(Permission::ChangeSettings)), RefusalCode::LockOut);
    assert!(without(Permission::Ban).is_ok());
}

#[test]
fn granting_and_revoking_twice_is_fine() {
    let owner = standing(Some(Role::Owner), Some(Role::Member));
    let give = Act::Grant { identity: bob(), permission: Permission::Kick, until: Some(LATER) };
    let take = Act::Revoke { identity: bob(), permission: Permission::Kick };
    assert!(matches!(ask(&owner, give.clone()), Ok(Decision::Event(GroupEvent::PermissionGranted(_)))));
    assert_eq!(ask(&owner, take.clone()), Ok(Decision::Already(Already::NotGranted)));
    let source = GrantSource::Direct { until: Some(LATER) };
    let has = Standing { target_grants: vec![Grant { permission: Permission::Kick, source }], ..owner };
    assert_eq!(ask(&has, give), Ok(Decision::Already(Already::Granted)));
    assert!(matches!(ask(&has, take), Ok(Decision::Event(GroupEvent::PermissionRevoked(_)))));
}

#[test]
fn so_many_permissions_are_given_and_no_more() {
    let full = GroupFacts { grant_count: MAX_GRANTS, ..group() };
    let act = Act::Grant { identity: bob(), permission: Permission::Kick, until: None };
    let owner = standing(Some(Role::Owner), Some(Role::Member));
    let refused = decide(&full, Caller::Identified(anna()), &owner, act, NOW);
    assert_eq!(code(refused), RefusalCode::TooLarge);
}

#[test]
fn members_name_themselves_and_staff_names_others() {
    let change = Act::ChangeNick(Some("Änna".into()));
    let renamed = ask(&member(), change.clone());
    assert!(matches!(renamed, Ok(Decision::Event(GroupEvent::MemberRenamed(_)))));
    assert_eq!(code(ask(&Standing::default(), change)), RefusalCode::NotMember);
    assert_eq!(code(ask(&member(), Act::ChangeNick(Some("[x]".into())))), RefusalCode::BadRequest);
    let other = Act::RenameMember { member: bob(), nick: None };
    assert_eq!(
        code(ask(&standing(Some(Role::Moderator), Some(Role::Member)), other.clone())),
        RefusalCode::NotAllowed
    );
    assert_eq!(
        code(ask(&standing(Some(Role::Admin), Some(Role::Admin)), other.clone())),
        RefusalCode::Outranked
    );
    assert_eq!(
        ask(&standing(Some(Role::Admin), Some(Role::Member)), other),
        Ok(Decision::Already(Already::Called))
    );
}
