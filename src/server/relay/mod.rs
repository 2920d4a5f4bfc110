//! A message on its way to the members who have asked for every message, in the form that any LXMF client shows.
//! Not who may read it; only members ask.

mod fields;
mod spread;
mod target;

use rmpv::Value;

use super::icon::with_icon;
use crate::command::{ONE_PACKET, fit};
use crate::group::fields::{Relation, id};
use crate::group::showing::Icon;
use crate::group::{Body, Language, Post, Relay as Wanted, Sentence, Seq};
use crate::lxmf::Message;
use crate::lxmf::message::delivery_destination;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::msgpack;
use crate::rns::time::UnixTime;
use fields::RelayedFields;
use target::Target;

/// Longest relayed text: more is cut, and read with `/history 1` or a client.
const MAX_TEXT: usize = 2_048;
/// How a text ends that was cut to fit one packet.
const THE_REST: &str = " /history 1";
/// Longest piece of another message that is shown to who does not have that message.
const MAX_SNIPPET: usize = 40;
/// Most bytes of one message in all the versions that name a copy each. In a larger group, what is attached is worth more
/// than the reference.
const MAX_VERSIONS: usize = 16 << 20;
/// An empty MessagePack map.
const NO_FIELDS: u8 = 0x80;
/// What the type of a custom field says where the data beside it is the author's `lxmf.delivery`. Clients that know it
/// show whose reaction it is; without a text there is no other way to tell.
const ORIGINATOR: &str = "originator-identity";

/// A message to be relayed.
#[derive(Debug)]
struct Relay<'a> {
    /// What is said.
    post: &'a Post,
    /// What its author is called.
    name: &'a str,
    /// The time that the copies bear.
    time: UnixTime,
    /// What it is about.
    target: Option<Target>,
    /// The group's icon.
    icon: Option<&'a Icon>,
    /// The group's language: copies are alike for all.
    language: Language,
}

/// What is the same for some recipients.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    /// The four elements, as they will be signed.
    payload: Vec<u8>,
    /// For whom.
    recipients: Vec<IdentityHash>,
}

impl Relay<'_> {
    /// What each of `recipients` gets: one version for all who want the same, unless it names a message, which everybody
    /// knows by another hash. Nobody gets what says nothing to them.
    fn versions(&self, recipients: &[(IdentityHash, Wanted)]) -> Vec<Version> {
        let mut fields = RelayedFields::of(&self.post.body.fields());
        match self.post.about {
            _ if self.post.body.is_reaction() => fields.refer_by(Relation::Reaction),
            Some(_) => fields.refer_by(Relation::Reply),
            None => {}
        }
        let who = |wanted: Wanted| {
            let is_one =
                move |(who, wants): &&(IdentityHash, Wanted)| *wants == wanted && *who != self.post.author;
            recipients.iter().filter(is_one).map(|(who, _)| *who).collect::<Vec<_>>()
        };
        let mut versions = self.versions_with(&fields, who(Wanted::Everything), MAX_TEXT);
        let for_text = [who(Wanted::Text), who(Wanted::Mentions)].concat();
        for (people, most) in [(for_text, MAX_TEXT), (who(Wanted::Short), ONE_PACKET)] {
            if !people.is_empty() && !self.post.body.is_reaction() {
                versions.extend(self.versions_with(&fields.without_attachments(), people, most));
            }
        }
        versions
    }

    /// For those who want the same, with text and fields of `most` bytes.
    fn versions_with(
        &self,
        fields: &RelayedFields,
        recipients: Vec<IdentityHash>,
        most: usize,
    ) -> Vec<Version> {
        let target = self.target.as_ref().filter(|_| fields.refer());
        let size = self.post.body.len().min(MAX_TEXT).saturating_add(fields.attached());
        let target = target.filter(|_| size.saturating_mul(recipients.len()) <= MAX_VERSIONS);
        let known = |recipient: &IdentityHash| target.and_then(|target| target.copies.get(recipient));
        let (with, without): (Vec<_>, Vec<_>) = recipients.into_iter().partition(|who| known(who).is_some());
        let mut versions: Vec<_> = with
            .into_iter()
            .filter_map(|recipient| {
                let payload = self.payload(fields, known(&recipient), most)?;
                Some(Version { payload, recipients: vec![recipient] })
            })
            .collect();
        if let Some(payload) = self.payload(fields, None, most).filter(|_| !without.is_empty()) {
            versions.push(Version { payload, recipients: without });
        }
        versions
    }

    /// What somebody gets who knows the message that this one is about under the hash `about`.
    fn payload(&self, fields: &RelayedFields, about: Option<&[u8; 32]>, most: usize) -> Option<Vec<u8>> {
        let packed = if self.post.body.is_reaction() {
            // A reaction to nothing can't be shown.
            fields.pack_reaction(about?, &delivery_destination(self.post.author))
        } else {
            fields.pack(about)
        };
        let reference = if about.is_none() { self.spoken_reference(fields) } else { String::new() };
        // A packet has room for so much text and an empty map of one byte.
        let most =
            if most == ONE_PACKET { most.saturating_sub(packed.len().saturating_sub(1)) } else { most };
        let content = text((self.name, self.language), &reference, &self.post.body, fields, most);
        if content.is_empty() && packed == [NO_FIELDS] {
            return None;
        }
        let message = Message { time: self.time, title: Vec::new(), content: content.into(), fields: packed };
        // Clients show a reaction beside what it is about, and no icon with it.
        let icon = self.icon.filter(|_| !self.post.body.is_reaction());
        Some(with_icon(icon, message).payload())
    }

    /// What a message is about, in words.
    fn spoken_reference(&self, fields: &RelayedFields) -> String {
        let begin = |text: &str| fit(text.lines().next().unwrap_or_default().trim(), MAX_SNIPPET);
        match (&self.target, fields.quote().map(begin).filter(|quote| !quote.is_empty())) {
            (Some(target), _) if fields.refer() => match begin(&target.text) {
                text if text.is_empty() => format!("(re {}) ", target.seq),
                text => format!("(re {}: {text}) ", target.seq),
            },
            (_, Some(quote)) => format!("(re: {quote}) "),
            (_, None) => String::new(),
        }
    }
}

impl RelayedFields {
    /// The fields of a reaction of `author`.
    fn pack_reaction(&self, about: &[u8; 32], author: &DestinationHash) -> Vec<u8> {
        let with_author = [
            (id::CUSTOM_TYPE, Value::from(ORIGINATOR)),
            (id::CUSTOM_DATA, Value::Binary(author.as_bytes().to_vec())),
        ];
        self.pack_with(Some(about), with_author.map(|(id, value)| (id, msgpack::encode(&value))))
    }
}

/// The text that a client shows. Who wrote it stands in front; a picture alone has no text.
fn text(
    (name, language): (&str, Language),
    reference: &str,
    body: &Body,
    fields: &RelayedFields,
    most: usize,
) -> String {
    let Body::Plain { title, text, .. } = body else {
        return format!("{name}: {}", Sentence::IsSealed.said_in(language));
    };
    let (title, text) = (String::from_utf8_lossy(title), String::from_utf8_lossy(text));
    let mut said = match (title.trim(), text.trim()) {
        ("", text) => text.to_owned(),
        (title, "") => title.to_owned(),
        (title, text) => format!("{title}\n{text}"),
    };
    if fields.left_out > 0 {
        let kilobytes = fields.left_out.saturating_add(500) / 1_000;
        let note = Sentence::LeftOut { kilobytes: kilobytes.max(1) }.said_in(language);
        let room = most.saturating_sub(name.len() + reference.len() + note.len() + 3);
        said = if said.is_empty() { note } else { format!("{}\n{note}", fit(&said, room)) };
    }
    if said.is_empty() { said } else { cut(&format!("{name}: {reference}{said}"), most) }
}

/// The beginning of a text that is too long, and, where all that fits is one packet, how to get the rest.
fn cut(text: &str, most: usize) -> String {
    if most > ONE_PACKET || text.len() <= most {
        return fit(text, most);
    }
    format!("{}{THE_REST}", fit(text, most.saturating_sub(THE_REST.len())))
}

/// The time that the copies of message `seq` bear. No two messages of a group have the same, whatever they say: else
/// their copies would have one hash, and the second would pass for a repeat.
fn copy_time(now: UnixTime, seq: Seq) -> UnixTime {
    let apart = i64::try_from(seq.0 % 1_000).unwrap_or(0);
    UnixTime::from_micros((now.as_micros() / 1_000).saturating_mul(1_000).saturating_add(apart))
}

/// A message of ours.
pub(super) fn plain_text(now: UnixTime, text: &str) -> Message {
    Message { time: now, title: Vec::new(), content: text.as_bytes().to_vec(), fields: vec![NO_FIELDS] }
}

#[cfg(test)]
mod tests;
