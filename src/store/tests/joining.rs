//! Promises about who waits, who was approved before, and invites, as they stand in the tables.

use super::*;
use crate::group::event::{IdentityBanned, InviteMade, JoinDenied, JoinRequested, MemberJoined};
use crate::group::{Invite, InviteId, MemberNumber, Seq};

fn apply(tx: &Transaction<'_>, event: impl Into<GroupEvent>, now: i64) -> Head {
    let head = tx.head(gid(1)).unwrap();
    tx.apply(gid(1), head.as_ref(), &event.into(), time(now), SALT).unwrap()
}

fn asks(who: u8, text: &str) -> JoinRequested {
    let nick = Some(format!("nick {who}"));
    JoinRequested { identity: person(who), nick, text: text.into(), instead_of: None }
}

fn waiting(tx: &Transaction<'_>) -> Vec<IdentityHash> {
    tx.applicants_page(gid(1), Seq(0), 100).unwrap().into_iter().map(|one| one.identity).collect()
}

#[test]
fn who_waits_keeps_their_place_until_it_is_decided() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    let first = apply(&tx, asks(3, "first"), 1);
    apply(&tx, asks(1, "second"), 2);
    apply(&tx, asks(2, "third"), 3);
    apply(&tx, asks(3, "other words"), 4);
    assert_eq!(waiting(&tx), [person(3), person(1), person(2)]);
    let applicant = tx.applicant(gid(1), person(3)).unwrap().unwrap();
    assert_eq!(
        (applicant.text.as_str(), applicant.asked, applicant.since),
        ("other words", first.seq, time(1))
    );
    assert_eq!(tx.applicants_page(gid(1), first.seq, 2).unwrap()[0].identity, person(1));

    apply(&tx, JoinRequested { instead_of: Some(person(3)), ..asks(4, "") }, 5);
    apply(&tx, JoinDenied { identity: person(1), reason: "no".into(), by: None }, 6);
    apply(&tx, MemberJoined::new(person(2), MemberNumber(1), None), 7);
    assert_eq!(waiting(&tx), [person(4)]);
    assert_replay_gives_the_same(&tx, gid(1));
}

#[test]
fn a_ban_takes_a_request_an_approval_and_invites_along() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    apply(&tx, asks(1, ""), 1);
    act(&tx, gid(1), Caller::Operator, Act::Approve { identity: person(2) }, time(1)).unwrap();
    let id = InviteId::from_bytes([7; 16]);
    let by = Some(person(3));
    apply(&tx, InviteMade { id, uses: 5, until: None, by, instead_of: None }, 1);
    assert!(tx.is_preapproved(gid(1), person(2)).unwrap());
    for who in 1..=3 {
        let reason = String::new();
        apply(&tx, IdentityBanned::new((person(who), None, None), reason, None, None, &[]), 2);
    }
    assert!(waiting(&tx).is_empty());
    assert!(!tx.is_preapproved(gid(1), person(2)).unwrap());
    assert_eq!(tx.invite(gid(1), id).unwrap(), None);
    assert_replay_gives_the_same(&tx, gid(1));
}

#[test]
fn an_invite_lets_in_as_many_as_it_says_and_then_is_gone() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    let id = InviteId::from_bytes([7; 16]);
    let make = Act::Invite { id, uses: 2, until: Some(time(100)) };
    let made = act(&tx, gid(1), Caller::Operator, make, time(1)).unwrap().unwrap().seq;
    let standing = Invite { id, made, by: None, uses: 2, used: 0, until: Some(time(100)) };
    assert_eq!(tx.invite_made(gid(1), made).unwrap(), Some(standing.clone()));
    let with = || Act::Join(Application { invite: Some(id), ..Application::default() });
    act(&tx, gid(1), Caller::Identified(person(1)), with(), time(2)).unwrap();
    assert_eq!(tx.invites_page(gid(1), Seq(0), 9).unwrap(), [Invite { used: 1, ..standing }]);
    act(&tx, gid(1), Caller::Identified(person(2)), with(), time(3)).unwrap();
    assert_eq!(tx.invite(gid(1), id).unwrap(), None);
    let refused = act(&tx, gid(1), Caller::Identified(person(3)), with(), time(4)).unwrap_err();
    assert_eq!(refused.code, crate::group::RefusalCode::Invite);
    let mut used = 0;
    tx.events_since(gid(1), Seq(0), &mut |row| {
        let header = crate::group::encoding::Header::decode(&row.header).unwrap();
        let event = crate::group::encoding::decode(&header, row.private.as_deref());
        if let crate::group::encoding::Decoded::Event(GroupEvent::MemberJoined(event)) = event {
            assert_eq!(event.invite, Some(made), "which invite was used is in the log");
            used += 1;
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })
    .unwrap();
    assert_eq!(used, 2);
    assert_replay_gives_the_same(&tx, gid(1));
}
