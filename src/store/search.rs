//! Full-text search over messages: which words are kept, and what is found by them. The one place that knows how.
//! Not the texts: they stand in the log, and only there.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::ControlFlow;

use rusqlite::OptionalExtension;

use super::columns::integer;
use super::messages::{COLUMNS, JOIN, VISIBLE, message_row};
use super::{Reader, Scanned, StoreError, Transaction, Visit};
use crate::group::{Body, GroupId, Post, Seq};

/// Bytes of a text whose words are kept: what stands behind them in a very long text is not found.
const MAX_INDEXED: usize = 16 * 1024;
/// Bytes of a word that are kept.
const MAX_WORD: usize = 48;
/// Most words that are searched for at once.
pub const MAX_WORDS: usize = 8;
/// Numbers of messages in one group: see the migration.
const EACH: i64 = 1 << 40;

/// The words of a text, folded: letters and digits of any script, in lower case. Wiping takes away what this gives for
/// the same text, so for what is stored already it must never give anything else.
pub fn words(text: &str) -> Vec<String> {
    let pieces = text.split(|c: char| !c.is_alphanumeric()).filter(|piece| !piece.is_empty());
    pieces.map(|piece| beginning(&piece.to_lowercase(), MAX_WORD).to_owned()).collect()
}

fn beginning(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// What is kept of a post; `None` where there is no word, as in a sealed one.
fn indexed(post: &Post) -> Option<String> {
    let Body::Plain { title, text, .. } = &post.body else { return None };
    let both = [String::from_utf8_lossy(title), String::from_utf8_lossy(text)].join(" ");
    let mut words = words(beginning(&both, MAX_INDEXED));
    words.sort_unstable();
    words.dedup();
    (!words.is_empty()).then(|| words.join(" "))
}

/// What is to become of the words of a message: [`KEEP`] or [`FORGET`].
#[derive(Debug)]
pub(super) struct WordChange {
    sql: &'static str,
    gid: GroupId,
    seq: Seq,
    words: String,
}

const KEEP: &str = "INSERT INTO group_text (rowid, words) VALUES (?1, ?2)";
/// For good.
const FORGET: &str = "INSERT INTO group_text (group_text, rowid, words) VALUES ('delete', ?1, ?2)";

impl Transaction<'_> {
    /// The messages that have all of `words` (as [`words`] gives them), the newest first, with a number below `before`.
    pub fn messages_with(
        &self,
        gid: GroupId,
        reader: Reader,
        words: &[String],
        before: Seq,
        limit: u32,
        visit: &mut Visit<'_>,
    ) -> Result<Scanned, StoreError> {
        self.write_words()?;
        let nothing = Scanned { last: None, more: false };
        let (Some(first), false) = (self.first_row(gid)?, words.is_empty()) else { return Ok(nothing) };
        let wanted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM group_text AS t CROSS JOIN {JOIN} WHERE t.group_text MATCH ?3 AND t.rowid > ?4 \
             AND t.rowid < ?5 AND m.gid = ?1 AND m.seq = t.rowid - ?4 AND {VISIBLE} \
             AND (?6 IS NULL OR m.author = ?6) ORDER BY t.rowid DESC LIMIT ?7"
        );
        let end = first.saturating_add(integer(before.0).min(EACH));
        let mut statement = self.sql.prepare_cached(&sql)?;
        let mut rows = statement.query((
            gid.as_bytes(),
            reader.viewer.as_ref().map(|viewer| viewer.as_bytes()),
            wanted.join(" AND "),
            first,
            end,
            reader.author.as_ref().map(|author| author.as_bytes()),
            i64::from(limit) + 1,
        ))?;
        let (mut scanned, mut left) = (nothing, limit);
        while let Some(row) = rows.next()? {
            let message = message_row(gid, row)?;
            let seq = message.seq;
            if left == 0 || visit(message)? == ControlFlow::Break(()) {
                scanned.more = true;
                break;
            }
            left -= 1;
            scanned.last = Some(seq);
        }
        Ok(scanned)
    }

    /// Keeps the words of a message.
    pub(super) fn index_words(&self, gid: GroupId, seq: Seq, post: &Post) {
        let change = indexed(post).map(|words| WordChange { sql: KEEP, gid, seq, words });
        self.words.borrow_mut().extend(change);
    }

    /// Takes the words of a message away for good. `post` must say what it said when they were kept.
    pub(super) fn forget_words(&self, gid: GroupId, seq: Seq, post: &Post) {
        let change = indexed(post).map(|words| WordChange { sql: FORGET, gid, seq, words });
        self.words.borrow_mut().extend(change);
    }

    /// Writes what is to become of words, of many messages together.
    pub(super) fn write_words(&self) -> Result<(), StoreError> {
        let mut rows = BTreeMap::new();
        for WordChange { sql, gid, seq, words } in std::mem::take(&mut *self.words.borrow_mut()) {
            let first = match rows.entry(gid) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(place) => *place.insert(self.ordinal(gid)?),
            };
            self.sql.prepare_cached(sql)?.execute((first.saturating_add(integer(seq.0)), words))?;
        }
        Ok(())
    }

    /// Where a group's rows begin; `None` if it has none.
    fn first_row(&self, gid: GroupId) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT ordinal FROM group_text_ordinals WHERE gid = ?1";
        let ordinal = self.sql.prepare_cached(sql)?.query_row([gid.as_bytes()], |row| row.get::<_, i64>(0));
        Ok(ordinal.optional()?.map(|ordinal| ordinal.saturating_mul(EACH)))
    }

    /// Where a group's rows begin, from now on if it has none.
    fn ordinal(&self, gid: GroupId) -> Result<i64, StoreError> {
        if let Some(first) = self.first_row(gid)? {
            return Ok(first);
        }
        let sql = "INSERT INTO group_text_ordinals (gid, ordinal) \
                   SELECT ?1, coalesce(max(ordinal), 0) + 1 FROM group_text_ordinals RETURNING ordinal";
        let ordinal: i64 = self.sql.prepare_cached(sql)?.query_row([gid.as_bytes()], |row| row.get(0))?;
        Ok(ordinal.saturating_mul(EACH))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_separated_by_everything_else() {
        assert_eq!(words("Grün-Weiß, 3× „GELB“!"), ["grün", "weiß", "3", "gelb"]);
        assert_eq!(words(" …\u{0} "), Vec::<String>::new());
        assert_eq!(words(&"ä".repeat(100))[0].len(), MAX_WORD);
    }
}
