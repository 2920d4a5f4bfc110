//! The bytes of a post inside an event. The keys are one letter because every message pays for them on disk.
//! Not the event around it: there may be several kinds that bring a post.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::posts::Approval;
use crate::group::body::Body;
use crate::group::id::PostId;
use crate::group::post::{Authorship, Post};
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::time::UnixTime;

/// What some events keep beside a post.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extra {
    /// Whom it is for, if only for one.
    pub(super) to: Option<IdentityHash>,
    /// Of an edit: when it was first said.
    pub(super) first: Option<UnixTime>,
    /// Who let it be published, if it was held before.
    pub(super) approved: Option<Approval>,
}

/// A post as the private part of an event. Its id stands in the header.
pub(super) fn write(post: &Post) -> Vec<u8> {
    write_with(post, Extra::default())
}

/// The same, and something beside it.
pub(super) fn write_with(post: &Post, extra: Extra) -> Vec<u8> {
    let first = extra.first.map(UnixTime::as_micros);
    super::write(&PostRecord { to: extra.to, first, approved: extra.approved, ..PostRecord::of(post) })
}

/// Reads what [`write`] or [`write_with`] has written.
pub(super) fn read(id: PostId, private: &[u8]) -> Option<Post> {
    read_with(id, private).map(|(post, _)| post)
}

/// Reads what [`write_with`] has written.
pub(super) fn read_with(id: PostId, private: &[u8]) -> Option<(Post, Extra)> {
    let record = rmp_serde::from_slice::<PostRecord<'_>>(private).ok()?;
    let first = record.first.map(UnixTime::from_micros);
    let extra = Extra { to: record.to, first, approved: record.approved };
    Some((record.into_post(id)?, extra))
}

/// A post. Its id stands in the header; its body stands here only where the signed payload does not say it already.
#[derive(Serialize, Deserialize)]
struct PostRecord<'a> {
    #[serde(rename = "a")]
    author: IdentityHash,
    #[serde(rename = "t")]
    author_time: i64,
    #[serde(rename = "p", borrow, default, skip_serializing_if = "Option::is_none")]
    plain: Option<PlainRecord<'a>>,
    #[serde(rename = "o", borrow, default, skip_serializing_if = "Option::is_none")]
    opaque: Option<OpaqueRecord<'a>>,
    #[serde(rename = "x", borrow, default, skip_serializing_if = "Option::is_none")]
    lxmf: Option<LxmfRecord<'a>>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none", with = "serde_bytes")]
    link: Option<[u8; 8]>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    about: Option<PostId>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    to: Option<IdentityHash>,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    first: Option<i64>,
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    approved: Option<Approval>,
}

#[derive(Serialize, Deserialize)]
struct PlainRecord<'a> {
    #[serde(rename = "h", borrow, with = "serde_bytes")]
    title: Cow<'a, [u8]>,
    #[serde(rename = "t", borrow, with = "serde_bytes")]
    text: Cow<'a, [u8]>,
    #[serde(rename = "f", borrow, with = "serde_bytes")]
    fields: Cow<'a, [u8]>,
}

#[derive(Serialize, Deserialize)]
struct OpaqueRecord<'a> {
    #[serde(rename = "s")]
    scheme: u8,
    #[serde(rename = "b", borrow, with = "serde_bytes")]
    bytes: Cow<'a, [u8]>,
}

#[derive(Serialize, Deserialize)]
struct LxmfRecord<'a> {
    #[serde(rename = "d")]
    destination: DestinationHash,
    #[serde(rename = "s")]
    source: DestinationHash,
    #[serde(rename = "p", borrow, with = "serde_bytes")]
    payload: Cow<'a, [u8]>,
    #[serde(rename = "g", with = "serde_bytes")]
    signature: [u8; 64],
    #[serde(rename = "h", with = "serde_bytes")]
    message_hash: [u8; 32],
}

impl<'a> PostRecord<'a> {
    fn of(post: &'a Post) -> Self {
        let mut record = Self {
            author: post.author,
            author_time: post.author_time.as_micros(),
            plain: None,
            opaque: None,
            lxmf: None,
            link: None,
            about: post.about,
            to: None,
            first: None,
            approved: None,
        };
        let mut signed_body = None;
        match &post.authorship {
            Authorship::Lxmf { destination, source, payload, signature, message_hash } => {
                signed_body = Body::from_payload(payload);
                record.lxmf = Some(LxmfRecord {
                    destination: *destination,
                    source: *source,
                    payload: Cow::Borrowed(payload),
                    signature: *signature,
                    message_hash: *message_hash,
                });
            }
            Authorship::Link { client_id } => record.link = Some(*client_id),
        }
        if signed_body.as_ref() == Some(&post.body) {
            return record;
        }
        match &post.body {
            Body::Plain { title, text, fields } => {
                let (title, text) = (Cow::Borrowed(title.as_slice()), Cow::Borrowed(text.as_slice()));
                record.plain = Some(PlainRecord { title, text, fields: Cow::Borrowed(fields) });
            }
            Body::Opaque { scheme, bytes } => {
                record.opaque = Some(OpaqueRecord { scheme: *scheme, bytes: Cow::Borrowed(bytes) });
            }
        }
        record
    }

    fn into_post(self, id: PostId) -> Option<Post> {
        let body = match (self.plain, self.opaque, &self.lxmf) {
            (Some(plain), _, _) => Body::Plain {
                title: plain.title.into_owned(),
                text: plain.text.into_owned(),
                fields: plain.fields.into_owned(),
            },
            (None, Some(opaque), _) => {
                Body::Opaque { scheme: opaque.scheme, bytes: opaque.bytes.into_owned() }
            }
            (None, None, Some(lxmf)) => Body::from_payload(&lxmf.payload)?,
            (None, None, None) => return None,
        };
        let authorship = match (self.lxmf, self.link) {
            (Some(lxmf), _) => Authorship::Lxmf {
                destination: lxmf.destination,
                source: lxmf.source,
                payload: lxmf.payload.into_owned(),
                signature: lxmf.signature,
                message_hash: lxmf.message_hash,
            },
            (None, Some(client_id)) => Authorship::Link { client_id },
            (None, None) => return None,
        };
        let author_time = UnixTime::from_micros(self.author_time);
        Some(Post { id, author: self.author, author_time, body, authorship, about: self.about })
    }
}
