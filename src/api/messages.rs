//! `/api/v1/messages`: what was said, the latest or what is new since a cursor, as much as a budget of bytes allows.
//! Not searching, and not posting.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::budget::{self, Budget};
use super::bytes::{Bytes, FixedBytes};
use super::format::Style;
use super::info::ShortHead;
use super::members::name_in_chat;
use super::{Call, Failure};
use crate::api::refusal::bad_field;
use crate::group::{Authorship, Body, Post, Seq};
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::store::{Content, Scanned, StoreError, StoredMessage};

/// Room for a head that grows between two requests, in the size that a cut message names.
const SLACK: usize = 8;

/// Asks for messages. Without `since` and `before`: for the latest.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
pub struct MessagesRequest {
    /// Most messages in the answer: 20 unless said otherwise, 10,000 at most.
    pub limit: Option<u32>,
    /// What has changed after this cursor, oldest first: `next` of an earlier answer, handed back unchanged.
    pub since: Option<Cursor>,
    /// An older page: the latest messages with a number below this.
    pub before: Option<u64>,
    /// Most bytes of packed answer: what fits one packet unless said otherwise, 8 MiB at most.
    pub max_bytes: Option<u32>,
    /// Whether to send what authors have signed, so that the reader can check it.
    #[serde(default)]
    pub signed: bool,
}

/// A place in a group's log that a client keeps and hands back unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Cursor {
    /// The number of an event.
    Seq(u64),
    /// A cursor of another kind of host. Not known here: the answer says `reset`.
    Other(Bytes),
}

/// Messages, always by rising number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct MessagesAnswer {
    /// The messages.
    pub messages: Vec<Item>,
    /// Are there more: newer ones after `since`, otherwise older ones?
    pub more: bool,
    /// The last number looked at, for `since`. After `before`: the lowest one looked at, for the next `before`.
    pub next: u64,
    /// Where the group's log stands.
    pub head: ShortHead,
    /// The cursor was of no use here: these are the latest messages, and what is kept of older ones may be wrong.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    /// With `signed`: public keys of the authors (X25519 ‖ Ed25519), each once. An author is the first 16 bytes of
    /// SHA-256 of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<FixedBytes<64>>>,
}

/// A message, or what is left of one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
pub struct Item {
    /// Its number.
    pub seq: u64,
    /// The identity of who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub author: Option<IdentityHash>,
    /// When, by the author's clock, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// When it arrived, by the server's clock, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<u64>,
    /// Its title, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its text. What is no UTF-8 is shown replaced; the signed bytes are in `payload`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its LXMF fields as one packed MessagePack map, if it has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Bytes>,
    /// How a body is sealed that the server can't read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<u8>,
    /// A body that the server can't read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opaque: Option<Bytes>,
    /// It was removed. Only told to who asks `since`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// It does not fit: title and text are cut, all else is left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// Of a cut message: the `max_bytes` it needs. Ask with `since` one below its number and `limit` 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// With `signed`, of an LXMF message: the destination it was signed for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub destination: Option<DestinationHash>,
    /// With `signed`, of an LXMF message: the author's `lxmf.delivery`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub source: Option<DestinationHash>,
    /// With `signed`, of an LXMF message: the signed bytes, an array of time, title, text and fields. They stand in
    /// for `title`, `text` and `fields`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Bytes>,
    /// With `signed`, of an LXMF message: Ed25519 over destination ‖ source ‖ payload ‖ SHA-256 of these three.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<FixedBytes<64>>,
    /// With `signed`: the id of the post, the same on every host.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub post_id: Option<crate::group::PostId>,
}

/// Serves `/api/v1/messages`.
pub fn messages(
    call: &mut Call<'_, '_>,
    request: MessagesRequest,
    style: Style,
) -> Result<MessagesAnswer, Failure> {
    let max_bytes = budget::max_bytes(call, request.max_bytes)?;
    let window = window(call, request.since, request.before)?;
    let mut page = Page::new(call, style, max_bytes, window, request.signed);
    let scanned = page.fill(call, budget::limit(request.limit))?;
    let answer = page.into_answer(scanned);
    if let (Some(person), Some(last)) = (call.who.caller.identity(), answer.messages.last()) {
        call.host.note_fetch(person, Seq(last.seq));
    }
    Ok(answer)
}

/// Which messages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Window {
    Latest,
    LatestAfterReset,
    Since(Seq),
    Before(Seq),
}

fn window(call: &Call<'_, '_>, since: Option<Cursor>, before: Option<u64>) -> Result<Window, Failure> {
    match (since, before) {
        (Some(_), Some(_)) => {
            let what = "Both `since` and `before` are there.";
            Err(bad_field("before", what, "Send one of them.").into())
        }
        (Some(Cursor::Seq(seq)), None) if seq <= call.group.head.seq.0 => Ok(Window::Since(Seq(seq))),
        (Some(Cursor::Seq(_) | Cursor::Other(_)), None) => Ok(Window::LatestAfterReset),
        (None, Some(before)) => Ok(Window::Before(Seq(before))),
        (None, None) => Ok(Window::Latest),
    }
}

/// An answer while it is filled.
struct Page {
    answer: MessagesAnswer,
    style: Style,
    budget: Budget,
    frame: usize,
    window: Window,
    signed: bool,
}

impl Page {
    fn new(call: &Call<'_, '_>, style: Style, max_bytes: usize, window: Window, signed: bool) -> Self {
        let head = ShortHead::from(&call.group.head);
        let answer = MessagesAnswer {
            messages: Vec::new(),
            more: false,
            next: head.0,
            head,
            reset: window == Window::LatestAfterReset,
            keys: signed.then(Vec::new),
        };
        let budget = Budget::new(style, max_bytes, &answer);
        let frame = Budget::cost_of_frame(style, &answer);
        Self { answer, style, budget, frame, window, signed }
    }

    fn fill(&mut self, call: &Call<'_, '_>, limit: u32) -> Result<Scanned, StoreError> {
        let (store, gid, window) = (call.store, call.group.facts.gid, self.window);
        let mut failed = None;
        let mut visit = |message: StoredMessage| match self.add(call, message) {
            Ok(flow) => flow,
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        };
        let scanned = match window {
            Window::Latest | Window::LatestAfterReset => store.latest_messages(gid, limit, &mut visit),
            Window::Since(seq) => store.messages_since(gid, seq, limit, &mut visit),
            Window::Before(seq) => store.messages_before(gid, seq, limit, &mut visit),
        };
        failed.map_or(scanned, Err)
    }

    fn add(&mut self, call: &Call<'_, '_>, message: StoredMessage) -> Result<ControlFlow<()>, StoreError> {
        let (seq, received) = (message.seq.0, message.host_time.as_secs());
        let post = match message.content {
            Content::Post(post) => post,
            Content::Wiped if matches!(self.window, Window::Since(_)) => {
                let item = Item { seq, deleted: true, ..Item::default() };
                return Ok(self.push(item, None));
            }
            Content::Wiped => return Ok(ControlFlow::Continue(())),
        };
        let key = if self.signed { call.store.identity_key(post.author)?.map(FixedBytes) } else { None };
        let key = key.filter(|key| !self.answer.keys.iter().flatten().any(|known| known == key));
        let item = if self.signed { signed_item(*post) } else { plain_item(*post) };
        Ok(self.push(Item { seq, received: Some(received), ..item }, key))
    }

    /// Takes an item if it fits; the first one always fits, cut if it must be.
    fn push(&mut self, item: Item, key: Option<FixedBytes<64>>) -> ControlFlow<()> {
        let cost_of_key = key.as_ref().map_or(0, |key| Budget::cost(self.style, key));
        let cost = Budget::cost(self.style, &item).saturating_add(cost_of_key);
        if self.budget.take(cost) {
            self.answer.messages.push(item);
            if let Some(keys) = &mut self.answer.keys {
                keys.extend(key);
            }
            return ControlFlow::Continue(());
        }
        if self.answer.messages.is_empty() {
            let size = self.frame.saturating_add(cost).saturating_add(SLACK);
            let item = self.cut(item, size);
            self.budget.take(Budget::cost(self.style, &item));
            self.answer.messages.push(item);
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(())
    }

    /// The beginning of a message that is too large for the whole answer.
    fn cut(&self, item: Item, size: usize) -> Item {
        let (title, text) = match item.payload.as_ref().and_then(|payload| Body::from_payload(&payload.0)) {
            Some(body) => titled_text(&body),
            None => (item.title, item.text.unwrap_or_default()),
        };
        let frame = Item {
            seq: item.seq,
            author: item.author,
            time: item.time,
            received: item.received,
            title: title.as_ref().map(|_| String::new()),
            text: Some(String::new()),
            cut: true,
            size: Some(size),
            ..Item::default()
        };
        // A str header may grow by four bytes, once for the title and once for the text.
        let room = self.budget.left().saturating_sub(Budget::cost(self.style, &frame)).saturating_sub(8);
        let title = title.map(|title| self.budget.cut(&title, room / 4).to_owned());
        let rest = room.saturating_sub(title.as_ref().map_or(0, |title| packed_text(self.style, title)));
        Item { title, text: Some(self.budget.cut(&text, rest).to_owned()), ..frame }
    }

    fn into_answer(mut self, scanned: Scanned) -> MessagesAnswer {
        self.answer.more = scanned.more;
        let last = scanned.last.map(|seq| seq.0);
        match self.window {
            Window::Since(_) if !scanned.more => {}
            Window::Since(since) => self.answer.next = last.unwrap_or(since.0),
            Window::Before(before) => {
                self.answer.next = last.unwrap_or(before.0).min(self.answer.next);
                self.answer.messages.reverse();
            }
            Window::Latest | Window::LatestAfterReset => self.answer.messages.reverse(),
        }
        self.answer
    }
}

fn packed_text(style: Style, text: &str) -> usize {
    super::format::packed_len(style, &text)
}

fn plain_item(post: Post) -> Item {
    let item = Item { author: Some(post.author), time: Some(post.author_time.as_secs()), ..Item::default() };
    let (title, text) = titled_text(&post.body);
    match post.body {
        Body::Plain { fields, .. } => {
            let fields =
                (!fields.is_empty() && fields != crate::group::body::NO_FIELDS).then_some(Bytes(fields));
            Item { title, text: Some(text), fields, ..item }
        }
        Body::Opaque { scheme, bytes } => Item { scheme: Some(scheme), opaque: Some(Bytes(bytes)), ..item },
    }
}

fn signed_item(post: Post) -> Item {
    let post_id = Some(post.id);
    match post.authorship {
        Authorship::Link { .. } => Item { post_id, ..plain_item(post) },
        Authorship::Lxmf { destination, source, payload, signature, .. } => Item {
            author: Some(post.author),
            time: Some(post.author_time.as_secs()),
            destination: Some(destination),
            source: Some(source),
            payload: Some(Bytes(payload)),
            signature: Some(FixedBytes(signature)),
            post_id,
            ..Item::default()
        },
    }
}

/// Title and text to show: none for a body that can't be read here.
fn titled_text(body: &Body) -> (Option<String>, String) {
    match body {
        Body::Plain { title, text, .. } => {
            let title = (!title.is_empty()).then(|| String::from_utf8_lossy(title).into_owned());
            (title, String::from_utf8_lossy(text).into_owned())
        }
        Body::Opaque { .. } => (None, String::new()),
    }
}

/// A message as one line of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What the one who says it is called.
    pub name: String,
    /// What they say.
    pub text: String,
}

/// The latest messages that have a text, oldest first, until `fits` says no for a line.
pub fn latest_lines(
    call: &Call<'_, '_>,
    limit: u32,
    fits: &mut dyn FnMut(&mut Line) -> bool,
) -> Result<Vec<Line>, Failure> {
    let gid = call.group.facts.gid;
    let mut lines = Vec::new();
    let mut failed = None;
    let mut visit = |message: StoredMessage| {
        let Content::Post(post) = message.content else { return ControlFlow::Continue(()) };
        let (_, text) = titled_text(&post.body);
        let name = match name_in_chat(call.store, gid, post.author) {
            Ok(name) => name,
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        };
        let mut line = Line { name, text };
        if !fits(&mut line) {
            return ControlFlow::Break(());
        }
        lines.push(line);
        ControlFlow::Continue(())
    };
    call.store.latest_messages(gid, limit, &mut visit)?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    lines.reverse();
    Ok(lines)
}
