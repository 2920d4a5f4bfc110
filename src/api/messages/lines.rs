//! Messages as lines of a chat, for who reads them in one.
//! Not as programs get them.

use std::ops::ControlFlow;

use super::item::titled_text;
use crate::api::members::name_in_chat;
use crate::api::{Call, Failure};
use crate::group::{GroupId, Seq};
use crate::rns::hash::IdentityHash;
use crate::store::{Content, Reader, Scanned, StoreError, StoredMessage, Transaction, Visit};

/// A message as one line of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number.
    pub seq: Seq,
    /// What the one who says it is called.
    pub name: String,
    /// What they say.
    pub text: String,
}

impl Line {
    /// On one line: a line break inside a message would look like somebody else's line.
    pub fn flatten(&mut self) {
        self.text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
    }

    /// On one line, and no longer than this.
    pub fn shorten(&mut self, max: usize) {
        self.flatten();
        if self.text.len() > max {
            let end = (0..=max).rev().find(|end| self.text.is_char_boundary(*end)).unwrap_or(0);
            self.text.truncate(end);
            self.text.push('…');
        }
    }

    /// With its number, for who is to name it.
    pub fn numbered(&self) -> String {
        format!("#{} {}: {}", self.seq, self.name, self.text)
    }
}

/// Which messages come as lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The latest, the oldest of them first.
    Latest,
    /// Those with all of these words, the newest first.
    With(Vec<String>),
    /// The pinned ones, in the order of pinning.
    Pinned,
}

/// Messages that have a text and that the caller may see, `limit` at most, until `fits` says no for a line.
pub fn lines(
    call: &Call<'_, '_>,
    which: &Which,
    limit: u32,
    fits: &mut dyn FnMut(&mut Line) -> bool,
) -> Result<Vec<Line>, Failure> {
    let (gid, viewer) = (call.group.facts.gid, call.who.caller.identity());
    Ok(lines_for(call.store, (gid, viewer), which, limit, fits)?)
}

/// The same for somebody who has not called.
pub fn lines_for(
    store: &Transaction<'_>,
    (gid, viewer): (GroupId, Option<IdentityHash>),
    which: &Which,
    limit: u32,
    fits: &mut dyn FnMut(&mut Line) -> bool,
) -> Result<Vec<Line>, StoreError> {
    let reader = Reader { viewer, author: None };
    let mut lines = Vec::new();
    let visit: &mut Visit<'_> = &mut |message: StoredMessage| {
        let Content::Post(post) = message.content else { return Ok(ControlFlow::Continue(())) };
        let (_, text) = titled_text(&post.body);
        let mut name = name_in_chat(store, gid, post.author)?;
        if let Some(to) = message.recipient {
            name = format!("{name} (to {})", name_in_chat(store, gid, to)?);
        }
        let mut line = Line { seq: message.seq, name, text };
        if !fits(&mut line) {
            return Ok(ControlFlow::Break(()));
        }
        lines.push(line);
        Ok(ControlFlow::Continue(()))
    };
    let all = Seq(u64::MAX);
    let Scanned { .. } = match which {
        Which::Latest => {
            store.messages_before(gid, reader, (store.kept(gid)?.pruned_to, all), limit, visit)?
        }
        Which::With(words) => store.messages_with(gid, reader, words, all, limit, visit)?,
        Which::Pinned => store.messages_pinned(gid, reader, limit, visit)?,
    };
    if *which == Which::Latest {
        lines.reverse();
    }
    Ok(lines)
}
