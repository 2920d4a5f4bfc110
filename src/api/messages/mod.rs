//! `/api/v1/messages`: what was said: the latest, older pages, what has changed since a cursor, by number, author or
//! words; as much as a budget of bytes allows. Not posting, and not changing what was said.

mod change;
mod cursor;
mod files;
mod item;
mod lines;
mod page;
mod reference;
mod small;

pub use change::{
    ChangedAnswer, DeleteAnswer, DeleteRequest, EditRequest, PinAnswer, PinRequest, ReactRequest, delete,
    edit, pin, purge, react,
};
pub use cursor::Cursor;
pub use item::Item;
pub use lines::{Line, Which, lines, lines_for};
pub use reference::MessageRef;
pub(super) use reference::not_there;
pub use small::compact_body;

use serde::{Deserialize, Serialize};

use super::body::Format;
use super::budget;
use super::bytes::{Bytes, FixedBytes};
use super::format::{self, Style};
use super::info::ShortHead;
use super::person::{self, PersonRef};
use super::{Call, Failure};
use crate::api::refusal::{bad_field, wrong_field};
use crate::group::{Refusal, RefusalCode, Sentence, Seq};
use crate::store::{MAX_WORDS, Reader, words};
use item::Form;
use page::{Page, Reading, Window};

/// Asks for messages. Without more: for the latest.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
pub struct MessagesRequest {
    /// Most messages in the answer: 20 unless said otherwise, 10,000 at most.
    pub limit: Option<u32>,
    /// What has changed after this cursor, in the order of the last change: `next` of an earlier answer, handed back
    /// unchanged.
    pub since: Option<Cursor>,
    /// An older page: the latest messages with a number below this.
    pub before: Option<u64>,
    /// These messages, by number or by id, in this order. What is not there is left out.
    pub ids: Option<Vec<MessageRef>>,
    /// Only messages of this person.
    pub author: Option<PersonRef>,
    /// Only messages that have all these words in title or text, the latest of them.
    pub q: Option<String>,
    /// Only pinned messages.
    #[serde(default)]
    pub pinned: bool,
    /// Most bytes of packed answer: what fits one packet unless said otherwise, 8 MiB at most.
    pub max_bytes: Option<u32>,
    /// Whether to send what authors have signed, so that the reader can check it.
    #[serde(default)]
    pub signed: bool,
    /// Whether to leave out all files, pictures and sound, and not only large ones.
    #[serde(default)]
    pub text_only: bool,
    /// Whether to send all that is attached along.
    #[serde(default)]
    pub whole: bool,
    /// Whether to say who has reacted, and not only how many.
    #[serde(default)]
    pub who: bool,
    /// Whether to leave out what most readers can do without: `number` stands for `author`, and `time` is there only where
    /// it is far from `received`. So it is with `deflate` and `compact` unless this says otherwise, but not with `signed`.
    pub short: Option<bool>,
}

/// Messages: by rising number, but with `since` in the order of their last change, and with `ids` in the order asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct MessagesAnswer {
    /// The messages.
    pub messages: Vec<Item>,
    /// Are there more: changes after `since`, `ids` that found no room, otherwise older ones?
    pub more: bool,
    /// For `since`: how far the client has come; bytes where it has not come to the end. After `before` or `q`: the lowest
    /// number looked at, for the next `before`. After `ids`: how many of them were looked at.
    pub next: Cursor,
    /// Where the group's log stands.
    pub head: ShortHead,
    /// Messages with a number below this are gone but for pinned ones, because the group keeps no more. Told at the end of
    /// what is kept, and to who asks `since` when it has risen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<u64>,
    /// The cursor was of no use here: these are the latest messages, and what is kept of older ones may be wrong.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    /// With `signed`: public keys of the authors (X25519 ‖ Ed25519), each once. An author is the first 16 bytes of
    /// SHA-256 of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<FixedBytes<64>>>,
}

/// Serves `/api/v1/messages`: the answer, packed in the form that is asked for.
pub fn answer(call: &mut Call<'_, '_>, request: &MessagesRequest, style: Style) -> Result<Vec<u8>, Failure> {
    match call.format {
        Format::Compact => small::compact(call, request),
        Format::Deflate => small::deflate(call, request, style),
        Format::Msgpack | Format::Json => {
            let max_bytes = budget::max_bytes(call, request.max_bytes)?;
            Ok(format::pack(style, &messages(call, request, style, max_bytes)?))
        }
    }
}

/// As many of the messages as fit without being compressed.
fn messages(
    call: &mut Call<'_, '_>,
    request: &MessagesRequest,
    style: Style,
    max_bytes: usize,
) -> Result<MessagesAnswer, Failure> {
    let answer = read(call, request, style, max_bytes)?.into_answer();
    note_fetch(call, &answer);
    Ok(answer)
}

/// The caller has these messages now.
fn note_fetch(call: &mut Call<'_, '_>, answer: &MessagesAnswer) {
    let newest = answer.messages.iter().map(|item| item.seq).max();
    if let (Some(person), Some(newest)) = (call.who.caller.identity(), newest) {
        call.host.note_fetch(person, Seq(newest));
    }
}

fn read<'s, 't>(
    call: &Call<'s, 't>,
    request: &MessagesRequest,
    style: Style,
    max_bytes: usize,
) -> Result<Page<'s, 't>, Failure> {
    let author = request.author.as_ref().map(|author| person::resolve(call, author)).transpose()?;
    let reader = Reader { viewer: call.who.caller.identity(), author: author.map(|found| found.identity) };
    let MessagesRequest { signed, text_only, whole, who, limit, short, .. } = *request;
    let short = short.unwrap_or(call.format.is_small()) && !signed;
    let form = Form { signed, text_only, whole, who, short };
    let kept = call.store.kept(call.group.facts.gid)?;
    let window = window(call, request)?;
    let mut page = Page::new(call, style, max_bytes, window, Reading { reader, form, kept });
    page.fill(call, budget::limit(limit))?;
    Ok(page)
}

/// Which messages are asked for: only one way at a time, but that a search may be paged.
fn window(call: &Call<'_, '_>, request: &MessagesRequest) -> Result<Window, Refusal> {
    let MessagesRequest { since, before, ids, q, pinned, .. } = request;
    let asked = [
        ("since", since.is_some()),
        ("ids", ids.is_some()),
        ("q", q.is_some()),
        ("pinned", *pinned),
        ("before", before.is_some() && q.is_none()),
    ];
    let mut asked = asked.into_iter().filter(|(_, is_there)| *is_there).map(|(field, _)| field);
    if let (Some(first), Some(second)) = (asked.next(), asked.next()) {
        let what = format!("Both `{first}` and `{second}` are there.");
        return Err(bad_field(second, what, "Send one of them."));
    }
    Ok(match (since, before, ids, q) {
        (Some(cursor), ..) => {
            cursor.place(call.group.head.seq).map_or(Window::LatestAfterReset, Window::Since)
        }
        (_, before, _, Some(q)) => {
            Window::With { words: words_to_find(q)?, before: Seq(before.unwrap_or(u64::MAX)) }
        }
        (_, Some(before), ..) => Window::Before(Seq(*before)),
        (_, _, Some(ids), _) => Window::Ids(ids.clone()),
        _ if *pinned => Window::Pinned,
        _ => Window::Latest,
    })
}

/// The words of a search, if it is one.
pub fn words_to_find(q: &str) -> Result<Vec<String>, Refusal> {
    let words = words(q);
    match words.len() {
        1..=MAX_WORDS => Ok(words),
        count => {
            let what = Sentence::WordsToSearchFor { count };
            Err(wrong_field("q", what, Sentence::SendSoManyWords { most: MAX_WORDS }))
        }
    }
}

/// Asks for something that is attached to a message.
#[derive(Debug, Clone, Copy, Deserialize, schemars::JsonSchema)]
pub struct AttachmentRequest {
    /// The message.
    pub id: MessageRef,
    /// Which of its `files`.
    #[serde(default)]
    pub index: u32,
}

/// Something that is attached to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct AttachmentAnswer {
    /// What it is called.
    pub name: String,
    /// It itself; of a field that is no file, picture or sound, its packed value.
    pub data: Bytes,
}

/// Serves `/api/v1/messages/attachment`.
pub fn attachment(
    call: &mut Call<'_, '_>,
    request: AttachmentRequest,
    _: Style,
) -> Result<AttachmentAnswer, Failure> {
    let message = request.id.find(call)?;
    let crate::store::Content::Post(post) = message.content else {
        return Err(not_there(&request.id.to_string()).into());
    };
    let fields = post.body.fields();
    let parts = files::parts(&fields);
    let index = usize::try_from(request.index).unwrap_or(usize::MAX);
    match parts.into_iter().nth(index) {
        Some(part) => Ok(AttachmentAnswer { name: part.name, data: Bytes(part.data.to_vec()) }),
        None => {
            let (what, then) =
                (Sentence::NothingAttached { seq: message.seq.0, index }, Sentence::AskForAnIndex);
            Err(Refusal::new(RefusalCode::NotFound, what, then).in_field("index").into())
        }
    }
}
