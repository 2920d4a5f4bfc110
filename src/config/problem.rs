//! What is wrong with a configuration file, sentence by sentence.
//! Not the file system's errors, except that the file can't be read.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::key::Takes;

/// Most problems that are listed: more is no configuration.
const LISTED: usize = 50;
/// Most bytes of a wrong value that are shown.
const SHOWN: usize = 40;
/// How alike two names must be, at least, to be taken for each other.
const ALIKE: f64 = 0.75;

/// Why a file gives no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file system says no.
    #[error("cannot read the configuration {}. Check that the file exists and that you may read it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not what a configuration looks like.
    #[error("{} {what}, so it is no configuration. Choose another file with --config FILE", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Why it isn't one.
        what: &'static str,
    },
    /// The file says what it must not.
    #[error("the configuration is not right, so nothing was started.\n{}", listed(path, problems))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// All that is wrong, from the first line to the last.
        problems: Vec<Problem>,
    },
}

fn listed(path: &Path, problems: &[Problem]) -> String {
    let shown = problems.iter().take(LISTED).map(|problem| format!("  {}:{problem}", path.display()));
    let more = problems.len().saturating_sub(LISTED);
    let rest = (more > 0).then(|| format!("  and {more} more"));
    shown.chain(rest).collect::<Vec<_>>().join("\n")
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The key with the sections it is in, or nothing where the file as such can't be read.
    pub key: String,
    /// What is wrong, and what to write instead.
    pub what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ", self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

/// The text of a file, and what was found wrong in it so far.
#[derive(Debug)]
pub(super) struct Review<'a> {
    text: &'a str,
    found: Vec<(usize, Problem)>,
}

impl<'a> Review<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// `what` is wrong with `key`, at byte `at`.
    pub(super) fn add(&mut self, at: usize, key: impl Into<String>, what: impl Into<String>) {
        let line = self.line(at);
        self.found.push((at, Problem { line, key: key.into(), what: what.into() }));
    }

    /// The value at `span` is none that `key` takes.
    pub(super) fn add_wrong_value(&mut self, span: Range<usize>, key: impl Into<String>, takes: Takes) {
        let shown = if takes.is_secret() { "what stands there".to_owned() } else { self.shown(&span) };
        let what = format!("{shown} is not accepted here. Write {takes}");
        self.add(span.start, key, what);
    }

    /// There is no such `name`, only the `known` ones.
    pub(super) fn add_unknown<'k>(
        &mut self,
        at: usize,
        key: impl Into<String>,
        name: &str,
        known: impl Iterator<Item = &'k str> + Clone,
    ) {
        let what = match nearest(name, known.clone()) {
            Some(meant) => format!("this is not known here. Did you mean {meant}?"),
            None => format!("this is not known here. Known are: {}", known.collect::<Vec<_>>().join(", ")),
        };
        self.add(at, key, what);
    }

    /// Everything, in the order of the file.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|(at, _)| *at);
        let mut problems: Vec<_> = self.found.into_iter().map(|(_, problem)| problem).collect();
        problems.dedup();
        problems
    }

    pub(super) fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().iter().take(at);
        before.filter(|byte| **byte == b'\n').count().saturating_add(1)
    }

    /// What stands at `span`, on one line and not too long.
    fn shown(&self, span: &Range<usize>) -> String {
        let written = self.text.get(span.clone()).unwrap_or("this");
        let line = written.lines().next().unwrap_or_default();
        let mut end = line.len().min(SHOWN);
        while !line.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        match line.get(..end) {
            Some(start) if start.len() < written.len() => format!("{start}…"),
            Some(all) if !all.is_empty() => all.to_owned(),
            Some(_) | None => "nothing".to_owned(),
        }
    }
}

/// The known name that `name` was most likely meant to be.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.to_lowercase();
    let alike = known.map(|one| (strsim::jaro_winkler(&name, &one.to_lowercase()), one));
    alike.filter(|(alike, _)| *alike >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, one)| one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_its_name_and_nonsense_finds_none() {
        let known = ["listen_ip", "listen_port", "target_host", "enabled"];
        let near = |name| nearest(name, known.into_iter());
        assert_eq!(near("listen_prt"), Some("listen_port"));
        assert_eq!(near("Enable"), Some("enabled"));
        assert_eq!(near("targethost"), Some("target_host"));
        assert_eq!(near("xyzzy"), None);
    }

    #[test]
    fn a_long_or_broken_value_is_shown_short_and_whole_characters_only() {
        let text = "ä".repeat(100);
        let review = Review::new(&text);
        assert_eq!(review.shown(&(0..200)), format!("{}…", "ä".repeat(20)));
        assert_eq!(review.shown(&(0..4)), "ää");
        assert_eq!(review.shown(&(1..3)), "this");
        assert_eq!(Review::new("\"\"\"a\nb\"\"\"").shown(&(0..9)), "\"\"\"a…");
    }

    #[test]
    fn problems_come_in_the_order_of_the_file() {
        let mut review = Review::new("a\nb\nc\n");
        review.add(4, "c", "later");
        review.add(0, "a", "first");
        let shown: Vec<_> = review.into_problems().iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["1: a: first", "3: c: later"]);
    }
}
