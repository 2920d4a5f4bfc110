//! What people are told comes out of the tables of sentences: a plain text is told as it is only where this file says why.
//! Not what the sentences say.

use std::fs;
use std::path::Path;

/// Files that tell a text as it is, and why that is right in every language.
const AS_IT_IS: &[(&str, &str)] = &[
    ("api/refusal.rs", "complaints about malformed requests are for programmers, in English"),
    ("command/moderation.rs", "what the API has said in the caller's language"),
    ("group/event/deed.rs", "reasons that people gave"),
    ("group/moderation/filter.rs", "a filter's name, which people chose"),
    ("group/moderation/mod.rs", "a filter's name, which people chose"),
    ("group/rules/mod.rs", "why a group is read-only, from a database of a later version"),
    ("server/inbound.rs", "answers of commands, in the language of who gave them"),
    ("server/notices.rs", "a digest, in the language of who is told"),
    ("server/told.rs", "a welcome, in the language of who comes"),
];

/// Ways to make a sentence of any text. `Refusal::new` takes nothing but sentences.
const WAYS: &[&str] = &["Sentence::text(", "Sentence::text)", "Sentence::Text("];

#[test]
fn no_plain_text_is_told_to_people_but_where_it_is_right_in_every_language() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    visit(&root, &mut |path, text| {
        let name = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let is_test = name.contains("/tests/") || name.ends_with("tests.rs");
        if !is_test && WAYS.iter().any(|way| code.contains(way)) {
            found.push(name);
        }
    });
    found.sort();
    let known: Vec<_> = AS_IT_IS.iter().map(|(name, _)| *name).collect();
    assert_eq!(found, known, "tell a sentence of `group/sentence` instead, or say here why not");
}

/// An answer in chat that is put together of words in the program would be English for all.
#[test]
fn no_command_answers_in_words_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/command");
    visit(&root, &mut |path, text| {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for line in code.lines().map(str::trim) {
            let is_code = !line.starts_with("//") && !line.contains("expect(") && !line.starts_with("usage:");
            assert!(!is_code || !has_words(line), "{}: {line}", path.display());
        }
    });
}

/// Is there a literal of several words in it? What stands between braces is no word.
fn has_words(line: &str) -> bool {
    line.split('"').skip(1).step_by(2).any(|literal| {
        let outside: String =
            literal.split('{').map(|piece| piece.rsplit('}').next().unwrap_or_default()).collect();
        let words =
            outside.split_whitespace().filter(|word| word.len() > 1 && word.chars().all(char::is_alphabetic));
        words.count() > 1
    })
}

#[test]
fn words_in_a_literal_are_found() {
    assert!(has_words(r#"Ok("Nothing is pinned.".to_owned())"#));
    assert!(has_words(r#"format!("{name} is called {nick} now, as was said")"#));
    assert!(!has_words(r#"format!("{name} ({kept_for_long}) < {}", in_words(until))"#));
}

fn visit(dir: &Path, each: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(dir).expect("src can be listed") {
        let path = entry.expect("src can be listed").path();
        if path.is_dir() {
            visit(&path, each);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            each(&path, &fs::read_to_string(&path).expect("source is text"));
        }
    }
}
