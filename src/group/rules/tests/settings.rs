//! Promises about setting a group up anew.

use super::*;

fn owner() -> Standing {
    Standing { member: member().member.map(|member| Member { role: Role::Owner, ..member }), ..member() }
}

fn set_up(settings: Settings) -> Act {
    Act::ChangeSettings(Box::new(settings))
}

#[test]
fn who_may_sets_a_group_up_and_doing_it_twice_is_fine() {
    let anew = Settings { description: "About Hamburg".into(), ..Settings::public("Hamburg") };
    let changed = ask(&owner(), set_up(anew.clone()));
    assert!(matches!(changed, Ok(Decision::Event(GroupEvent::SettingsChanged(_)))));
    assert_eq!(code(ask(&member(), set_up(anew))), RefusalCode::NotAllowed);
    assert_eq!(ask(&owner(), set_up(Settings::public("Hamburg"))), Ok(Decision::Already(Already::SetUp)));
}

#[test]
fn a_name_needs_a_permission_of_its_own() {
    let rename = Act::RenameGroup { name: Some("Altona".into()), private_name: None };
    let source = GrantSource::Direct { until: None };
    let only = |permission| Standing { grants: vec![Grant { permission, source }], ..member() };
    assert!(ask(&only(Permission::RenameGroup), rename.clone()).is_ok());
    assert_eq!(code(ask(&only(Permission::ChangeSettings), rename)), RefusalCode::NotAllowed);
    let sneaky = set_up(Settings::public("Altona"));
    assert_eq!(code(ask(&only(Permission::ChangeSettings), sneaky)), RefusalCode::NotAllowed);
}

#[test]
fn settings_that_nobody_could_live_with_are_refused() {
    let good = || Settings::public("Hamburg");
    let mut unseen = good();
    unseen.visibility.info = VisibilityClass::Nobody;
    assert_eq!(code(ask(&owner(), set_up(unseen))), RefusalCode::LockOut);
    let bad = [
        (Settings { name: "Ham\u{202e}burg".into(), ..good() }, "name", RefusalCode::BadRequest),
        (Settings { name: " ".into(), ..good() }, "name", RefusalCode::BadRequest),
        (Settings { private_name: Some("a".repeat(101)), ..good() }, "private_name", RefusalCode::TooLarge),
        (Settings { rules: "a".repeat(2_001), ..good() }, "rules", RefusalCode::TooLarge),
        (Settings { description: "a\u{7}".into(), ..good() }, "description", RefusalCode::BadRequest),
        (Settings { max_text: 10, ..good() }, "max_text", RefusalCode::BadRequest),
        (Settings { max_members: 0, ..good() }, "max_members", RefusalCode::BadRequest),
    ];
    for (settings, field, expected) in bad {
        let refusal = ask(&owner(), set_up(settings)).unwrap_err();
        assert_eq!((refusal.code, refusal.field), (expected, Some(field)));
    }
    assert!(ask(&owner(), set_up(Settings { rules: "1. Be kind.\n2. 👩‍👧".into(), ..good() })).is_ok());
}
