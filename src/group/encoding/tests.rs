//! Promises about the bytes of events.

use proptest::prelude::*;
use rmpv::Value;

use super::*;
use crate::group::event::{
    Approval, DirectPosted, GroupCreated, HeldDropped, IdentityBanned, IdentityPreapproved, IdentityUnbanned,
    InviteMade, InviteRevoked, JoinDenied, JoinRequested, MemberJoined, MemberKicked, MemberLeft,
    MemberMuted, MemberRenamed, MemberUnmuted, MessageDeleted, MessageEdited, MessageHeld, MessagePinned,
    MessagePosted, MessageUnpinned, MessagesPurged, PermissionGranted, PermissionRevoked,
    PreapprovalWithdrawn, Pruned, Reacted, RelaySwitched, RoleAssigned, RoleDefined, SettingsChanged, Way,
};
use crate::group::{
    Authorship, Body, GroupId, GroupKind, GroupMode, GroupRole, InviteId, MemberNumber, Permission, Preset,
    Relay, Role, RoleTable, Settings,
};
use crate::rns::hash::{DestinationHash, IdentityHash};

const TEXT: &[u8] = b"a text that is easy to find";

fn gid() -> GroupId {
    GroupId::from_bytes([9; 16])
}

fn anna() -> IdentityHash {
    IdentityHash::from_bytes([0xaa; 16])
}

fn payload() -> Vec<u8> {
    rmp_serde::to_vec(&(
        1.5_f64,
        serde_bytes::Bytes::new(b"title"),
        serde_bytes::Bytes::new(TEXT),
        std::collections::BTreeMap::from([(5_u8, "field")]),
    ))
    .unwrap()
}

fn lxmf_post(body: Body) -> Post {
    let authorship = Authorship::Lxmf {
        destination: DestinationHash::from_bytes([1; 16]),
        source: DestinationHash::from_bytes([2; 16]),
        payload: payload(),
        signature: [3; 64],
        message_hash: [4; 32],
    };
    Post::new(gid(), anna(), UnixTime::from_micros(1_500_000), body, authorship)
}

fn link_post(body: Body) -> Post {
    Post::new(gid(), anna(), UnixTime::from_micros(-1), body, Authorship::Link { client_id: [7; 8] })
}

fn plain_text() -> Body {
    Body::Plain { title: Vec::new(), text: TEXT.into(), fields: vec![0x80] }
}

fn events() -> Vec<GroupEvent> {
    let plain = Body::Plain { title: b"\xff".into(), text: TEXT.into(), fields: vec![0x80] };
    let opaque = Body::Opaque { scheme: 3, bytes: vec![0; 300] };
    let settings = Settings { private_name: Some("Böll".into()), ..Settings::public("Hamburg") };
    vec![
        GroupEvent::GroupCreated(GroupCreated {
            gid: gid(),
            kind: GroupKind::Group,
            mode: GroupMode::Plain,
            role: GroupRole::Mirror,
            settings,
            roles: RoleTable::default(),
        }),
        GroupEvent::MemberJoined(MemberJoined::new(anna(), MemberNumber(70_000), Some("Änna".into()))),
        GroupEvent::MemberJoined(MemberJoined::new(anna(), MemberNumber(1), None)),
        GroupEvent::MemberLeft(MemberLeft::new(anna())),
        GroupEvent::RelaySwitched(RelaySwitched { member: anna(), relay: Relay::Everything }),
        GroupEvent::MessagePosted(MessagePosted::from(lxmf_post(Body::from_payload(&payload()).unwrap()))),
        GroupEvent::MessagePosted(MessagePosted::from(lxmf_post(opaque.clone()))),
        GroupEvent::MessagePosted(MessagePosted::from(lxmf_post(plain.clone()))),
        GroupEvent::MessagePosted(MessagePosted::from(link_post(plain.clone()))),
        GroupEvent::MessagePosted(MessagePosted {
            post: Post { about: Some(PostId::from_bytes([8; 16])), ..lxmf_post(plain.clone()) },
            approved: Some(Approval { by: Some(anna()) }),
        }),
        GroupEvent::MessagePosted(MessagePosted {
            post: link_post(plain.clone()),
            approved: Some(Approval { by: None }),
        }),
        GroupEvent::Reacted(Reacted { target: PostId::from_bytes([6; 16]), post: lxmf_post(plain) }),
        GroupEvent::MessagePosted(MessagePosted::from(link_post(opaque))),
        GroupEvent::IdentityBanned(IdentityBanned::new(
            (anna(), None, None),
            "spam".into(),
            Some(anna()),
            Some(UnixTime::from_micros(5)),
            &[],
        )),
        GroupEvent::IdentityBanned(IdentityBanned::new((anna(), None, None), String::new(), None, None, &[])),
        GroupEvent::IdentityUnbanned(IdentityUnbanned { identity: anna(), by: Some(anna()) }),
        GroupEvent::IdentityUnbanned(IdentityUnbanned { identity: anna(), by: None }),
        GroupEvent::IdentityUnbanned(IdentityUnbanned { identity: anna(), by: Some(anna()) }),
        GroupEvent::IdentityUnbanned(IdentityUnbanned { identity: anna(), by: None }),
        GroupEvent::MessageEdited(MessageEdited {
            target: PostId::from_bytes([6; 16]),
            post: link_post(plain_text()),
            first: UnixTime::from_micros(9),
            to: Some(anna()),
        }),
        GroupEvent::MessageEdited(MessageEdited {
            target: PostId::from_bytes([6; 16]),
            post: lxmf_post(plain_text()),
            first: UnixTime::from_micros(-9),
            to: None,
        }),
        GroupEvent::MessageDeleted(MessageDeleted {
            target: PostId::from_bytes([6; 16]),
            of: Some(anna()),
            reason: "spam".into(),
            by: Some(anna()),
        }),
        GroupEvent::MessagesPurged(MessagesPurged::new(
            &[Seq(3), Seq(4), Seq(70_000)],
            Some(anna()),
            "spam".into(),
            Some(anna()),
        )),
        GroupEvent::MessagePinned(MessagePinned { target: PostId::from_bytes([6; 16]), by: Some(anna()) }),
        GroupEvent::MessageUnpinned(MessageUnpinned { target: PostId::from_bytes([6; 16]), by: None }),
        GroupEvent::DirectPosted(DirectPosted { post: link_post(plain_text()), to: anna() }),
        GroupEvent::Pruned(Pruned { to: Seq(9) }),
    ]
    .into_iter()
    .chain(events_about_roles())
    .chain(of_moderation())
    .chain(of_joining())
    .collect()
}

fn events_about_roles() -> Vec<GroupEvent> {
    let (settings, roles) = Preset::Announcements.set_up("News");
    let permission = Permission::Kick;
    vec![
        GroupEvent::GroupCreated(GroupCreated {
            gid: gid(),
            kind: GroupKind::Group,
            mode: GroupMode::Plain,
            role: GroupRole::Origin,
            settings: settings.clone(),
            roles,
        }),
        GroupEvent::MemberJoined(MemberJoined {
            role: Some(Role::Owner),
            by: Some(anna()),
            ..MemberJoined::new(anna(), MemberNumber(2), None)
        }),
        GroupEvent::SettingsChanged(SettingsChanged {
            settings: Settings { rules: "Be kind.".into(), unlisted: true, ..settings },
            by: Some(anna()),
        }),
        GroupEvent::RoleAssigned(RoleAssigned { member: anna(), role: Role::Admin, by: None }),
        GroupEvent::RoleDefined(RoleDefined {
            role: Role::Member,
            permissions: roles.permissions(Role::Member),
            by: Some(anna()),
        }),
        GroupEvent::PermissionGranted(PermissionGranted {
            identity: anna(),
            permission,
            until: Some(UnixTime::from_micros(7)),
            by: None,
        }),
        GroupEvent::PermissionRevoked(PermissionRevoked { identity: anna(), permission, by: Some(anna()) }),
        GroupEvent::MemberRenamed(MemberRenamed { member: anna(), nick: Some("Änna".into()), by: None }),
    ]
}

/// What an event was written as before settings, roles and more could be in it.
#[test]
fn events_without_what_came_later_have_the_bytes_they_always_had() {
    let joined = MemberJoined::new(anna(), MemberNumber(1), Some("A".into()));
    let person = "aa".repeat(16);
    assert_eq!(hex::encode(encode_private(&joined.into())), format!("0183a16dc410{person}a16e01a16ba141"));
    let created = GroupCreated {
        gid: gid(),
        kind: GroupKind::Group,
        mode: GroupMode::Plain,
        role: GroupRole::Origin,
        settings: Settings::public("x"),
        roles: RoleTable::default(),
    };
    let (world, members) = ("a5776f726c64", "a76d656d62657273");
    let settings = format!(
        "86a16ea178a170c0a164a0a17684a169{world}a163{world}a16d{members}a174{members}a16cce00200000a16dcd4e20"
    );
    assert_eq!(
        hex::encode(encode_private(&created.into())),
        format!(
            "0185a167c410{}a16ba567726f7570a16da5706c61696ea172a66f726967696ea173{settings}",
            "09".repeat(16)
        )
    );
}

fn of_moderation() -> Vec<GroupEvent> {
    let plain = Body::Plain { title: b"\xff".into(), text: TEXT.into(), fields: vec![0x80] };
    vec![
        GroupEvent::IdentityBanned(IdentityBanned::new(
            (anna(), Some(MemberNumber(7)), Some("Anna".into())),
            "spam".into(),
            None,
            None,
            &[Seq(3), Seq(400)],
        )),
        GroupEvent::MemberKicked(MemberKicked {
            member: anna(),
            number: MemberNumber(7),
            reason: "noise".into(),
            by: Some(anna()),
        }),
        GroupEvent::MemberMuted(MemberMuted {
            identity: anna(),
            reason: String::new(),
            by: None,
            until: Some(UnixTime::from_micros(5)),
        }),
        GroupEvent::MemberUnmuted(MemberUnmuted { identity: anna(), by: None }),
        GroupEvent::MessageHeld(MessageHeld { post: lxmf_post(plain), why: "links".into() }),
        GroupEvent::HeldDropped(HeldDropped {
            target: PostId::from_bytes([6; 16]),
            author: anna(),
            reason: "spam".into(),
            by: None,
        }),
    ]
}

fn of_joining() -> Vec<GroupEvent> {
    let (identity, by, until) = (anna(), Some(anna()), Some(UnixTime::from_micros(5)));
    let (text, reason) = (String::new(), "no".to_owned());
    let (id, uses, made) = (InviteId::from_bytes([5; 16]), 7, Seq(12));
    let joined = MemberJoined::new(anna(), MemberNumber(1), None);
    vec![
        MemberJoined { way: Some(Way::Approved), by, ..joined.clone() }.into(),
        MemberJoined { way: Some(Way::Invited), invite: Some(made), ..joined }.into(),
        MemberLeft { member: anna(), idle: true }.into(),
        JoinRequested { identity, nick: None, text, instead_of: None }.into(),
        JoinRequested { identity, nick: Some("Anna".into()), text: "me".into(), instead_of: by }.into(),
        JoinDenied { identity, reason, by }.into(),
        JoinDenied { identity, reason: String::new(), by: None }.into(),
        IdentityPreapproved { identity, by }.into(),
        PreapprovalWithdrawn { identity, by: None }.into(),
        InviteMade { id, uses, until, by, instead_of: Some(made) }.into(),
        InviteMade { id, uses, until: None, by: None, instead_of: None }.into(),
        InviteRevoked { made, by }.into(),
    ]
}

fn header(event: &GroupEvent) -> Header {
    Header::of(event, Seq(70_000), UnixTime::from_micros(1_700_000_000_000_000))
}

#[test]
fn every_event_comes_back_as_it_went_in() {
    for event in events() {
        let header = header(&event);
        assert_eq!(Header::decode(&header.encode()), Some(header.clone()));
        assert_eq!(decode(&header, Some(&encode_private(&event))), Decoded::Event(event));
    }
}

#[test]
fn a_header_names_no_people_and_no_text() {
    for event in events() {
        let bytes = header(&event).encode();
        assert!(!bytes.windows(16).any(|part| part == anna().as_bytes()));
        assert!(bytes.len() < 64, "{} bytes", bytes.len());
    }
}

#[test]
fn a_signed_text_stands_once() {
    let post = lxmf_post(Body::from_payload(&payload()).unwrap());
    let bytes = encode_private(&GroupEvent::MessagePosted(MessagePosted::from(post)));
    assert_eq!(bytes.windows(TEXT.len()).filter(|part| *part == TEXT).count(), 1);
}

#[test]
fn what_a_newer_program_adds_to_a_known_event_is_passed_over() {
    for event in events() {
        let header = header(&event);
        let private = encode_private(&event);
        let Value::Map(mut entries) = rmpv::decode::read_value(&mut &private[1..]).unwrap() else { panic!() };
        entries.insert(0, ("new".into(), Value::Array(vec![1.into(), Value::Nil])));
        entries.push(("zz".into(), Value::Binary(vec![1, 2, 3])));
        let mut newer = vec![private[0]];
        rmpv::encode::write_value(&mut newer, &Value::Map(entries)).unwrap();
        assert_eq!(decode(&header, Some(&newer)), Decoded::Event(event));

        let Value::Array(mut elements) = rmpv::decode::read_value(&mut &header.encode()[..]).unwrap() else {
            panic!()
        };
        elements.push("new".into());
        // A flag that is not known yet, beside the one that is.
        elements[2] = Value::from(elements[2].as_u64().unwrap() | 2);
        let mut newer = Vec::new();
        rmpv::encode::write_value(&mut newer, &Value::Array(elements)).unwrap();
        assert_eq!(Header::decode(&newer), Some(header));
    }
}

#[test]
fn newer_kinds_and_layouts_are_unknown_with_the_weight_they_say() {
    let event = GroupEvent::MemberLeft(MemberLeft::new(anna()));
    let private = encode_private(&event);
    let known = header(&event);
    let newer_kind = Header { kind: 9_999, weight: Weight::Skippable, ..known.clone() };
    assert_eq!(decode(&newer_kind, Some(&private)), Decoded::Unknown(Weight::Skippable));
    assert_eq!(decode(&newer_kind, None), Decoded::Unknown(Weight::Skippable));
    let newer_header = Header { version: 2, ..known.clone() };
    assert_eq!(decode(&newer_header, Some(&private)), Decoded::Unknown(Weight::Critical));
    let newer_private = [&[2], &private[1..]].concat();
    assert_eq!(decode(&known, Some(&newer_private)), Decoded::Unknown(Weight::Critical));
}

#[test]
fn a_wiped_event_still_says_what_it_was() {
    let event = GroupEvent::MemberLeft(MemberLeft::new(anna()));
    assert_eq!(decode(&header(&event), None), Decoded::Wiped(EventKind::MemberLeft));
}

#[test]
fn the_numbers_of_kinds_never_change() {
    let numbers: Vec<_> =
        EventKind::ALL.iter().map(|kind| format!("{} {kind:?} {:?}", kind.number(), kind.weight())).collect();
    let expected = [
        "1 GroupCreated Critical",
        "2 MemberJoined Critical",
        "3 MemberLeft Critical",
        "4 RelaySwitched Skippable",
        "5 MessagePosted Skippable",
        "6 IdentityBanned Critical",
        "7 IdentityUnbanned Skippable",
        "8 Reacted Skippable",
        "9 SettingsChanged Critical",
        "10 RoleAssigned Critical",
        "11 RoleDefined Critical",
        "12 PermissionGranted Skippable",
        "13 PermissionRevoked Critical",
        "14 MemberRenamed Skippable",
        "15 LanguageChosen Skippable",
        "16 NotifyChosen Skippable",
        "20 JoinRequested Skippable",
        "21 JoinDenied Skippable",
        "22 IdentityPreapproved Skippable",
        "23 PreapprovalWithdrawn Critical",
        "24 InviteMade Skippable",
        "25 InviteRevoked Critical",
        "40 MessageEdited Skippable",
        "41 MessageDeleted Critical",
        "42 MessagesPurged Critical",
        "43 MessagePinned Skippable",
        "44 MessageUnpinned Skippable",
        "45 DirectPosted Skippable",
        "46 Pruned Skippable",
        "30 MemberKicked Critical",
        "31 MemberMuted Critical",
        "32 MemberUnmuted Skippable",
        "33 MessageHeld Skippable",
        "34 HeldDropped Skippable",
    ];
    assert_eq!(numbers, expected);
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        kind in 0_u16..50,
    ) {
        let _ = Header::decode(&bytes);
        let _ = Body::from_payload(&bytes);
        let header = Header { kind, ..header(&GroupEvent::MemberLeft(MemberLeft::new(anna()))) };
        let _ = decode(&header, Some(&bytes));
        let _ = decode(&header, Some(&[&[PRIVATE_VERSION], bytes.as_slice()].concat()));
    }
}
