//! Rust source cut into names and punctuation, without comments, strings and numbers.
//! Not a parser: the checker needs no more than this.

/// A name, or one character of anything else that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    Sign(char),
    /// `::`, which no other sequence of signs is.
    Path,
}

/// The tokens of `text`.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        rest = if rest.starts_with("//") {
            rest.find('\n').map_or("", |end| &rest[end..])
        } else if rest.starts_with("/*") {
            after_block_comment(rest)
        } else if let Some(after) = after_raw_string(rest) {
            after
        } else if next == '"' {
            after_quoted(&rest[1..], '"')
        } else if next == '\'' {
            after_char_or_lifetime(rest)
        } else if next.is_alphabetic() || next == '_' {
            let raw = rest.strip_prefix("r#").unwrap_or(rest);
            let name = raw.find(|c: char| !c.is_alphanumeric() && c != '_').map_or(raw, |end| &raw[..end]);
            tokens.push(Token::Name(name.to_owned()));
            &raw[name.len()..]
        } else if next.is_ascii_digit() {
            rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
        } else if let Some(after) = rest.strip_prefix("::") {
            tokens.push(Token::Path);
            after
        } else {
            if !next.is_whitespace() {
                tokens.push(Token::Sign(next));
            }
            &rest[next.len_utf8()..]
        };
    }
    tokens
}

fn after_block_comment(text: &str) -> &str {
    let (mut depth, mut rest) = (0, text);
    loop {
        if let Some(after) = rest.strip_prefix("/*") {
            (depth, rest) = (depth + 1, after);
        } else if let Some(after) = rest.strip_prefix("*/") {
            (depth, rest) = (depth - 1, after);
        } else if let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
        } else {
            return rest;
        }
        if depth == 0 {
            return rest;
        }
    }
}

/// `r"…"`, `br#"…"#` and so on.
fn after_raw_string(text: &str) -> Option<&str> {
    let raw = ["r", "br", "cr"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let body = raw.trim_start_matches('#');
    let end = format!("\"{}", &raw[..raw.len() - body.len()]);
    let inside = body.strip_prefix('"')?;
    Some(inside.find(&end).map_or("", |at| &inside[at + end.len()..]))
}

/// What follows the closing `quote`; a backslash guards the next character.
fn after_quoted(text: &str, quote: char) -> &str {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return &text[at + c.len_utf8()..];
        }
        if c == '\\' {
            chars.next();
        }
    }
    ""
}

fn after_char_or_lifetime(text: &str) -> &str {
    let body = &text[1..];
    let mut chars = body.chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => after_quoted(body, '\''),
        _ => body,
    }
}

#[test]
fn comments_strings_and_characters_are_left_out() {
    let text =
        "a /* b /* c */ d */ \"e \\\" f\" r#\"g \" h\"# 'i' '\\'' '\"' &'k l // m\nn b\"o\" 0xabu8 1.5";
    let names: Vec<_> = tokens(text)
        .into_iter()
        .filter_map(|token| match token {
            Token::Name(name) => Some(name),
            Token::Sign(_) | Token::Path => None,
        })
        .collect();
    assert_eq!(names, ["a", "k", "l", "n", "b"]);
}
