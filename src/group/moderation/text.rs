//! A post's title and text as filters read them: in lower case, without what can't be seen.
//! Not what is published: that stays as it was sent.

use crate::group::body::Body;
use crate::group::rules::may_be_seen;

/// Most bytes that filters read. Every pattern costs time for each of them.
pub(super) const MOST: usize = 16 * 1024;

/// What links begin with, beside `http://` and its like.
const LINK_STARTS: &[&str] = &["www.", "mailto:", "lxma@", "lxma:", "magnet:"];

/// A text to look through.
#[derive(Debug, Default)]
pub(super) struct ReadText {
    folded: String,
    /// As it was sent, without what can't be seen.
    pub(super) chars: usize,
    /// Is there more than filters read?
    pub(super) is_cut: bool,
}

impl ReadText {
    /// Title and text. A sealed post has none that this host can read.
    pub(super) fn of(body: &Body) -> Self {
        let Body::Plain { title, text, .. } = body else { return Self::default() };
        let is_cut = title.len().saturating_add(text.len()) > MOST;
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes.get(..MOST).unwrap_or(bytes)).into_owned();
        let said = match (lossy(title), lossy(text)) {
            (title, text) if title.is_empty() => text,
            (title, text) => format!("{title}\n{text}"),
        };
        let seen: String = said.chars().filter(|c| c.is_whitespace() || may_be_seen(*c)).collect();
        Self { chars: seen.chars().count(), folded: fold(&seen), is_cut }
    }

    /// In lower case.
    pub(super) fn folded(&self) -> &str {
        &self.folded
    }

    /// Is this word, or these words, in it, with nothing of a word beside them?
    pub(super) fn has_word(&self, word: &str) -> bool {
        let word = fold(word);
        let mut matches = self.folded.match_indices(&word);
        matches.any(|(at, found)| {
            let before = self.folded.get(..at).and_then(|text| text.chars().next_back());
            let after = self.folded.get(at + found.len()..).and_then(|text| text.chars().next());
            ![before, after].into_iter().flatten().any(char::is_alphanumeric)
        })
    }

    /// Is there something in it that programs make a link of?
    pub(super) fn has_link(&self) -> bool {
        let text = &self.folded;
        let has_scheme = text.match_indices("://").any(|(at, _)| {
            text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(char::is_alphanumeric)
        });
        has_scheme || LINK_STARTS.iter().any(|start| text.contains(start)) || has_page_link(text)
    }
}

/// Letters that differ in nothing but their case become one.
pub(super) fn fold(text: &str) -> String {
    // Upper case first: `ß` and `SS`, or the two forms of a small sigma, meet there.
    text.to_uppercase().to_lowercase()
}

/// A destination of 32 hex digits with a path behind it, as NomadNet writes links.
fn has_page_link(text: &str) -> bool {
    text.match_indices(":/").any(|(at, _)| {
        let hash = at.checked_sub(32).and_then(|from| text.get(from..at));
        hash.is_some_and(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}
