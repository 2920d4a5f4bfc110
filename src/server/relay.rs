//! A message on its way to the members who have asked for every message, as text that any LXMF client shows.
//! Not who may read it; only members ask.

use crate::command::fit;
use crate::group::{Authorship, Body, Post, Seq};
use crate::lxmf::message::{self, delivery_destination};
use crate::lxmf::{Message, Method, OutboundMessage};
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::time::UnixTime;
use crate::store::{CopyRow, CopyState};

/// Longest relayed text: more is cut, and read with `/history 1` or a client.
const MAX_TEXT: usize = 2_048;
/// An empty MessagePack map. Fields of the author stay behind: an icon would become the group's, a ticket is between
/// two, and a client that finds commands shows nothing.
pub(super) const NO_FIELDS: u8 = 0x80;

/// One message and those it still has to go to.
#[derive(Debug)]
pub(super) struct Relayed {
    source: DestinationHash,
    payload: Vec<u8>,
    recipients: std::vec::IntoIter<IdentityHash>,
}

impl Relayed {
    /// `post` as `name` says it, from the group's `source`; to all of `recipients` but its author.
    pub(super) fn new(
        source: DestinationHash,
        post: &Post,
        name: &str,
        mut recipients: Vec<IdentityHash>,
        now: UnixTime,
    ) -> Self {
        recipients.retain(|recipient| *recipient != post.author);
        Self {
            source,
            payload: plain_text(now, &render(name, &post.body)).payload(),
            recipients: recipients.into_iter(),
        }
    }

    /// The copies that will leave. Their hashes are known before they are signed.
    pub(super) fn copies(&self) -> impl Iterator<Item = CopyRow> {
        self.recipients.as_slice().iter().map(|recipient| {
            let hash = message::hash(delivery_destination(*recipient), self.source, &self.payload);
            let message_hash = *hash.as_bytes();
            CopyRow { recipient: *recipient, message_hash, state: CopyState::Queued }
        })
    }
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

impl Iterator for Relayed {
    type Item = OutboundMessage;

    fn next(&mut self) -> Option<OutboundMessage> {
        let destination = delivery_destination(self.recipients.next()?);
        Some(OutboundMessage {
            source: self.source,
            destination,
            payload: self.payload.clone(),
            method: Method::Any,
            ticket: None,
        })
    }
}

/// A message of ours.
pub(super) fn plain_text(now: UnixTime, text: &str) -> Message {
    Message { time: now, title: Vec::new(), content: text.as_bytes().to_vec(), fields: vec![NO_FIELDS] }
}

fn render(name: &str, body: &Body) -> String {
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
