//! Writes the `server.toml` of an import, with comments for what it lacks.
//! Not the decision what that is.

use std::collections::BTreeSet;

use super::super::key::Value;
use super::Imported;
use super::configobj::{Line, Section};

/// Options whose values are nobody's business.
const SECRET: &[&str] = &["passphrase", "pass_phrase", "rpc_key"];

/// The text so far.
#[derive(Debug)]
pub(super) struct Writer {
    text: String,
    /// Keys of the section that is being written.
    keys: BTreeSet<String>,
    left_out: usize,
}

impl Writer {
    pub(super) fn new() -> Self {
        let text = "# server.toml of Roost, made from a configuration of the Reticulum daemon\n".to_owned();
        Self { text, keys: BTreeSet::new(), left_out: 0 }
    }

    pub(super) fn finish(self) -> Imported {
        Imported { text: self.text, left_out: self.left_out }
    }

    /// Begins a section; `path` is written as it is.
    pub(super) fn header(&mut self, path: &str) {
        self.keys.clear();
        self.text += &format!("\n[{path}]\n");
    }

    pub(super) fn entry(&mut self, key: &str, value: &Value) {
        self.keys.insert(key.to_owned());
        self.text += &format!("{key} = {value}\n");
    }

    /// Does the section have this key already?
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    /// A comment that is no loss.
    pub(super) fn remark(&mut self, text: &str) {
        self.comment(text);
    }

    /// A line that is missing, and why.
    pub(super) fn leave_out(&mut self, line: &Line, why: &str) {
        self.left_out = self.left_out.saturating_add(1);
        self.comment(&format!("{}   # left out: {why}", shown(line)));
    }

    /// A section that is missing as a whole, and why.
    pub(super) fn leave_out_section(&mut self, section: &Section, why: &str) {
        self.left_out = self.left_out.saturating_add(1);
        self.text.push('\n');
        self.comment(&format!("{}   # left out: {why}", title(section)));
        self.lines(section);
    }

    /// A section of one that is missing.
    pub(super) fn comment_section(&mut self, section: &Section) {
        self.comment(&title(section));
        self.lines(section);
    }

    fn lines(&mut self, section: &Section) {
        for line in &section.lines {
            self.comment(&format!("  {}", shown(line)));
        }
    }

    /// One line, whatever stands in `text`: a line break would be the end of the comment.
    fn comment(&mut self, text: &str) {
        let text: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
        self.text += &format!("# {text}\n");
    }
}

fn title(section: &Section) -> String {
    let (open, close) = ("[".repeat(section.depth.min(8)), "]".repeat(section.depth.min(8)));
    format!("{open}{}{close}", section.name)
}

fn shown(line: &Line) -> String {
    match line {
        Line::Entry { key, .. } if SECRET.contains(&key.as_str()) => format!("{key} = …"),
        Line::Entry { key, value } => format!("{key} = {}", value.shown()),
        Line::Unreadable(text) => match text.split_once('=') {
            Some((key, _)) if SECRET.contains(&key.trim()) => format!("{} = …", key.trim()),
            Some(_) | None => text.clone(),
        },
    }
}
