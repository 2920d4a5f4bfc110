//! Promises of the rules.

use super::*;
use crate::group::event::{IdentityBanned, MemberJoined, MemberLeft, MessagePosted, Reacted};
use crate::group::permission::GrantSource;
use crate::group::{Application, Authorship, Body, TokenId};
use crate::group::{
    Ban, Grant, GroupEvent, GroupId, GroupKind, GroupMode, Member, MemberNumber, Post, PostId, Relay, Remove,
    Role, RoleTable, Seq, Settings, VisibilityClass,
};
use crate::rns::hash::IdentityHash;

mod roles;
mod settings;

const NOW: UnixTime = UnixTime::from_micros(1_000_000_000);
const LATER: UnixTime = UnixTime::from_micros(2_000_000_000);

fn gid() -> GroupId {
    GroupId::from_bytes([9; 16])
}

fn anna() -> IdentityHash {
    IdentityHash::from_bytes([1; 16])
}

fn bob() -> IdentityHash {
    IdentityHash::from_bytes([2; 16])
}

fn group() -> GroupFacts {
    GroupFacts {
        gid: gid(),
        kind: GroupKind::Group,
        mode: GroupMode::Plain,
        role: GroupRole::Origin,
        settings: Settings::public("Hamburg"),
        roles: RoleTable::default(),
        set_at: Seq(1),
        grant_count: 0,
        member_count: 1,
        next_member_number: MemberNumber(2),
        read_only: None,
    }
}

fn with(settings: &Settings) -> GroupFacts {
    GroupFacts { settings: settings.clone(), ..group() }
}

fn member() -> Standing {
    let member = Member {
        identity: anna(),
        number: MemberNumber(1),
        nick: None,
        relay: Relay::Off,
        role: Role::Member,
        joined: UnixTime::from_micros(1),
    };
    Standing { member: Some(member), ..Standing::default() }
}

fn ban_of(identity: IdentityHash, until: Option<UnixTime>) -> Ban {
    let (number, nick) = (None, None);
    Ban { identity, number, nick, reason: "spam".into(), by: None, since: UnixTime::from_micros(1), until }
}

fn post(author: IdentityHash, text: &str) -> Post {
    let body = Body::Plain { title: Vec::new(), text: text.into(), fields: vec![0x80] };
    Post::new(gid(), author, NOW, body, Authorship::Link { client_id: [5; 8] })
}

fn ask(standing: &Standing, act: Act) -> Result<Decision, Refusal> {
    decide(&group(), Caller::Identified(anna()), standing, act, NOW)
}

fn code(result: Result<Decision, Refusal>) -> RefusalCode {
    result.unwrap_err().code
}

#[test]
fn banned_identity_cannot_join_or_post() {
    let banned = Standing { ban: Some(ban_of(anna(), Some(LATER))), ..Standing::default() };
    assert_eq!(code(ask(&banned, Act::Join(Application::default()))), RefusalCode::Banned);
    let still_member = Standing { ban: banned.ban.clone(), ..member() };
    assert_eq!(code(ask(&still_member, Act::Post(post(anna(), "hi")))), RefusalCode::Banned);
    let settings = Settings::public("Hamburg");
    let read =
        may(&with(&settings), Caller::Identified(anna()), &still_member, Permission::ReadMessages, NOW);
    assert_eq!(read.unwrap_err().what.to_string(), "You are banned from this group: spam.");
}

#[test]
fn a_ban_that_has_run_out_lets_in_again() {
    let standing = Standing { ban: Some(ban_of(anna(), Some(NOW))), ..Standing::default() };
    assert!(matches!(ask(&standing, Act::Join(Application::default())), Ok(Decision::Event(_))));
}

#[test]
fn joining_twice_is_fine() {
    let joined = ask(&Standing::default(), Act::Join(Application::named("Änna"))).unwrap();
    let event = GroupEvent::MemberJoined(MemberJoined::new(anna(), MemberNumber(2), Some("Änna".into())));
    assert_eq!(joined, Decision::Event(event));
    let again = ask(&member(), Act::Join(Application::default())).unwrap();
    assert_eq!(again, Decision::Already(Already::Member(MemberNumber(1))));
}

#[test]
fn leaving_and_switching_need_a_member_and_happen_once() {
    assert_eq!(ask(&Standing::default(), Act::Leave).unwrap(), Decision::Already(Already::NotMember));
    assert_eq!(
        ask(&member(), Act::Leave).unwrap(),
        Decision::Event(GroupEvent::MemberLeft(MemberLeft::new(anna())))
    );
    assert_eq!(
        ask(&member(), Act::SwitchRelay(Relay::Off)).unwrap(),
        Decision::Already(Already::Relay(Relay::Off))
    );
    assert_eq!(code(ask(&Standing::default(), Act::SwitchRelay(Relay::Everything))), RefusalCode::NotMember);
}

#[test]
fn banning_and_unbanning_twice_is_fine() {
    let ban = Act::Ban { identity: bob(), reason: "spam".into(), until: None, remove: Remove::Nothing };
    let decide = |standing: &Standing, act| decide(&group(), Caller::Operator, standing, act, NOW).unwrap();
    let event = decide(&Standing::default(), ban.clone());
    assert!(matches!(event, Decision::Event(GroupEvent::IdentityBanned(IdentityBanned { by: None, .. }))));
    let banned = Standing { target_ban: Some(ban_of(bob(), None)), ..Standing::default() };
    assert_eq!(decide(&banned, ban), Decision::Already(Already::Banned));
    let unban = Act::Unban { identity: bob() };
    assert!(matches!(decide(&banned, unban.clone()), Decision::Event(GroupEvent::IdentityUnbanned(_))));
    assert_eq!(decide(&Standing::default(), unban), Decision::Already(Already::NotBanned));
}

#[test]
fn a_member_without_a_grant_cannot_ban() {
    let act = Act::Ban { identity: bob(), reason: String::new(), until: None, remove: Remove::Nothing };
    assert_eq!(code(ask(&member(), act)), RefusalCode::NotAllowed);
}

#[test]
fn a_grant_counts_from_every_source_until_it_ends() {
    let may_ban = |source, now| {
        let grants = vec![Grant { permission: Permission::Ban, source }];
        let standing = Standing { grants, ..Standing::default() };
        may(&group(), Caller::Identified(anna()), &standing, Permission::Ban, now).is_ok()
    };
    assert!(may_ban(GrantSource::Direct { until: None }, NOW));
    assert!(may_ban(GrantSource::Direct { until: Some(LATER) }, NOW));
    assert!(!may_ban(GrantSource::Direct { until: Some(LATER) }, LATER));
    assert!(may_ban(GrantSource::Inherited(gid()), NOW));
    assert!(may_ban(GrantSource::Attested { until: LATER }, NOW));
    assert!(!may_ban(GrantSource::Attested { until: LATER }, LATER));
}

#[test]
fn a_banned_person_has_no_grants() {
    let grants = vec![Grant { permission: Permission::Unban, source: GrantSource::Direct { until: None } }];
    let standing = Standing { grants, ban: Some(ban_of(anna(), None)), ..Standing::default() };
    assert_eq!(code(ask(&standing, Act::Unban { identity: anna() })), RefusalCode::Banned);
}

/// One row for each class, one column for each caller: anonymous, token, stranger, member, operator, the program itself.
#[test]
fn who_reads_follows_from_the_class_and_not_from_having_an_identity() {
    let callers = [
        (Caller::Anonymous, Standing::default()),
        (Caller::Token(TokenId::from_bytes([3; 16])), Standing::default()),
        (Caller::Identified(bob()), Standing::default()),
        (Caller::Identified(anna()), member()),
        (Caller::Operator, Standing::default()),
        (Caller::Host, Standing::default()),
    ];
    let expected = [
        (VisibilityClass::World, [true, true, true, true, true, true]),
        (VisibilityClass::Members, [false, false, false, true, true, true]),
        (VisibilityClass::Staff, [false, false, false, false, true, true]),
        (VisibilityClass::Nobody, [false, false, false, false, false, true]),
    ];
    for (class, row) in expected {
        let mut settings = Settings::public("Hamburg");
        settings.visibility =
            super::super::Visibility { info: class, children: class, members: class, messages: class };
        for permission in [
            Permission::ReadInfo,
            Permission::ReadChildren,
            Permission::ReadMembers,
            Permission::ReadMessages,
        ] {
            let got = callers
                .each_ref()
                .map(|(caller, standing)| may(&with(&settings), *caller, standing, permission, NOW).is_ok());
            assert_eq!(got, row, "{class} {permission}");
        }
    }
}

#[test]
fn each_thing_has_a_class_of_its_own() {
    let mut settings = Settings::public("Hamburg");
    settings.visibility.messages = VisibilityClass::World;
    let anonymous =
        |permission| may(&with(&settings), Caller::Anonymous, &Standing::default(), permission, NOW);
    assert!(anonymous(Permission::ReadMessages).is_ok());
    assert_eq!(anonymous(Permission::ReadMembers).unwrap_err().code, RefusalCode::Identify);
}

#[test]
fn only_members_can_post() {
    assert_eq!(code(ask(&Standing::default(), Act::Post(post(anna(), "hi")))), RefusalCode::NotMember);
    assert_eq!(
        ask(&member(), Act::Post(post(anna(), "hi"))).unwrap(),
        Decision::Event(GroupEvent::MessagePosted(MessagePosted::from(post(anna(), "hi"))))
    );
}

#[test]
fn a_post_that_the_group_has_is_not_posted_again() {
    let standing = Standing { posted: Some(Seq(7)), ..member() };
    let again = ask(&standing, Act::Post(post(anna(), "hi"))).unwrap();
    assert_eq!(again, Decision::Already(Already::Posted(Seq(7))));
}

#[test]
fn a_post_in_somebody_elses_name_is_refused() {
    assert_eq!(code(ask(&member(), Act::Post(post(bob(), "hi")))), RefusalCode::NotAllowed);
    let mut forged = post(anna(), "hi");
    forged.id = crate::group::PostId::from_bytes([0; 16]);
    assert_eq!(code(ask(&member(), Act::Post(forged))), RefusalCode::NotAllowed);
}

#[test]
fn an_empty_or_too_long_post_is_refused_and_the_field_named() {
    assert_eq!(code(ask(&member(), Act::Post(post(anna(), "")))), RefusalCode::Empty);
    let mut small = group();
    small.settings.max_text = 4;
    let long = Act::Post(post(anna(), "12345"));
    let refusal = decide(&small, Caller::Identified(anna()), &member(), long, NOW).unwrap_err();
    assert_eq!((refusal.code, refusal.field), (RefusalCode::TooLarge, Some("text")));
}

/// A post of nothing but field 0x40, which names a message by the hash 07….
fn reaction(text: &str) -> Post {
    let value =
        [&[0x82, 0, 0xc4, 32][..], &[7; 32], &[1, 0xc4, u8::try_from(text.len()).unwrap()], text.as_bytes()];
    let fields = [&[0x81, 0x40][..], &value.concat()].concat();
    let body = Body::Plain { title: Vec::new(), text: Vec::new(), fields };
    Post::new(gid(), anna(), NOW, body, Authorship::Link { client_id: [5; 8] })
}

#[test]
fn a_reaction_needs_something_to_react_to_and_is_no_message() {
    let target = PostId::from_bytes([3; 16]);
    let known = Standing { about: Some(target), ..member() };
    let post = reaction("👍");
    let reacted = GroupEvent::Reacted(Reacted { target, post: post.clone() });
    assert_eq!(ask(&known, Act::Post(post.clone())), Ok(Decision::Event(reacted)));
    assert_eq!(code(ask(&member(), Act::Post(post.clone()))), RefusalCode::NotFound);
    let again = Standing { posted: Some(Seq(4)), ..known.clone() };
    assert_eq!(ask(&again, Act::Post(post)), Ok(Decision::Already(Already::Posted(Seq(4)))));
    // Nothing in it, or a text beside it: a post like any other.
    let Ok(Decision::Event(GroupEvent::MessagePosted(MessagePosted { post, approved: None }))) =
        ask(&known, Act::Post(reaction("")))
    else {
        panic!()
    };
    assert_eq!(post.about, Some(target));
}

#[test]
fn what_is_between_a_program_and_this_host_is_no_post() {
    let of = |fields: &[u8]| {
        let body = Body::Plain { title: Vec::new(), text: Vec::new(), fields: fields.into() };
        ask(&member(), Act::Post(Post::new(gid(), anna(), NOW, body, Authorship::Link { client_id: [5; 8] })))
    };
    assert_eq!(code(of(&[0x82, 0x04, 0x90, 0x0c, 0x90])), RefusalCode::Empty);
    assert_eq!(code(of(&[0x81, 0x09, 0x91, 0x81, 0x02, 0xc3])), RefusalCode::Empty);
    assert!(of(&[0x82, 0x04, 0x90, 0x06, 0x90]).is_ok());
}

#[test]
fn a_sealed_post_is_taken_like_any_other_where_few_can_get_it() {
    let body = Body::Opaque { scheme: 1, bytes: vec![1, 2, 3] };
    let post = Post::new(gid(), anna(), NOW, body, Authorship::Link { client_id: [6; 8] });
    assert!(matches!(ask(&member(), Act::Post(post.clone())), Ok(Decision::Event(_))));
    let mut crowd = group();
    crowd.member_count = MAX_SEALED_MEMBERS;
    let say = |group: &GroupFacts| {
        super::decide(group, Caller::Identified(anna()), &member(), Act::Post(post.clone()), NOW)
    };
    assert!(say(&crowd).is_ok());
    crowd.member_count += 1;
    let refusal = say(&crowd).unwrap_err();
    assert_eq!((refusal.code, refusal.field), (RefusalCode::TooLarge, Some("opaque")), "{refusal}");
}

#[test]
fn a_nick_that_would_garble_a_list_is_refused() {
    let (long, hidden) = ("a".repeat(MAX_NICK + 1), "\u{3164}\u{ad}");
    let brackets = ["[anna]", "an]na", "anna: hi", "<anna>"];
    let invisible =
        ["an\nna", "an\u{202e}na", "\u{2067}anna", "an\u{200b}na", "anna\u{e0041}", "an\u{7}na", hidden];
    // A Cyrillic a in Latin company, a Greek o, wide letters, letters of formulas.
    let alike = ["\u{430}nna", "Bob \u{3bf}", "\u{ff21}nna", "\u{1d400}nna"];
    for nick in ["Анна", "Άννα", "Zoë", "안나", "あんな 2"] {
        let plain = Act::Join(Application::named(nick));
        assert!(ask(&Standing::default(), plain).is_ok(), "{nick}");
    }
    for nick in ["", "  ", " anna", &long].into_iter().chain(brackets).chain(invisible).chain(alike) {
        let refusal = ask(&Standing::default(), Act::Join(Application::named(nick))).unwrap_err();
        assert_eq!((refusal.code, refusal.field), (RefusalCode::BadRequest, Some("nick")), "{nick:?}");
    }
}

#[test]
fn a_full_group_takes_nobody() {
    let mut full = group();
    full.settings.max_members = full.member_count;
    let join = Act::Join(Application::default());
    let refused = decide(&full, Caller::Identified(bob()), &Standing::default(), join, NOW);
    assert_eq!(code(refused), RefusalCode::GroupFull);
}

#[test]
fn a_group_that_is_read_only_or_a_copy_takes_no_changes() {
    let read_only = GroupFacts { read_only: Some("Upgrade.".into()), ..group() };
    let copy = GroupFacts { role: GroupRole::Mirror, ..group() };
    let leave =
        |group: &GroupFacts| code(decide(group, Caller::Identified(anna()), &member(), Act::Leave, NOW));
    assert_eq!(leave(&read_only), RefusalCode::ReadOnly);
    assert_eq!(leave(&copy), RefusalCode::NotOrderer);
}

#[test]
fn nobody_joins_without_saying_who_they_are() {
    for caller in [Caller::Anonymous, Caller::Operator, Caller::Host] {
        let join = Act::Join(Application::default());
        let refused = decide(&group(), caller, &Standing::default(), join, NOW);
        assert_eq!(code(refused), RefusalCode::Identify, "{caller:?}");
    }
}

#[test]
fn asking_again_about_the_same_act_gives_the_same_decision() {
    let act = Act::Post(post(anna(), "late, from elsewhere"));
    let first = decide(&group(), Caller::Identified(anna()), &member(), act.clone(), NOW);
    assert_eq!(decide(&group(), Caller::Identified(anna()), &member(), act, NOW), first);
}

#[test]
fn every_refusal_has_a_word_and_the_reserved_ones_are_kept() {
    let words: Vec<_> = RefusalCode::ALL.iter().map(|code| code.name()).collect();
    for reserved in ["moved", "upgrade_required", "epoch_old", "not_orderer", "reset", "try_also"] {
        assert!(words.contains(&reserved), "{reserved}");
    }
    let mut unique = words.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), words.len());
}
