//! Whatever people do, in whatever order: the log tells all of it, and nothing but it.

use crate::group::event::MemberJoined;
use proptest::prelude::*;

use super::random_history::{Change, change};
use super::random_moderation::{Measure, assert_nothing_is_left_of_what_waited, measure};
use super::*;
use crate::group::{
    Application, InviteId, JoinMode, JoinTerms, Language, MemberNumber, NotifyChoice, NotifyMode,
    NotifyTimes, NotifyWay, Permission, Rank, RefusalCode, Relay, Role,
};
use crate::store::{CopyRow, CopyState};

/// Something that somebody does, or that befalls the group.
#[derive(Debug, Clone, Copy)]
enum Step {
    Join(u8),
    Leave(u8),
    /// From now on this is what it takes to join; two may wait.
    JoinMode(JoinMode),
    /// With the invite of that number.
    JoinInvited(u8, u8),
    Approve(u8),
    Deny(u8),
    Add(u8),
    /// The operator makes the invite of that number, for so many, until then.
    Invite(u8, u32, Option<i64>),
    /// The invite that the event of this number has made, if it has.
    RevokeInvite(u64),
    Relay(u8, Relay),
    Language(u8, Language),
    Notify(u8, NotifyMode),
    Post(u8, u8),
    SignedPost(u8, u8),
    Ban(u8, Option<i64>),
    Unban(u8),
    /// Somebody, or the operator, does to somebody what the rules of roles are about.
    Role(Option<u8>, RoleStep),
    /// Somebody reacts to a signed post of somebody.
    React(u8, u8, u8),
    Wipe(u8, u8),
    /// What was said changes.
    History(Change),
    /// Somebody, or the operator, does something about somebody.
    Measure(Option<u8>, Measure),
    /// The host's clock jumps, also backwards.
    Clock(i64),
}

#[derive(Debug, Clone, Copy)]
enum RoleStep {
    Assign(u8, Role),
    Define(Role, Permission),
    Grant(u8, Permission, Option<i64>),
    Revoke(u8, Permission),
    Rename(u8),
    Describe(u8),
}

impl RoleStep {
    fn act(self, tx: &Transaction<'_>, now: i64) -> Act {
        let facts = tx.group(gid(1)).unwrap().unwrap().facts;
        match self {
            Self::Assign(who, role) => Act::AssignRole { member: person(who), role },
            Self::Define(role, permission) => {
                let permissions = facts.roles.permissions(role).without(&[permission]);
                Act::DefineRole { role, permissions }
            }
            Self::Grant(who, permission, secs) => {
                let until = secs.map(|secs| time(now + secs));
                Act::Grant { identity: person(who), permission, until }
            }
            Self::Revoke(who, permission) => Act::Revoke { identity: person(who), permission },
            Self::Rename(who) => Act::RenameMember { member: person(who), nick: Some("another".into()) },
            Self::Describe(what) => {
                let description = format!("description {what}");
                Act::ChangeSettings(Box::new(Settings { description, ..facts.settings }))
            }
        }
    }
}

fn role_step() -> impl Strategy<Value = RoleStep> {
    let who = || 1_u8..6;
    let role = || prop::sample::select(Role::ALL);
    let permission = || {
        prop::sample::select(
            &[Permission::Kick, Permission::ChangeRoles, Permission::Post, Permission::Ban][..],
        )
    };
    prop_oneof![
        4 => (who(), role()).prop_map(|(who, role)| RoleStep::Assign(who, role)),
        1 => (role(), permission()).prop_map(|(role, permission)| RoleStep::Define(role, permission)),
        2 => (who(), permission(), prop::option::of(1_i64..500))
            .prop_map(|(who, permission, secs)| RoleStep::Grant(who, permission, secs)),
        1 => (who(), permission()).prop_map(|(who, permission)| RoleStep::Revoke(who, permission)),
        1 => who().prop_map(RoleStep::Rename),
        1 => who().prop_map(RoleStep::Describe),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 1_u8..6;
    prop_oneof![
        3 => who().prop_map(Step::Join),
        1 => who().prop_map(Step::Leave),
        1 => prop::sample::select(JoinMode::ALL).prop_map(Step::JoinMode),
        1 => (who(), 0_u8..4).prop_map(|(who, id)| Step::JoinInvited(who, id)),
        1 => who().prop_map(Step::Approve),
        1 => who().prop_map(Step::Deny),
        1 => who().prop_map(Step::Add),
        1 => (0_u8..4, 1_u32..3, prop::option::of(1_i64..500))
            .prop_map(|(id, uses, secs)| Step::Invite(id, uses, secs)),
        1 => (2_u64..40).prop_map(Step::RevokeInvite),
        1 => (who(), prop_oneof![Just(Relay::Off), Just(Relay::Everything), Just(Relay::Text)])
            .prop_map(|(who, relay)| Step::Relay(who, relay)),
        1 => (who(), prop_oneof![Just(NotifyMode::Off), Just(NotifyMode::All), Just(NotifyMode::Mentions)])
            .prop_map(|(who, mode)| Step::Notify(who, mode)),
        1 => (who(), prop_oneof![Just(Language::English), Just(Language::German)])
            .prop_map(|(who, language)| Step::Language(who, language)),
        3 => (who(), 0_u8..8).prop_map(|(who, id)| Step::Post(who, id)),
        3 => (who(), 0_u8..8).prop_map(|(who, text)| Step::SignedPost(who, text)),
        1 => (who(), prop::option::of(1_i64..500)).prop_map(|(who, secs)| Step::Ban(who, secs)),
        1 => who().prop_map(Step::Unban),
        3 => (prop::option::of(who()), role_step()).prop_map(|(by, step)| Step::Role(by, step)),
        2 => (who(), who(), 0_u8..8).prop_map(|(who, whose, text)| Step::React(who, whose, text)),
        1 => (who(), 0_u8..8).prop_map(|(who, id)| Step::Wipe(who, id)),
        7 => change().prop_map(Step::History),
        6 => (prop::option::of(who()), measure()).prop_map(|(by, measure)| Step::Measure(by, measure)),
        1 => (-100_i64..1_000).prop_map(Step::Clock),
    ]
}

/// What an act may be refused for.
const EXPECTED: &[RefusalCode] = &[
    RefusalCode::NotMember,
    RefusalCode::NotAllowed,
    RefusalCode::Outranked,
    RefusalCode::LastOwner,
    RefusalCode::LockOut,
    RefusalCode::Banned,
    RefusalCode::Muted,
    RefusalCode::Filtered,
    RefusalCode::SlowDown,
    RefusalCode::NotFound,
    RefusalCode::Invite,
    RefusalCode::Pending,
    RefusalCode::GroupFull,
    RefusalCode::Closed,
    RefusalCode::BadRequest,
];

/// Who does a step, and what they want. `None` if there is nothing to ask the rules.
fn wanted(tx: &Transaction<'_>, now: &mut i64, step: Step) -> Option<(Caller, Act)> {
    let group = gid(1);
    let wanted = match step {
        Step::Join(who) => {
            (Caller::Identified(person(who)), Act::Join(Application::named(format!("nick {who}"))))
        }
        Step::JoinMode(mode) => {
            let settings = tx.group(group).unwrap().unwrap().facts.settings;
            let joining = JoinTerms { mode, max_pending: 2, ..settings.joining };
            (Caller::Operator, Act::ChangeSettings(Box::new(Settings { joining, ..settings })))
        }
        Step::JoinInvited(who, id) => {
            let wish = Application { invite: Some(InviteId::from_bytes([id; 16])), ..Application::default() };
            (Caller::Identified(person(who)), Act::Join(wish))
        }
        Step::Approve(who) => (Caller::Operator, Act::Approve { identity: person(who) }),
        Step::Deny(who) => (Caller::Operator, Act::Deny { identity: person(who), reason: "not now".into() }),
        Step::Add(who) => (Caller::Operator, Act::Add { identity: person(who), nick: None }),
        Step::Invite(id, uses, secs) => {
            let until = secs.map(|secs| time(*now + secs));
            let id = InviteId::from_bytes([id; 16]);
            if tx.invite(group, id).unwrap().is_some() {
                return None;
            }
            (Caller::Operator, Act::Invite { id, uses, until })
        }
        Step::RevokeInvite(made) => (Caller::Operator, Act::RevokeInvite { made: Seq(made) }),
        Step::Leave(who) => (Caller::Identified(person(who)), Act::Leave),
        Step::Relay(who, relay) => (Caller::Identified(person(who)), Act::SwitchRelay(relay)),
        Step::Notify(who, mode) => {
            let way = NotifyWay::Ping(crate::rns::hash::DestinationHash::from_bytes([who; 16]));
            (
                Caller::Identified(person(who)),
                Act::ChooseNotify(NotifyChoice { mode, way, times: NotifyTimes::default() }),
            )
        }
        Step::Language(who, language) => (Caller::Identified(person(who)), Act::ChooseLanguage(language)),
        Step::Post(who, id) => {
            (Caller::Identified(person(who)), Act::Post(link_post(group, person(who), id, "text")))
        }
        Step::SignedPost(who, text) => {
            let post = lxmf_post(group, person(who), &format!("text {text}"));
            (Caller::Identified(person(who)), Act::Post(post))
        }
        Step::React(who, whose, text) => {
            let target = lxmf_post(group, person(whose), &format!("text {text}"));
            (Caller::Identified(person(who)), Act::Post(reaction(group, person(who), &target)))
        }
        Step::Ban(who, secs) => {
            let until = secs.map(|secs| time(*now + secs));
            (
                Caller::Operator,
                Act::Ban { identity: person(who), reason: "because".into(), until, remove: Remove::Nothing },
            )
        }
        Step::Unban(who) => (Caller::Operator, Act::Unban { identity: person(who) }),
        Step::Role(by, step) => {
            let caller = by.map_or(Caller::Operator, |by| Caller::Identified(person(by)));
            (caller, step.act(tx, *now))
        }
        Step::Wipe(who, id) => {
            let target = link_post(group, person(who), id, "text").id;
            (Caller::Operator, Act::Delete { target, reason: "because".into() })
        }
        Step::History(change) => change.act(tx),
        Step::Measure(by, measure) => {
            let caller = by.map_or(Caller::Operator, |by| Caller::Identified(person(by)));
            (caller, measure.act(tx, *now))
        }
        Step::Clock(secs) => {
            *now += secs;
            return None;
        }
    };
    Some(wanted)
}

/// Does one step. A refusal is fine; what must not happen is anything that a refusal does not explain.
fn run(tx: &Transaction<'_>, now: &mut i64, step: Step) {
    let group = gid(1);
    let Some((caller, wanted)) = wanted(tx, now, step) else { return };
    let before = dump(tx);
    let above = ranks_above(tx, caller, wanted.target());
    let owners = tx.owner_count(group).unwrap();
    let banned = caller.identity().and_then(|who| tx.ban(group, who).unwrap());
    match act(tx, group, caller, wanted, time(*now)) {
        Ok(None) => assert_eq!(dump(tx), before),
        Ok(Some(head)) => {
            assert!(banned.is_none_or(|ban| !ban.holds(time(*now))));
            assert!(above, "nobody is touched who does not stand below");
            assert!(caller == Caller::Operator || owners == 0 || tx.owner_count(group).unwrap() > 0);
            if let Step::SignedPost(who, text) = step {
                let post = lxmf_post(group, person(who), &format!("text {text}"));
                // One that is held is no message yet.
                if tx.post_seq(group, post.id).unwrap() == Some(head.seq) {
                    sent_as(tx, head.seq, &post);
                }
            }
        }
        Err(refusal) => {
            assert!(EXPECTED.contains(&refusal.code), "{refusal}");
            assert_eq!(dump(tx), before);
        }
    }
}

/// By roles alone: who has been given something beyond theirs may reach others who have only the same role.
pub(super) fn ranks_above(tx: &Transaction<'_>, caller: Caller, target: Option<IdentityHash>) -> bool {
    let rank = |who| tx.member(gid(1), who).unwrap().map_or(Rank::STRANGER, |member| member.role.rank());
    match (caller.identity(), target) {
        (Some(caller), Some(target)) if caller != target => {
            let has_more = !tx.grants(gid(1), caller).unwrap().is_empty();
            let mine = if has_more { rank(caller).max(Rank::TRUSTED) } else { rank(caller) };
            mine > rank(target)
        }
        _ => true,
    }
}

/// What the author knows the message by, so that people can react to it.
fn sent_as(tx: &Transaction<'_>, seq: Seq, post: &Post) {
    let Authorship::Lxmf { message_hash, .. } = post.authorship else { panic!("no LXMF message") };
    let original = CopyRow { recipient: post.author, message_hash, state: CopyState::Original };
    tx.put_copies(gid(1), seq, &[original]).unwrap();
}

/// What is kept is counted, and each count is the number of rows.
fn assert_counted(tx: &Transaction<'_>) {
    let one = |sql: &str| tx.sql.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let kept = tx.kept(gid(1)).unwrap();
    let live = "SELECT count(*) FROM group_messages WHERE author IS NOT NULL";
    assert_eq!(i64::try_from(kept.messages).unwrap(), one(live));
    let bytes = "SELECT coalesce(sum(length(e.private)), 0) FROM group_messages AS m \
                 JOIN group_events AS e ON e.gid = m.gid AND e.seq = m.body";
    assert_eq!(i64::try_from(kept.bytes).unwrap(), one(bytes));
    let miscounted = "SELECT count(*) FROM group_messages AS m WHERE reactions <> (SELECT count(*) \
                      FROM group_reactions AS r WHERE r.target = m.post_id AND r.author IS NOT NULL)";
    assert_eq!(one(miscounted), 0);
    let left = "SELECT count(*) FROM group_messages AS m JOIN group_events AS e ON e.gid = m.gid AND e.seq = m.seq \
                WHERE e.private IS NOT NULL AND (m.author IS NULL OR m.body <> m.seq)";
    assert_eq!(one(left), 0, "nothing is left of what was wiped or edited");
}

pub(super) fn assert_sound(tx: &Transaction<'_>) {
    assert_counted(tx);
    assert_nothing_is_left_of_what_waited(tx);
    let group = tx.group(gid(1)).unwrap().unwrap();
    assert_eq!(tx.verify_chain(gid(1)).unwrap(), Some(group.head));
    let members = tx.members_page(gid(1), None, 100).unwrap();
    let grants = tx.grantees(gid(1)).unwrap().into_iter().map(|who| tx.grants(gid(1), who).unwrap().len());
    assert_eq!(usize::try_from(group.facts.grant_count).unwrap(), grants.sum::<usize>());
    assert_eq!(usize::try_from(group.facts.member_count).unwrap(), members.len());
    assert!(members.iter().all(|member| member.number < group.facts.next_member_number));
    let (mut last, mut numbers) = (UnixTime::from_micros(i64::MIN), MemberNumber(0));
    tx.events_since(gid(1), Seq(0), &mut |row| {
        let header = crate::group::encoding::Header::decode(&row.header).unwrap();
        assert!(header.time >= last);
        last = header.time;
        let event = crate::group::encoding::decode(&header, row.private.as_deref());
        if let crate::group::encoding::Decoded::Event(GroupEvent::MemberJoined(MemberJoined {
            number, ..
        })) = event
        {
            assert_eq!(number, numbers.next());
            numbers = number;
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })
    .unwrap();
    assert_eq!(group.facts.next_member_number, numbers.next());
    assert_replay_gives_the_same(tx, gid(1));
}

fn wipe_all_posts(tx: &Transaction<'_>) {
    let mut ids = Vec::new();
    walk_latest(tx, 1_000, &mut |message| {
        ids.push(message.id);
        std::ops::ControlFlow::Continue(())
    });
    for id in ids {
        assert!(delete(tx, id));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_people_do_replaying_the_log_gives_the_same_tables(
        steps in prop::collection::vec(step(), 1..60),
        column in prop::sample::select(&["header", "salt", "private", "private_digest", "hash"][..]),
        (row, at) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        flip in 1_u8..=255,
    ) {
        let mut store = Store::open_in_memory().unwrap();
        let tx = store.begin().unwrap();
        new_group(&tx, gid(1));
        let mut now = 1;
        for step in steps {
            run(&tx, &mut now, step);
        }
        assert_sound(&tx);
        wipe_all_posts(&tx);
        assert_sound(&tx);

        let events = tx.head(gid(1)).unwrap().unwrap().seq.0;
        let seq = 1 + row.index(usize::try_from(events).unwrap());
        let select = format!("SELECT coalesce({column}, header) FROM group_events WHERE seq = {seq}");
        let mut bytes: Vec<u8> = tx.sql.query_row(&select, [], |row| row.get(0)).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let wiped = tx.event(gid(1), Seq(u64::try_from(seq).unwrap())).unwrap().unwrap().private.is_none();
        let column = if wiped && ["salt", "private"].contains(&column) { "header" } else { column };
        tx.sql.execute(&format!("UPDATE group_events SET {column} = ?1 WHERE seq = {seq}"), [bytes]).unwrap();
        let found = matches!(tx.verify_chain(gid(1)), Err(StoreError::Damaged { .. }));
        prop_assert!(found, "event {}, {}, byte {}", seq, column, at);
    }
}
