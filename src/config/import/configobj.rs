//! The syntax of a reference configuration file: nested sections of keys, with comments and lists.
//! Not what the keys mean.

/// A section with its own lines; those of the sections in it stand with them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// How many brackets.
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) lines: Vec<Line>,
}

/// A line that says something.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A key and its value.
    Entry { key: String, value: Words },
    /// Not what such a file looks like.
    Unreadable(String),
}

/// A value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// Text.
    One(String),
    /// Several, with commas between.
    List(Vec<String>),
    /// Text that the reference would put together from other keys.
    Interpolated(String),
}

impl Words {
    /// As it could stand in the file.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::One(text) | Self::Interpolated(text) => text.clone(),
            Self::List(texts) => texts.join(", "),
        }
    }
}

/// All sections in their order. One of depth 0 holds what stands above all others, or below a broken header.
pub(super) fn parse(text: &str) -> Vec<Section> {
    let mut done = Vec::new();
    let mut current = Section { depth: 0, name: String::new(), lines: Vec::new() };
    for raw in text.lines() {
        let line = raw.trim().trim_start_matches('\u{feff}');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with('[') {
            // After a broken header nobody knows where the lines below it belong.
            let next = match header(line) {
                Some((depth, name)) => Section { depth, name, lines: Vec::new() },
                None => Section {
                    depth: 0,
                    name: line.to_owned(),
                    lines: vec![Line::Unreadable(line.to_owned())],
                },
            };
            done.push(std::mem::replace(&mut current, next));
            continue;
        }
        let entry = line.split_once('=').and_then(|(key, value)| {
            let key = unquoted(key.trim());
            (!key.is_empty()).then_some(())?;
            Some(Line::Entry { key: key.to_owned(), value: words(value)? })
        });
        current.lines.push(entry.unwrap_or_else(|| Line::Unreadable(line.to_owned())));
    }
    done.push(current);
    done
}

/// `[[Name]]  # comment`.
fn header(line: &str) -> Option<(usize, String)> {
    let inner = line.trim_start_matches('[');
    let depth = line.len().checked_sub(inner.len())?;
    let inner = inner.trim_start();
    let (name, rest) = match inner.chars().next()? {
        quote @ ('"' | '\'') => inner.get(1..)?.split_once(quote)?,
        _ => inner.split_at(inner.find(']')?),
    };
    let rest = rest.trim_start();
    let after = rest.trim_start_matches(']');
    let closed = rest.len().checked_sub(after.len())?;
    let after = after.trim_start();
    let whole = closed == depth && (after.is_empty() || after.starts_with('#'));
    whole.then(|| (depth, name.trim().to_owned()))
}

fn unquoted(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

/// The value with its comment cut off; nothing if it is none.
fn words(value: &str) -> Option<Words> {
    let mut rest = value.trim_start();
    let mut found = Vec::new();
    let mut list = false;
    loop {
        if rest.is_empty() || rest.starts_with('#') {
            break;
        }
        let (word, after) = word(rest)?;
        found.push(word.to_owned());
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => {
                list = true;
                rest = after.trim_start();
            }
            None if rest.is_empty() || rest.starts_with('#') => break,
            None => return None,
        }
    }
    if found.iter().any(|word| word.split_once("%(").is_some_and(|(_, name)| name.contains(")s"))) {
        return Some(Words::Interpolated(found.join(", ")));
    }
    if list { Some(Words::List(found)) } else { Some(Words::One(found.pop().unwrap_or_default())) }
}

/// One word of a value, quoted or up to the next comma or comment, and what follows.
fn word(text: &str) -> Option<(&str, &str)> {
    match text.chars().next()? {
        // Values over several lines; nothing that belongs into such a file needs them.
        _ if text.starts_with("\"\"\"") || text.starts_with("'''") => None,
        quote @ ('"' | '\'') => text.get(1..)?.split_once(quote),
        _ => {
            let end = text.find([',', '#']).unwrap_or(text.len());
            let (word, rest) = text.split_at(end);
            Some((word.trim_end(), rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Option<Words> {
        Some(Words::One(text.to_owned()))
    }

    #[test]
    fn values_are_read_as_the_reference_reads_them() {
        let list = |words: &[&str]| Some(Words::List(words.iter().map(|word| (*word).to_owned()).collect()));
        assert_eq!(words(" abc,def"), list(&["abc", "def"]));
        assert_eq!(words(r#" "abc,def" "#), one("abc,def"));
        assert_eq!(words("abc#def"), one("abc"));
        assert_eq!(words("abc def # comment"), one("abc def"));
        assert_eq!(words(r#""a # b" # comment"#), one("a # b"));
        assert_eq!(words("'it is \"so\"'"), one("it is \"so\""));
        assert_eq!(words(""), one(""));
        assert_eq!(words("a,"), list(&["a"]));
        assert_eq!(words("%(name)s"), Some(Words::Interpolated("%(name)s".to_owned())));
        assert_eq!(words("100 %"), one("100 %"));
        for wrong in ["\"open", "\"a\" b", "\"\"\"long\"\"\""] {
            assert_eq!(words(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sections_have_the_depth_of_their_brackets() {
        let text = "top = 1\n[reticulum] # c\n[interfaces]\n  [[My \"Hub\"]]\n  [[ 'A ] B' ]]\n[[[deep]]]\n[[wrong]\na = 1\n";
        let sections: Vec<_> = parse(text)
            .into_iter()
            .map(|section| (section.depth, section.name, section.lines.len()))
            .collect();
        let expected = [(0, "", 1), (1, "reticulum", 0), (1, "interfaces", 0), (2, "My \"Hub\"", 0)];
        assert_eq!(sections[..4], expected.map(|(depth, name, lines)| (depth, name.to_owned(), lines)));
        assert_eq!(sections[4], (2, "A ] B".to_owned(), 0));
        assert_eq!(sections[5], (3, "deep".to_owned(), 0));
        assert_eq!(sections[6], (0, "[[wrong]".to_owned(), 2), "with the line below it");
    }
}
