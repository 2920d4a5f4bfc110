//! Promises about who comes in, and on what terms.

use super::*;
use crate::group::event::{GroupEvent, InviteMade, InviteRevoked};
use crate::group::facts::Admission;
use crate::group::invite::{Invite, InviteId, MAX_INVITES, MAX_OWN_INVITES};
use crate::group::permission::{Grant, GrantSource, Permission};
use crate::group::rules::{Act, decide};
use crate::group::{
    Applicant, Ban, GroupId, GroupKind, GroupMode, GroupRole, JoinTerms, MemberNumber, Relay, Role,
    RoleTable, Seq, Settings,
};

const GID: GroupId = GroupId::from_bytes([9; 16]);
const ANNA: IdentityHash = IdentityHash::from_bytes([0xaa; 16]);
const BERT: IdentityHash = IdentityHash::from_bytes([0xbb; 16]);
const STAFF: Caller = Caller::Identified(BERT);

fn at(secs: i64) -> UnixTime {
    UnixTime::from_micros(1_700_000_000_000_000 + secs * 1_000_000)
}

fn group(joining: JoinTerms) -> GroupFacts {
    GroupFacts {
        gid: GID,
        kind: GroupKind::Group,
        mode: GroupMode::Plain,
        role: GroupRole::Origin,
        settings: Settings { joining, ..Settings::public("Hamburg") },
        roles: RoleTable::default(),
        set_at: Seq(1),
        grant_count: 0,
        member_count: 3,
        next_member_number: MemberNumber(7),
        read_only: None,
    }
}

fn with_mode(mode: JoinMode) -> GroupFacts {
    group(JoinTerms { mode, ..JoinTerms::default() })
}

fn staff() -> Standing {
    let grant = |permission| Grant { permission, source: GrantSource::Direct { until: None } };
    Standing { grants: vec![grant(Permission::Approve), grant(Permission::Invite)], ..Standing::default() }
}

fn applicant(text: &str) -> Applicant {
    Applicant { identity: ANNA, nick: Some("Anna".into()), text: text.into(), asked: Seq(3), since: at(0) }
}

fn waits() -> Admission {
    Admission { applicant: Some(applicant("me")), waiting: 1, ..Admission::default() }
}

fn invite(made_by: Option<IdentityHash>) -> Invite {
    let id = InviteId::from_bytes([1; 16]);
    Invite { id, made: Seq(5), by: made_by, uses: 2, used: 1, until: Some(at(100)) }
}

fn asked(group: &GroupFacts, admission: Admission, wish: Application) -> Result<Decision, Refusal> {
    let standing = Standing { admission, ..Standing::default() };
    decide(group, Caller::Identified(ANNA), &standing, Act::Join(wish), at(10))
}

fn event(decision: Result<Decision, Refusal>) -> GroupEvent {
    match decision {
        Ok(Decision::Event(event)) => event,
        other => panic!("no event but {other:?}"),
    }
}

fn code(decision: Result<Decision, Refusal>) -> RefusalCode {
    decision.unwrap_err().code
}

fn joined(way: Option<Way>, by: Option<IdentityHash>, invite: Option<Seq>, nick: Option<&str>) -> GroupEvent {
    let event = MemberJoined::new(ANNA, MemberNumber(7), nick.map(str::to_owned));
    MemberJoined { way, by, invite, ..event }.into()
}

#[test]
fn where_approval_is_needed_who_asks_waits_and_is_let_in() {
    let group = with_mode(JoinMode::Approval);
    let wish = Application { text: " I am\n Anna\u{7} ".into(), ..Application::named("Anna") };
    let asks = JoinRequested {
        identity: ANNA,
        nick: Some("Anna".into()),
        text: "I am Anna".into(),
        instead_of: None,
    };
    assert_eq!(event(asked(&group, Admission::default(), wish)), asks.into());
    let act = Act::Approve { identity: ANNA };
    let standing = Standing { admission: waits(), ..staff() };
    let approved = decide(&group, STAFF, &standing, act, at(20));
    assert_eq!(event(approved), joined(Some(Way::Approved), Some(BERT), None, Some("Anna")));
}

#[test]
fn asking_twice_is_one_request_whose_words_can_change() {
    let group = with_mode(JoinMode::Approval);
    let wish = |text: &str| Application { text: text.into(), ..Application::named("Anna") };
    assert_eq!(asked(&group, waits(), wish("me")), Ok(Decision::Already(Already::Waiting)));
    let GroupEvent::JoinRequested(again) = event(asked(&group, waits(), wish("me, from Altona"))) else {
        panic!("no request")
    };
    assert_eq!((again.text.as_str(), again.instead_of), ("me, from Altona", None));
    // It takes no second place, so it needs no room.
    let full = Admission { waiting: 5_000, ..waits() };
    assert!(asked(&group, full, wish("other")).is_ok());
}

#[test]
fn the_waiting_room_has_an_end_and_only_who_waits_for_long_makes_room() {
    let group = group(JoinTerms { mode: JoinMode::Approval, max_pending: 2, ..JoinTerms::default() });
    let longest = |since| Some(Applicant { identity: BERT, since, ..applicant("") });
    let full = |since| Admission { waiting: 2, longest: longest(since), ..Admission::default() };
    assert_eq!(code(asked(&group, full(at(0)), Application::default())), RefusalCode::GroupFull);
    let GroupEvent::JoinRequested(asks) = event(asked(&group, full(at(-604_800)), Application::default()))
    else {
        panic!("no request")
    };
    assert_eq!(asks.instead_of, Some(BERT));
}

#[test]
fn who_was_approved_before_comes_in_in_every_mode_and_for_nothing() {
    let preapproved = Admission { is_preapproved: true, ..Admission::default() };
    for mode in JoinMode::ALL {
        let group = group(JoinTerms { mode: *mode, price: 20, ..JoinTerms::default() });
        let came = asked(&group, preapproved.clone(), Application::default());
        assert_eq!(event(came), joined(Some(Way::Preapproved), None, None, None));
    }
    let group = with_mode(JoinMode::Closed);
    let act = Act::Approve { identity: ANNA };
    let approved = decide(&group, STAFF, &staff(), act.clone(), at(0));
    assert_eq!(event(approved), IdentityPreapproved { identity: ANNA, by: Some(BERT) }.into());
    let already = Standing { admission: preapproved.clone(), ..staff() };
    assert_eq!(decide(&group, STAFF, &already, act, at(0)), Ok(Decision::Already(Already::Preapproved)));
    let deny = Act::Deny { identity: ANNA, reason: String::new() };
    let withdrawn = event(decide(&group, STAFF, &already, deny.clone(), at(0)));
    assert_eq!(withdrawn, PreapprovalWithdrawn { identity: ANNA, by: Some(BERT) }.into());
    assert_eq!(code(decide(&group, STAFF, &staff(), deny, at(0))), RefusalCode::NotFound);
}

#[test]
fn an_invite_opens_every_group_that_is_not_closed() {
    for mode in [JoinMode::Open, JoinMode::Approval, JoinMode::Invite] {
        let group = group(JoinTerms { mode, price: 20, ..JoinTerms::default() });
        let has = |invite| Admission { invite, ..Admission::default() };
        let wish = Application { invite: Some(InviteId::from_bytes([1; 16])), ..Application::default() };
        let came = asked(&group, has(Some(invite(Some(BERT)))), wish.clone());
        assert_eq!(event(came), joined(Some(Way::Invited), None, Some(Seq(5)), None));
        let over = Invite { until: Some(at(10)), ..invite(None) };
        assert_eq!(code(asked(&group, has(Some(over)), wish.clone())), RefusalCode::Invite);
        assert_eq!(code(asked(&group, has(None), wish)), RefusalCode::Invite);
    }
    let wish = Application { invite: Some(InviteId::from_bytes([1; 16])), ..Application::default() };
    let has = Admission { invite: Some(invite(None)), ..Admission::default() };
    assert_eq!(code(asked(&with_mode(JoinMode::Closed), has, wish)), RefusalCode::Closed);
    let without = asked(&with_mode(JoinMode::Invite), Admission::default(), Application::default());
    assert_eq!(code(without), RefusalCode::Invite);
}

#[test]
fn who_does_not_pay_does_not_even_wait() {
    for mode in [JoinMode::Open, JoinMode::Approval] {
        let group = group(JoinTerms { mode, price: 8, ..JoinTerms::default() });
        let ask = |work| asked(&group, Admission::default(), Application { work, ..Application::default() });
        let refusal = ask(None).unwrap_err();
        assert_eq!((refusal.code, refusal.field), (RefusalCode::Price, Some("work")));
        let day = (1_700_000_000 / 86_400).to_string();
        assert!(
            refusal.then.to_string().contains(&day) && refusal.then.to_string().contains("SHA-256"),
            "{refusal}"
        );
        assert!(refusal.to_string().len() < 287, "{refusal}");
        assert_eq!(code(ask(Some(Work::Stamp(7)))), RefusalCode::Price);
        assert!(ask(Some(Work::Stamp(8))).is_ok());
        let nonces = (0_u32..).map(|n| Work::Nonce(n.to_be_bytes().to_vec()));
        let mut paid = nonces.into_iter().filter(|work| work.value(GID, ANNA, at(10)) >= 8);
        assert!(ask(paid.next()).is_ok());
    }
}

#[test]
fn a_full_group_takes_nobody_however_they_come() {
    let group = |mode| GroupFacts { member_count: 20_000, ..with_mode(mode) };
    let came = |mode, admission| code(asked(&group(mode), admission, Application::default()));
    let preapproved = Admission { is_preapproved: true, ..Admission::default() };
    assert_eq!(came(JoinMode::Open, Admission::default()), RefusalCode::GroupFull);
    assert_eq!(came(JoinMode::Approval, preapproved), RefusalCode::GroupFull);
    let standing = Standing { admission: waits(), ..staff() };
    for act in [Act::Approve { identity: ANNA }, Act::Add { identity: ANNA, nick: None }] {
        let full = group(JoinMode::Approval);
        assert_eq!(code(decide(&full, STAFF, &standing, act, at(0))), RefusalCode::GroupFull);
    }
}

#[test]
fn nobody_who_is_banned_is_let_in_by_mistake() {
    let ban = Ban {
        identity: ANNA,
        number: None,
        nick: None,
        reason: String::new(),
        by: None,
        since: at(0),
        until: Some(at(50)),
    };
    let standing = Standing { target_ban: Some(ban), ..staff() };
    let group = with_mode(JoinMode::Open);
    for act in [Act::Approve { identity: ANNA }, Act::Add { identity: ANNA, nick: None }] {
        assert_eq!(code(decide(&group, STAFF, &standing, act.clone(), at(49))), RefusalCode::Banned);
        assert!(decide(&group, STAFF, &standing, act, at(50)).is_ok());
    }
}

#[test]
fn who_may_not_let_people_in_does_not() {
    let member = Member {
        identity: BERT,
        number: MemberNumber(2),
        nick: None,
        relay: Relay::Off,
        role: Role::Member,
        joined: at(0),
    };
    let standing = Standing { member: Some(member), admission: waits(), ..Standing::default() };
    for act in [
        Act::Approve { identity: ANNA },
        Act::Deny { identity: ANNA, reason: String::new() },
        Act::Add { identity: ANNA, nick: None },
        Act::LetGo { identity: ANNA },
    ] {
        let group = with_mode(JoinMode::Approval);
        assert_eq!(code(decide(&group, STAFF, &standing, act, at(0))), RefusalCode::NotAllowed);
    }
}

#[test]
fn who_waits_takes_it_back_by_leaving_and_is_told_that_it_is_not_decided() {
    let group = with_mode(JoinMode::Approval);
    let standing = Standing { applicant: Some(applicant("")), ..Standing::default() };
    let caller = Caller::Identified(ANNA);
    let left = event(decide(&group, caller, &standing, Act::Leave, at(0)));
    let denied = JoinDenied { identity: ANNA, reason: String::new(), by: Some(ANNA) };
    assert_eq!(left, denied.into());
    let switch = decide(&group, caller, &standing, Act::SwitchRelay(Relay::Everything), at(0));
    assert_eq!(code(switch), RefusalCode::Pending);
}

#[test]
fn invites_have_bounds_and_one_that_is_over_makes_room() {
    let group = with_mode(JoinMode::Invite);
    let make = |uses, until, admission: Admission| {
        let standing = Standing { admission, ..staff() };
        let id = InviteId::from_bytes([2; 16]);
        decide(&group, STAFF, &standing, Act::Invite { id, uses, until }, at(10))
    };
    let made = |instead_of| InviteMade {
        id: InviteId::from_bytes([2; 16]),
        uses: 1,
        until: None,
        by: Some(BERT),
        instead_of,
    };
    assert_eq!(event(make(1, None, Admission::default())), made(None).into());
    assert_eq!(code(make(0, None, Admission::default())), RefusalCode::BadRequest);
    assert_eq!(code(make(10_001, None, Admission::default())), RefusalCode::BadRequest);
    assert_eq!(code(make(1, Some(at(10)), Admission::default())), RefusalCode::BadRequest);
    let over = || Some(Invite { until: Some(at(10)), ..invite(None) });
    let full = Admission { invites: MAX_INVITES, ..Admission::default() };
    let many = Admission { own_invites: MAX_OWN_INVITES, first_to_end: over(), ..Admission::default() };
    assert_eq!(code(make(1, None, full.clone())), RefusalCode::GroupFull);
    assert_eq!(code(make(1, None, many.clone())), RefusalCode::GroupFull);
    assert_eq!(event(make(1, None, Admission { first_to_end: over(), ..full })), made(Some(Seq(5))).into());
    let own = Admission { own_first_to_end: over(), ..many };
    assert_eq!(event(make(1, None, own)), made(Some(Seq(5))).into());
}

#[test]
fn an_invite_is_taken_back_by_who_made_it_or_by_who_lets_people_in() {
    let group = with_mode(JoinMode::Invite);
    let revoke = |by, grants: Vec<Grant>| {
        let admission = Admission { invite: Some(invite(by)), ..Admission::default() };
        let standing = Standing { admission, grants, ..Standing::default() };
        decide(&group, STAFF, &standing, Act::RevokeInvite { made: Seq(5) }, at(0))
    };
    let may_invite =
        || vec![Grant { permission: Permission::Invite, source: GrantSource::Direct { until: None } }];
    let revoked: GroupEvent = InviteRevoked { made: Seq(5), by: Some(BERT) }.into();
    assert_eq!(event(revoke(Some(BERT), may_invite())), revoked);
    assert_eq!(event(revoke(Some(ANNA), staff().grants)), revoked);
    assert_eq!(code(revoke(Some(ANNA), may_invite())), RefusalCode::NotAllowed);
    assert_eq!(code(revoke(None, may_invite())), RefusalCode::NotAllowed);
}
