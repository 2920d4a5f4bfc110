//! The arguments of a command, word by word, with quotation marks as phones make them.
//! Not what the words mean to a command.

use super::time::Span;

/// Hex digits of a whole hash.
const WHOLE_HASH: usize = 32;

/// What of a command's arguments is not read yet.
#[derive(Debug, Clone, Copy)]
pub struct Words<'t> {
    rest: &'t str,
}

impl<'t> Words<'t> {
    /// The words of `arguments`.
    pub fn new(arguments: &'t str) -> Self {
        Self { rest: arguments.trim() }
    }

    /// The next word, or what stands between quotation marks.
    pub fn word(&mut self) -> Option<&'t str> {
        let (word, rest) = split(self.rest)?;
        self.rest = rest.trim_start();
        Some(word)
    }

    /// Somebody's name: a word, what stands between quotation marks, or a hash with spaces in it.
    pub fn person(&mut self) -> Option<&'t str> {
        if let Some((hash, rest)) = spaced_hash(self.rest) {
            self.rest = rest.trim_start();
            return Some(hash);
        }
        self.word()
    }

    /// How long, if the next word says that.
    pub fn span(&mut self) -> Option<Span> {
        let mut ahead = *self;
        let span = Span::parse(ahead.word()?)?;
        *self = ahead;
        Some(span)
    }

    /// Is the next word one of these? It is taken if so.
    pub fn keyword(&mut self, words: &[&str]) -> bool {
        let mut ahead = *self;
        let is_one =
            ahead.word().is_some_and(|next| words.iter().any(|word| next.eq_ignore_ascii_case(word)));
        if is_one {
            *self = ahead;
        }
        is_one
    }

    /// All that is left, without quotation marks around it.
    pub fn rest(self) -> &'t str {
        unquoted(self.rest)
    }

    /// Is nothing left?
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// Quotation marks, straight, and as phones make them.
pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}')
}

/// `text` without quotation marks around it.
pub fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(is_quote).trim()
}

/// The first word and what stands behind it.
fn split(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let first = text.chars().next()?;
    if is_quote(first) {
        let inner = text.get(first.len_utf8()..)?;
        // An apostrophe inside a name ends nothing.
        let closes = |(at, c): &(usize, char)| {
            let next = inner.get(at + c.len_utf8()..).and_then(|rest| rest.chars().next());
            is_quote(*c) && next.is_none_or(char::is_whitespace)
        };
        if let Some((at, c)) = inner.char_indices().find(closes) {
            return Some((inner.get(..at)?.trim(), inner.get(at + c.len_utf8()..)?));
        }
    }
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    Some((word.trim_matches(is_quote), rest))
}

/// A hash that some program has shown in groups: words of hex digits that make one together.
fn spaced_hash(text: &str) -> Option<(&str, &str)> {
    let mut digits = 0;
    for (at, c) in text.char_indices() {
        match c {
            c if c.is_ascii_hexdigit() => digits += 1,
            ' ' | ':' | '-' | '<' | '>' => {}
            _ => return None,
        }
        if digits == WHOLE_HASH {
            let (hash, rest) = text.split_at_checked(at + c.len_utf8())?;
            let rest = rest.strip_prefix('>').unwrap_or(rest);
            let ends = rest.chars().next().is_none_or(char::is_whitespace);
            return ends.then_some((hash, rest));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_spaces_between_quotation_marks_of_any_sort() {
        for text in [
            "\"Anna B\" 2d he is rude",
            "\u{201e}Anna B\u{201c} 2d he is rude",
            "\u{201c}Anna B\u{201d}  2d \u{201c}he is rude\u{201d}",
            "\u{ab}Anna B\u{bb} 2d he is rude",
            "'Anna B' 2d 'he is rude'",
        ] {
            let mut words = Words::new(text);
            assert_eq!(words.person(), Some("Anna B"), "{text}");
            assert!(matches!(words.span(), Some(Span::For(_))), "{text}");
            assert_eq!(words.rest(), "he is rude", "{text}");
        }
        let mut words = Words::new("'O\u{2019}Hara x' y");
        assert_eq!((words.word(), words.rest()), (Some("O\u{2019}Hara x"), "y"));
        assert_eq!(Words::new("\u{201c}anna").person(), Some("anna"), "the other mark was forgotten");
    }

    #[test]
    fn a_hash_may_be_typed_in_groups_with_something_behind() {
        let mut words = Words::new("0011 2233 4455 6677 8899 AABB CCDD EEFF 2h spam");
        assert_eq!(words.person(), Some("0011 2233 4455 6677 8899 AABB CCDD EEFF"));
        assert!(words.span().is_some() && words.rest() == "spam");
        let mut words = Words::new("<00112233445566778899aabbccddeeff> spam");
        assert_eq!(words.person(), Some("<00112233445566778899aabbccddeeff"));
        assert_eq!(words.rest(), "spam");
        // A nick that is made of such digits is no hash.
        let mut words = Words::new("abba 2h");
        assert_eq!((words.person(), words.span().is_some()), (Some("abba"), true));
    }

    #[test]
    fn a_time_or_a_word_is_only_taken_when_it_is_there() {
        let mut words = Words::new("anna purge because");
        words.person();
        assert_eq!(words.span(), None);
        assert!(words.keyword(&["purge"]) && !words.keyword(&["purge"]));
        assert_eq!(words.rest(), "because");
        assert!(Words::new("  ").is_empty() && Words::new("").word().is_none());
    }
}
