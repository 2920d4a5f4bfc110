//! One message in an answer, or what has changed of it. What isn't there costs no byte.
//! Not which messages come.

use serde::Serialize;

use super::files::{self, Named};
use crate::api::bytes::{Bytes, FixedBytes};
use crate::group::{Authorship, Body, Post, PostId};
use crate::rns::hash::{DestinationHash, IdentityHash};

/// A message, or what is left of one. Without `author` or `number`, of a message that is not deleted, it says only which
/// reactions it has now and whether it is pinned: all else is as the client has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
pub struct Item {
    /// Its number.
    pub seq: u64,
    /// The identity of who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub author: Option<IdentityHash>,
    /// With `short`, in place of `author`: the number of the member who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// When, by the author's clock, in seconds since 1970. With `short` left out where that is less than ten minutes from
    /// `received`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// When it arrived, by the server's clock, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<u64>,
    /// When its text was changed last, by the server's clock, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<u64>,
    /// The member whom it is for, if only for one: nobody but the two is shown it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub to: Option<IdentityHash>,
    /// The number of the message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// Its title, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its text. What is no UTF-8 is shown replaced; the signed bytes are in `payload`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its LXMF fields as one packed MessagePack map, if it has some; large ones are in `files`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Bytes>,
    /// What is attached and left out here: index, name and size in bytes. Fetched with `messages/attachment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<Named>>,
    /// How a body is sealed that the server can't read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<u8>,
    /// A body that the server can't read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opaque: Option<Bytes>,
    /// What people have reacted with, and how many, the most frequent first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reactions: Option<Vec<(String, u32)>>,
    /// With `who`, in place of `reactions`: what people have reacted with, and who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<(String, Vec<FixedBytes<16>>)>>")]
    pub reactors: Option<Vec<(String, Vec<IdentityHash>)>>,
    /// It is pinned.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// It was removed. Told to who asks `since` or by number.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// It does not fit: title and text are cut, what is attached or sealed is left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// Of a cut message: the `max_bytes` it needs. Ask for it with `ids`.
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
    /// for `title`, `text` and `fields`, unless the message was a command that says something: then they are its proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Bytes>,
    /// With `signed`, of an LXMF message: Ed25519 over destination ‖ source ‖ payload ‖ SHA-256 of these three.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<FixedBytes<64>>,
    /// With `signed`: the id of the post, the same on every host.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub post_id: Option<PostId>,
}

/// In what form messages come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// As the author signed them.
    pub(super) signed: bool,
    /// Without any attachment.
    pub(super) text_only: bool,
    /// With all that is attached.
    pub(super) whole: bool,
    /// With the names of who reacted.
    pub(super) who: bool,
    /// Without what can be left out.
    pub(super) short: bool,
}

/// What a post says, in a form.
pub(super) fn said(post: Post, form: Form) -> Item {
    if form.signed { signed(post, form) } else { plain(post, form) }
}

fn plain(post: Post, form: Form) -> Item {
    let item = Item { author: Some(post.author), ..Item::default() };
    let (title, text) = titled_text(&post.body);
    match post.body {
        Body::Plain { fields, .. } if form.whole => {
            let is_there = !fields.is_empty() && fields != crate::group::body::NO_FIELDS;
            Item { title, text: Some(text), fields: is_there.then_some(Bytes(fields)), ..item }
        }
        Body::Plain { fields, .. } => {
            let (fields, files) = files::without_large(&fields, form.text_only);
            Item { title, text: Some(text), fields, files, ..item }
        }
        Body::Opaque { scheme, bytes } => Item { scheme: Some(scheme), opaque: Some(Bytes(bytes)), ..item },
    }
}

fn signed(post: Post, form: Form) -> Item {
    let post_id = Some(post.id);
    // What was carried out as a command says less than it signs.
    let says_less = match &post.authorship {
        Authorship::Lxmf { payload, .. } => Body::from_payload(payload).as_ref() != Some(&post.body),
        Authorship::Link { .. } => true,
    };
    let item = if says_less { plain(post.clone(), form) } else { Item::default() };
    match post.authorship {
        Authorship::Link { .. } => Item { post_id, ..item },
        Authorship::Lxmf { destination, source, payload, signature, .. } => Item {
            author: Some(post.author),
            destination: Some(destination),
            source: Some(source),
            payload: Some(Bytes(payload)),
            signature: Some(FixedBytes(signature)),
            post_id,
            ..item
        },
    }
}

/// Title and text to show: none for a body that can't be read here.
pub(super) fn titled_text(body: &Body) -> (Option<String>, String) {
    match body {
        Body::Plain { title, text, .. } => {
            let title = (!title.is_empty()).then(|| String::from_utf8_lossy(title).into_owned());
            (title, String::from_utf8_lossy(text).into_owned())
        }
        Body::Opaque { .. } => (None, String::new()),
    }
}
