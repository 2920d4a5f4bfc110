//! What a member sees: one line that tells what is waited for, messages, and what came of it; or lines of JSON.
//! Not what is told.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Cache, CachedMessage, DestinationHash, Disclosed, Names, News, Outcome, Stage, line};

/// Nothing is said of what takes less.
const WORTH_SAYING: Duration = Duration::from_secs(1);
/// Between two plain lines about the same.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// The terminal, or what stands in for it.
#[derive(Debug)]
pub(super) struct Screen {
    json: bool,
    group: DestinationHash,
    /// Is it a terminal, where a line can be written over?
    rewrites: bool,
    /// A line stands there that the next one is written over.
    standing: bool,
    /// What was said last, and when it is to be said again.
    said: Option<(Stage, Duration)>,
}

impl Screen {
    pub(super) fn new(json: bool, group: DestinationHash) -> Self {
        let rewrites = std::io::stderr().is_terminal();
        Self { json, group, rewrites, standing: false, said: None }
    }

    pub(super) fn show_news(&mut self, news: &News) {
        let printed = match news {
            News::Stage(_) | News::Done(_) => return,
            News::Quiet => return self.clear(),
            News::Disclosed(disclosed) => self.show_disclosed(disclosed),
            News::Messages { messages, names } => self.print_messages(messages, names),
            News::Listening if self.json => self.print_json(&json!({ "listening": true })),
            News::Listening => {
                self.say("listening; Ctrl-C ends it");
                Ok(())
            }
            News::Trouble(error) => {
                self.say(&format!("{error}. Trying again in a while"));
                Ok(())
            }
        };
        // Whoever reads no further wants no more.
        let _ = printed;
    }

    /// One line that is written over on a terminal, now and then a plain line elsewhere.
    pub(super) fn show_waiting(&mut self, stage: Stage, time: Duration) {
        if time < WORTH_SAYING {
            return;
        }
        let text = format!("{stage} … ({} s)", time.as_secs());
        if self.rewrites {
            eprint!("\r\x1b[K{text}");
            let _ = std::io::stderr().flush();
            self.standing = true;
            return;
        }
        if self.said.is_none_or(|(said, again)| said != stage || time >= again) {
            self.said = Some((stage, time.saturating_add(PLAIN_INTERVAL)));
            eprintln!("{text}");
        }
    }

    /// Takes the line away that tells what is waited for.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.standing) {
            eprint!("\r\x1b[K");
        }
        self.said = None;
    }

    pub(super) fn show_outcome(
        &mut self,
        outcome: &Outcome,
        cache: &Cache,
        (sent, received): (u64, u64),
    ) -> anyhow::Result<()> {
        self.clear();
        if let Outcome::Latest(messages) | Outcome::New(messages) = outcome {
            self.show_messages(messages, cache)?;
        }
        if self.json {
            let mut done = told(outcome);
            done["done"] = true.into();
            done["group"] = self.group.to_string().into();
            done["bytes_sent"] = sent.into();
            done["bytes_received"] = received.into();
            return self.print_json(&done);
        }
        match sentence(outcome) {
            Some(text) => self.print(&text),
            None => Ok(()),
        }
    }

    pub(super) fn show_messages(&mut self, messages: &[CachedMessage], cache: &Cache) -> anyhow::Result<()> {
        self.print_messages(messages, &cache.names(self.group)?)
    }

    fn print_messages(&mut self, messages: &[CachedMessage], names: &Names) -> anyhow::Result<()> {
        self.clear();
        for message in messages {
            if self.json {
                self.print_json(&json_of(message, names))?;
            } else {
                self.print(&line(message, names))?;
            }
        }
        Ok(())
    }

    fn show_disclosed(&mut self, disclosed: &Disclosed) -> anyhow::Result<()> {
        self.clear();
        let Disclosed { name, members, sentences, retention } = disclosed;
        if self.json {
            return self.print_json(&json!({
                "name": name, "members": members, "disclosures": sentences, "retention": retention,
            }));
        }
        let members = match members {
            None => String::new(),
            Some(1) => ", 1 member".to_owned(),
            Some(members) => format!(", {members} members"),
        };
        let sentences = sentences.iter().chain([retention]).map(|sentence| format!("\n  {sentence}"));
        self.print(&format!("{name}{members}. Before you write here, know:{}", sentences.collect::<String>()))
    }

    /// For people, beside what they have asked for.
    fn say(&mut self, text: &str) {
        self.clear();
        eprintln!("{text}");
    }

    fn print_json(&mut self, value: &Value) -> anyhow::Result<()> {
        self.print(&value.to_string())
    }

    fn print(&mut self, text: &str) -> anyhow::Result<()> {
        self.clear();
        super::super::print(&format!("{text}\n"))
    }
}

/// What came of it, for a person; nothing where the messages say it.
fn sentence(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Joined { name, number, pending, greeting } => {
            let greeting = greeting.as_ref().map(|greeting| format!("\n{greeting}")).unwrap_or_default();
            let number = number.map(|number| format!(" You are number {number}.")).unwrap_or_default();
            Some(match pending {
                true => {
                    format!("You have asked to join {name}; somebody has to approve it. Then: roost sync")
                }
                false => format!("You are a member of {name}.{number}{greeting}"),
            })
        }
        Outcome::Sent { held: Some(why), .. } => {
            Some(format!("Sent. The group's staff looks at it before others see it: {why}"))
        }
        Outcome::Sent { seq: Some(seq), held: None } => Some(format!("Sent as #{seq}.")),
        Outcome::Sent { seq: None, held: None } => Some("Sent, and stored by the group.".to_owned()),
        Outcome::Latest(messages) if messages.is_empty() => Some("Nothing was said here yet.".to_owned()),
        Outcome::New(messages) if messages.is_empty() => Some("Nothing new.".to_owned()),
        Outcome::Latest(_) | Outcome::New(_) | Outcome::Stopped => None,
    }
}

/// The same for a program.
fn told(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Joined { name, number, pending, greeting } => json!({
            "name": name, "member": !pending, "pending": pending, "number": number, "greeting": greeting,
        }),
        Outcome::Sent { seq, held } => json!({ "seq": seq, "held": held }),
        Outcome::Latest(messages) | Outcome::New(messages) => json!({ "messages": messages.len() }),
        Outcome::Stopped => json!({}),
    }
}

fn json_of(message: &CachedMessage, names: &Names) -> Value {
    json!({
        "seq": message.seq,
        "author": message.author.identity.map(|identity| identity.to_string()),
        "member": message.author.number,
        "name": names.of(message.author),
        "to": message.recipient.map(|to| names.of(to)),
        "time": message.time,
        "edited": message.edited,
        "reply_to": message.reply_to,
        "title": message.title,
        "text": message.text,
        "files": message.attached,
        "cut": message.cut,
        "pinned": message.pinned,
        "reactions": message.reactions,
    })
}
