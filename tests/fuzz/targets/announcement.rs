//! What announces of groups say: what is read of one is short, shows nothing hidden, and is said again in the same words.

use roost::group::{Announcement, Flags, Settings};

pub(super) fn run(app_data: &[u8]) {
    let Some(read) = Announcement::read(app_data) else { return };
    assert!(read.name.len() <= 64 && !read.name.contains(char::is_control));
    assert!(read.kind.as_ref().is_none_or(|kind| (1..=16).contains(&kind.len())));
    let again = read.encode();
    assert!(again.len() <= 285, "{} bytes", again.len());
    assert_eq!(Announcement::read(&again), Some(read));
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let ours = Announcement::of(&Settings::public("Perch"), 1);
    let priced = Announcement {
        price: 12,
        kind: Some("space".to_owned()),
        flags: Flags(Flags::APPROVAL | Flags::UNLISTED),
        ..ours.clone()
    };
    vec![ours.encode(), priced.encode(), b"\x93\xc4\x05Perch\xc0\x90".to_vec()]
}
