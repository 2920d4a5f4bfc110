//! From a configuration file of the reference to ours, as far as ours can say it.
//! Not the reading of ours, nor the starting of anything.

mod configobj;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::BTreeSet;

use self::configobj::{Line, Section, Words, parse};
use self::writer::Writer;
use super::interfaces::{Kind, NAME_RULE, foreign_advice, is_name};
use super::key::{Need, Takes, Value, quoted};
use super::log_level::LogLevel;
use super::section::{LeftOut, Values, Vocabulary, Weight};
use super::{RETICULUM, key::Key};

/// Our text, and how much of the other is missing in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// A `server.toml`.
    pub text: String,
    /// How many options and sections are only there as comments.
    pub left_out: usize,
}

/// What the reference does unless it is told not to, and Roost only when it is told to.
const SHARES_BY_DEFAULT: &str = "share_instance";

/// What is said about secrets.
const SECRET_RULE: &str = "secrets are not printed. Write it here yourself, then the interface can be on";

/// The same for one that nothing else depends on.
const KEY_RULE: &str = "secrets are not printed. Write it here yourself";

/// What the reference has for Backbone interfaces beyond those of TCP.
const BACKBONE_LEFT_OUT: &[LeftOut] = &[LeftOut {
    names: &[
        "block_fast_flapping",
        "fast_flapping_threshold",
        "fast_flapping_grace",
        "fast_flapping_block_time",
    ],
    no_loss: &["false", "no", "off", "0"],
    why: "clients that come and go are not locked out",
    weight: Weight::Minor,
}];

/// What the reference has for its log beside the level.
const LOGGING_LEFT_OUT: &[LeftOut] = &[LeftOut {
    names: &["logtimestamps"],
    no_loss: &["true", "yes", "on", "1"],
    why: "every line has its time",
    weight: Weight::Minor,
}];

/// Reads a configuration of the reference. Every text gives a `server.toml` that can be read.
pub fn import(text: &str) -> Imported {
    let mut writer = Writer::new();
    let mut seen = BTreeSet::new();
    let mut parent = String::new();
    // What to say about sections inside one that is only there as comments: nothing more.
    let mut lost = None;
    for section in parse(text) {
        if lost.is_some_and(|depth| section.depth > depth) {
            writer.comment_section(&section);
            continue;
        }
        lost = None;
        if section.depth == 1 {
            parent.clone_from(&section.name);
        }
        let place = (section.depth, parent.clone(), section.name.clone());
        let reason = if seen.insert(place) {
            match (section.depth, parent.as_str()) {
                (0, _) => outside(&section, &mut writer),
                (1, "reticulum") => fixed(&section, "reticulum", RETICULUM, &mut writer),
                (1, "logging") => logging(&section, &mut writer),
                (1, "interfaces") => outside(&section, &mut writer),
                (2, "interfaces") => interface(&section, &mut writer),
                _ => Some("Roost has no such section".to_owned()),
            }
        } else {
            Some("the same section stands above".to_owned())
        };
        if let Some(reason) = reason {
            writer.leave_out_section(&section, &reason);
            lost = Some(section.depth);
        }
    }
    writer.finish()
}

/// Lines that are in no section that has keys.
fn outside(section: &Section, writer: &mut Writer) -> Option<String> {
    for line in &section.lines {
        writer.leave_out(line, "it stands in no section that has options");
    }
    None
}

fn fixed(section: &Section, name: &str, vocabulary: Vocabulary, writer: &mut Writer) -> Option<String> {
    writer.header(name);
    let translated = Translated::of(section, vocabulary, &[], str::to_owned);
    translated.write(writer);
    if name == "reticulum" && !writer.has(SHARES_BY_DEFAULT) {
        writer.entry(SHARES_BY_DEFAULT, &Value::Switch(true));
        writer.remark("as the reference does when nothing is said");
    }
    None
}

fn logging(section: &Section, writer: &mut Writer) -> Option<String> {
    writer.header("server");
    for line in &section.lines {
        let (key, words) = match line {
            Line::Entry { key, value: Words::One(words) } => (key.as_str(), words.as_str()),
            Line::Entry { .. } | Line::Unreadable(_) => ("", ""),
        };
        let level = words.parse().ok().and_then(LogLevel::from_reference);
        match (key, level) {
            ("loglevel", Some(level)) if !writer.has("log") => {
                writer.entry("log", &Value::Text(level.name().to_owned()));
            }
            _ => match judge(key, words, &[LOGGING_LEFT_OUT]) {
                Judged::NoLoss => {}
                Judged::Loss(why, _) => writer.leave_out(line, why),
            },
        }
    }
    None
}

fn interface(section: &Section, writer: &mut Writer) -> Option<String> {
    let own = |name: &str| {
        section.lines.iter().find_map(|line| match line {
            Line::Entry { key, value: Words::One(words) } if key == name => Some(words.as_str()),
            Line::Entry { .. } | Line::Unreadable(_) => None,
        })
    };
    let Some(written) = own("type") else { return Some("it has no type".to_owned()) };
    let connects = own("target_host").or_else(|| own("remote")).is_some();
    let (name, rename): (_, fn(&str) -> String) = match written {
        "BackboneInterface" if !connects => ("TCPServerInterface", backbone_server),
        "BackboneInterface" | "BackboneClientInterface" => ("TCPClientInterface", backbone_client),
        other => (other, str::to_owned),
    };
    let Some(kind) = Kind::from_name(name) else {
        let why = foreign_advice(written).unwrap_or("Roost has no interface of this type");
        return Some(why.to_owned());
    };
    let mut translated = Translated::of(section, kind.vocabulary, &[BACKBONE_LEFT_OUT], rename);
    if !is_name(&section.name) {
        return Some(NAME_RULE.to_owned());
    }
    let missing: Vec<_> = translated.missing(kind.vocabulary).map(|key| key.name).collect();
    if !missing.is_empty() {
        return Some(format!("{} is missing, or not what Roost takes", missing.join(", ")));
    }
    let size = translated.take_size_alone();
    if let Some(objection) = kind.objection(&translated.values()) {
        return Some(objection);
    }
    let wanted = translated.take("enabled") == Some(Value::Switch(true));
    translated.take("type");
    writer.header(&format!("interfaces.{}", quoted(&section.name)));
    if name != written {
        writer.remark(&format!("{written} in the reference; the same on the wire"));
    }
    writer.entry("type", &Value::Text(name.to_owned()));
    writer.entry("enabled", &Value::Switch(wanted && !translated.vital));
    if wanted && translated.vital {
        writer.remark("off, because without what is left out below it would not be what was wanted");
    }
    translated.write(writer);
    if let Some(size) = size {
        writer.remark(&format!("ifac_size = {size}   # only together with a passphrase"));
    }
    None
}

fn backbone_server(name: &str) -> String {
    match name {
        "listen_on" => "listen_ip",
        other => other,
    }
    .to_owned()
}

fn backbone_client(name: &str) -> String {
    match name {
        "remote" => "target_host",
        "port" => "target_port",
        other => other,
    }
    .to_owned()
}

/// A section in our words.
struct Translated<'s> {
    entries: Vec<(&'static Key, Value)>,
    left_out: Vec<(&'s Line, String)>,
    /// Something was left out that the rest is of no use without.
    vital: bool,
}

impl<'s> Translated<'s> {
    fn of(
        section: &'s Section,
        vocabulary: Vocabulary,
        more_left_out: &'static [&'static [LeftOut]],
        rename: fn(&str) -> String,
    ) -> Self {
        let mut this = Self { entries: Vec::new(), left_out: Vec::new(), vital: false };
        for line in &section.lines {
            let Line::Entry { key: written, value: words } = line else {
                this.left_out.push((line, "this can't be read".to_owned()));
                continue;
            };
            let name = rename(written);
            match vocabulary.key(&name) {
                Some(key) => this.known(line, key, words),
                None => match judge_in(&name, &words.shown(), vocabulary.left_out, more_left_out) {
                    Judged::NoLoss => {}
                    Judged::Loss(why, weight) => {
                        this.vital |= weight == Weight::Vital;
                        this.left_out.push((line, why.to_owned()));
                    }
                },
            }
        }
        this
    }

    fn known(&mut self, line: &'s Line, key: &'static Key, words: &Words) {
        if self.entries.iter().any(|(other, _)| other.name == key.name) {
            self.left_out.push((line, format!("{} stands above already", key.name)));
            return;
        }
        let value = match words {
            Words::One(words) => key.takes.take_words(words),
            Words::List(words) => key.takes.take_list(words),
            Words::Interpolated(_) => None,
        };
        match value {
            Some(_) if matches!(key.takes, Takes::Hex { .. }) => {
                self.left_out.push((line, KEY_RULE.to_owned()));
            }
            Some(_) if key.takes.is_secret() => {
                self.vital = true;
                self.left_out.push((line, SECRET_RULE.to_owned()));
            }
            Some(value) => self.entries.push((key, value)),
            // The reference ignores an empty value or the word None in most places.
            None if key.need == Need::Optional
                && ["", "none"].contains(&words.shown().to_lowercase().as_str()) => {}
            None => self.left_out.push((line, format!("not what Roost takes: {}", key.takes))),
        }
    }

    fn missing(&self, vocabulary: Vocabulary) -> impl Iterator<Item = &'static Key> {
        let there: Vec<_> = self.entries.iter().map(|(key, _)| key.name).collect();
        vocabulary.keys().filter(move |key| key.need == Need::Required && !there.contains(&key.name))
    }

    /// A length of nothing is no configuration: it goes with the secret, or meant nothing before.
    fn take_size_alone(&mut self) -> Option<Value> {
        let named = self.entries.iter().any(|(key, _)| key.name == "network_name");
        if named { None } else { self.take("ifac_size") }
    }

    fn values(&self) -> Values {
        Values::new(self.entries.iter().map(|(key, value)| (key.name, value.clone())).collect())
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.entries.iter().position(|(key, _)| key.name == name)?;
        Some(self.entries.remove(at).1)
    }

    fn write(self, writer: &mut Writer) {
        for (key, value) in &self.entries {
            writer.entry(key.name, value);
        }
        for (line, why) in &self.left_out {
            writer.leave_out(line, why);
        }
    }
}

/// What it means that an option is not taken over.
enum Judged {
    NoLoss,
    Loss(&'static str, Weight),
}

fn judge(name: &str, words: &str, lists: &[&'static [LeftOut]]) -> Judged {
    let option = lists.iter().copied().flatten().find(|option| option.names.contains(&name));
    match option {
        Some(option) if option.no_loss.contains(&words.to_lowercase().as_str()) => Judged::NoLoss,
        Some(option) => Judged::Loss(option.why, option.weight),
        None => Judged::Loss("Roost does not know this option here", Weight::Minor),
    }
}

fn judge_in(name: &str, words: &str, lists: &[&'static [LeftOut]], more: &[&'static [LeftOut]]) -> Judged {
    let all: Vec<_> = lists.iter().chain(more).copied().collect();
    judge(name, words, &all)
}
