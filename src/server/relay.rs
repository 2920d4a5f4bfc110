//! A message on its way to the members who have asked for every message, as text that any LXMF client shows.
//! Not who may read it; only members ask.

use crate::command::fit;
use crate::group::{Body, Post};
use crate::lxmf::message::delivery_destination;
use crate::lxmf::{Message, Method, OutboundMessage};
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::time::UnixTime;

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
