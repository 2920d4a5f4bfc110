//! A message for the members who have asked for every message, as text that any LXMF client shows.
//! Not who they are, and not when it leaves.

use crate::command::fit;
use crate::group::{Authorship, Body, Post, Seq};
use crate::lxmf::Message;
use crate::lxmf::message::{self, delivery_destination};
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::time::UnixTime;
use crate::store::{CopyRow, CopyState};

/// Longest relayed text: more is cut, and read with `/history 1` or a client.
const MAX_TEXT: usize = 2_048;
/// An empty MessagePack map. Fields of the author stay behind: an icon would become the group's, a ticket is between
/// two, and a client that finds commands shows nothing.
pub(super) const NO_FIELDS: u8 = 0x80;

/// The copies of a message that leaves `source` as `payload`. Their hashes are known before they are signed.
pub(super) fn copies(
    source: DestinationHash,
    payload: &[u8],
    recipients: &[IdentityHash],
) -> impl Iterator<Item = CopyRow> {
    recipients.iter().map(move |recipient| {
        let hash = message::hash(delivery_destination(*recipient), source, payload);
        let message_hash = *hash.as_bytes();
        CopyRow { recipient: *recipient, message_hash, state: CopyState::Queued }
    })
}

/// What the author of a post has of it: what they sent, if it was an LXMF message.
pub(super) fn original(post: &Post) -> Option<CopyRow> {
    match post.authorship {
        Authorship::Lxmf { message_hash, .. } => {
            Some(CopyRow { recipient: post.author, message_hash, state: CopyState::Original })
        }
        Authorship::Link { .. } => None,
    }
}

/// The time that the copies of message `seq` bear. No two messages of a group have the same, whatever they say: else
/// their copies would have one hash, and the second would pass for a repeat.
pub(super) fn copy_time(now: UnixTime, seq: Seq) -> UnixTime {
    let apart = i64::try_from(seq.0 % 1_000).unwrap_or(0);
    UnixTime::from_micros((now.as_micros() / 1_000).saturating_mul(1_000).saturating_add(apart))
}

/// A message of ours.
pub(super) fn plain_text(now: UnixTime, text: &str) -> Message {
    Message { time: now, title: Vec::new(), content: text.as_bytes().to_vec(), fields: vec![NO_FIELDS] }
}

/// `body` as `name` says it.
pub(super) fn render(name: &str, body: &Body) -> String {
    let Body::Plain { title, text, .. } = body else {
        return format!("{name}: (sealed; a group client shows it)");
    };
    let (title, text) = (String::from_utf8_lossy(title), String::from_utf8_lossy(text));
    let said = match (title.trim(), text.trim()) {
        ("", "") => "(no text; a group client shows the rest)".to_owned(),
        ("", text) => text.to_owned(),
        (title, "") => title.to_owned(),
        (title, text) => format!("{title}\n{text}"),
    };
    fit(&format!("{name}: {said}"), MAX_TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_one_instant_have_copies_of_different_times() {
        let now = UnixTime::from_micros(1_795_000_000_123_456);
        let times = (900..1_100).map(|seq| copy_time(now, Seq(seq)).as_secs_f64().to_bits());
        assert_eq!(times.collect::<std::collections::BTreeSet<_>>().len(), 200);
        assert_eq!(copy_time(now, Seq(1_007)).as_micros(), 1_795_000_000_123_007);
    }

    fn rendered(title: &[u8], text: &[u8]) -> String {
        render("Anna", &Body::Plain { title: title.into(), text: text.into(), fields: vec![0x81, 4, 1] })
    }

    #[test]
    fn a_relayed_text_names_its_author_without_brackets() {
        assert_eq!(rendered(b"", b"hello"), "Anna: hello");
        assert_eq!(rendered(b"News", b"hello"), "Anna: News\nhello");
        assert_eq!(rendered(b"", b"a\xffb"), "Anna: a\u{fffd}b");
        assert!(rendered(b"", b"").starts_with("Anna: (no text"));
        assert!(render("Anna", &Body::Opaque { scheme: 1, bytes: vec![1] }).starts_with("Anna: (sealed"));
    }

    #[test]
    fn a_relayed_text_is_never_long() {
        assert!(rendered(b"", &[b'x'; 1_000_000]).len() <= MAX_TEXT);
    }
}
