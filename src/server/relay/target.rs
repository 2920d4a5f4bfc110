//! The message that another one is about: its number, and who knows it under which hash.
//! Not how that is said to somebody.

use std::collections::BTreeMap;

use crate::group::{GroupId, PostId, Relay, Seq};
use crate::rns::hash::IdentityHash;
use crate::store::{Content, StoreError, Transaction};

/// The message that another one is about.
#[derive(Debug)]
pub(super) struct Target {
    /// Its number.
    pub(super) seq: Seq,
    /// What it says, for who does not have it.
    pub(super) text: String,
    /// Whoever has it, and under which hash.
    pub(super) copies: BTreeMap<IdentityHash, [u8; 32]>,
}

impl Target {
    /// What is known of post `id` to tell `recipients` of it; `None` if the group has no such post.
    pub(super) fn find(
        store: &Transaction<'_>,
        gid: GroupId,
        id: PostId,
        recipients: &[(IdentityHash, Relay)],
    ) -> Result<Option<Self>, StoreError> {
        let Some(seq) = store.post_seq(gid, id)? else { return Ok(None) };
        let copies = store.copies(gid, seq)?.into_iter().map(|copy| (copy.recipient, copy.message_hash));
        let copies: BTreeMap<_, _> = copies.collect();
        // It may be large, and most often everybody has it.
        let text = match recipients.iter().all(|(recipient, _)| copies.contains_key(recipient)) {
            true => String::new(),
            false => text(store, gid, id)?,
        };
        Ok(Some(Self { seq, text, copies }))
    }
}

/// What is for one is not told to others.
fn text(store: &Transaction<'_>, gid: GroupId, id: PostId) -> Result<String, StoreError> {
    Ok(match store.message(gid, None, id)?.map(|message| message.content) {
        Some(Content::Post(post)) => {
            String::from_utf8_lossy(post.body.text().unwrap_or_default()).into_owned()
        }
        Some(Content::Wiped) | None => String::new(),
    })
}
