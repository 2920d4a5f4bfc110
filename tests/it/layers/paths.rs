//! The paths of our own crate that a source file names, wherever they stand.
//! Not whether it may; that is the table's.

use super::tokens::{Token, tokens};

/// A file below `src`, read as tokens; modules that are only compiled for tests are left out.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// As it stands below `src`.
    pub(super) name: String,
    /// Its module path; empty for `lib.rs`.
    pub(super) module: Vec<String>,
    tokens: Vec<Token>,
    /// Module paths of `#[cfg(test)] mod name;`.
    tested: Vec<Vec<String>>,
}

impl SourceFile {
    pub(super) fn new(name: &str, text: &str) -> Self {
        let mut module: Vec<String> = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| last == "mod" || last == "lib") {
            module.pop();
        }
        let (tokens, tested) = without_tests(&tokens(text));
        let child = |name: String| module.iter().cloned().chain([name]).collect();
        Self { name: name.to_owned(), tested: tested.into_iter().map(child).collect(), module, tokens }
    }

    /// Does it name this crate from outside?
    pub(super) fn names(&self, outside: &str) -> bool {
        self.tokens.iter().any(|token| is(token, outside))
    }
}

/// Modules of this file that are only compiled for tests and stand in files of their own.
pub(super) fn tested_files(file: &SourceFile) -> Vec<Vec<String>> {
    file.tested.clone()
}

/// Every path of ours that the file names, from the root of the crate on, use groups spread out.
pub(super) fn crate_paths(file: &SourceFile) -> Vec<String> {
    let mut found = Vec::new();
    let mut scope = Scope { module: file.module.clone(), depth: 0, inline: Vec::new() };
    let mut at = 0;
    while let Some(token) = file.tokens.get(at) {
        scope.follow(&file.tokens[at..]);
        let after_path = at > 0 && file.tokens[at - 1] == Token::Path;
        let restriction =
            at > 1 && file.tokens[at - 2..at] == [Token::Sign('('), Token::Name("in".to_owned())];
        match root(token, file, &scope) {
            // `pub(in crate::x)` opens a door in our own house and imports nothing.
            Some(base) if !after_path && !restriction => {
                at += 1 + spread(&file.tokens[at + 1..], &base, &scope.module, &mut found);
            }
            _ => at += 1,
        }
    }
    found
}

/// Where a path begins that starts with this token: `crate`, `super`, `self`, or the library's name in the program.
fn root(token: &Token, file: &SourceFile, scope: &Scope) -> Option<Vec<String>> {
    let Token::Name(name) = token else { return None };
    match name.as_str() {
        "crate" => Some(Vec::new()),
        "roost" if file.name == "main.rs" => Some(Vec::new()),
        "super" => Some(parent(&scope.module)),
        "self" => Some(scope.module.clone()),
        _ => None,
    }
}

/// Follows a path from `base` on through names and groups, and notes each of its ends. Says how many tokens it took.
fn spread(tokens: &[Token], base: &[String], module: &[String], found: &mut Vec<String>) -> usize {
    let mut path = base.to_vec();
    let mut at = 0;
    while tokens.get(at) == Some(&Token::Path) {
        match tokens.get(at + 1) {
            Some(Token::Name(name)) => {
                match name.as_str() {
                    "super" => path = parent(&path),
                    "self" => {}
                    _ => path.push(name.clone()),
                }
                at += 2;
            }
            Some(Token::Sign('*')) => {
                path.push("*".to_owned());
                at += 2;
            }
            Some(Token::Sign('{')) => return at + 2 + spread_group(&tokens[at + 2..], &path, module, found),
            _ => break,
        }
    }
    // A lone `crate`, `super` or `self` is a visibility or a receiver, and a path within the own module needs no leave.
    if at > 0 && path != module {
        found.push(path.join("::"));
    }
    at
}

/// Follows the branches of `{a, b::c, d::{e}}` up to its closing brace.
fn spread_group(tokens: &[Token], base: &[String], module: &[String], found: &mut Vec<String>) -> usize {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            Token::Sign('}') => return at,
            Token::Name(name) if name == "as" => at += 1,
            Token::Name(_) | Token::Sign('*') => {
                // The branch reads like the rest of a path: pretend that its `::` stands before it.
                let mut branch = vec![Token::Path];
                branch.extend_from_slice(&tokens[at - 1..]);
                at += spread(&branch, base, module, found) - 2;
            }
            Token::Sign(_) | Token::Path => {}
        }
    }
    at
}

fn parent(module: &[String]) -> Vec<String> {
    module.split_last().map(|(_, parent)| parent.to_vec()).unwrap_or_default()
}

/// The module that a token stands in: the file's, or an inline one in it.
struct Scope {
    module: Vec<String>,
    depth: usize,
    /// Depths at which inline modules began.
    inline: Vec<usize>,
}

impl Scope {
    /// Takes note of the first of `tokens`.
    fn follow(&mut self, tokens: &[Token]) {
        match tokens {
            [Token::Name(keyword), Token::Name(name), Token::Sign('{'), ..] if keyword == "mod" => {
                self.module.push(name.clone());
                self.inline.push(self.depth);
            }
            [Token::Sign('{'), ..] => self.depth += 1,
            [Token::Sign('}'), ..] => {
                self.depth = self.depth.saturating_sub(1);
                if self.inline.last() == Some(&self.depth) {
                    self.inline.pop();
                    self.module.pop();
                }
            }
            _ => {}
        }
    }
}

/// Takes out what follows `#[cfg(test)]` up to its closing brace or semicolon; names the modules among it that stand in
/// files of their own.
fn without_tests(tokens: &[Token]) -> (Vec<Token>, Vec<String>) {
    let marker = super::tokens::tokens("#[cfg(test)]");
    let (mut kept, mut tested) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].starts_with(&marker) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        at += marker.len();
        let len = item_len(&tokens[at..]);
        let item = &tokens[at..at + len];
        if let Some(name) = item.windows(3).find_map(declared_module) {
            tested.push(name);
        }
        at += len;
    }
    (kept, tested)
}

fn declared_module(tokens: &[Token]) -> Option<String> {
    match tokens {
        [Token::Name(keyword), Token::Name(name), Token::Sign(';')] if keyword == "mod" => Some(name.clone()),
        _ => None,
    }
}

/// How many tokens the item takes that begins here.
fn item_len(tokens: &[Token]) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('{' | '(' | '[') => depth += 1,
            Token::Sign(')' | ']') => depth = depth.saturating_sub(1),
            Token::Sign('}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            Token::Sign(';') if depth == 0 => return at + 1,
            Token::Sign(_) | Token::Name(_) | Token::Path => {}
        }
    }
    tokens.len()
}

fn is(token: &Token, name: &str) -> bool {
    matches!(token, Token::Name(found) if found == name)
}
