//! A page as bytes.
//! Not how many messages go into a page; whoever fills one tries.

use super::dictionary::DICTIONARY;
use super::{Beside, EPOCH, Message, News, Page, Person, Said, VERSION, coding, extension, flag, header};
use crate::api::deflate::deflated;
use crate::api::messages::Cursor;
use crate::api::varint::{push, zigzag};

/// From here on a text is long enough to be its own dictionary.
const LONG: usize = 16 * 1_024;

/// The page as bytes.
pub fn encode(page: &Page) -> Vec<u8> {
    let mut writer = Writer { out: vec![0], texts: Vec::new(), seq: page.head, received: EPOCH };
    let extended = writer.head(page);
    for message in &page.messages {
        writer.message(message);
    }
    let Writer { mut out, texts, .. } = writer;
    let (coding, mut texts) = coded(texts);
    out.append(&mut texts);
    if let Some(first) = out.first_mut() {
        let more = if page.more { header::MORE } else { 0 };
        *first = VERSION << 4 | coding | more | extended;
    }
    out
}

/// The texts in the way that takes fewest bytes.
fn coded(texts: Vec<u8>) -> (u8, Vec<u8>) {
    let (coding, small) = if texts.len() < LONG {
        (coding::DEFLATE_WITH_DICTIONARY, deflated(&texts, &DICTIONARY))
    } else {
        (coding::DEFLATE, deflated(&texts, b""))
    };
    if small.len() < texts.len() { (coding, small) } else { (coding::PLAIN, texts) }
}

/// Bytes while they are written, and what the next differences are from.
struct Writer {
    out: Vec<u8>,
    texts: Vec<u8>,
    seq: u64,
    received: u64,
}

impl Writer {
    fn number(&mut self, number: u64) {
        push(&mut self.out, number);
    }

    fn length(&mut self, length: usize) {
        self.number(u64::try_from(length).unwrap_or(u64::MAX));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.out.extend_from_slice(bytes);
    }

    /// What stands before the messages, but for the first byte; says whether that one has to tell of a second.
    fn head(&mut self, page: &Page) -> u8 {
        let next = Some(&page.next).filter(|next| **next != Cursor::Seq(page.head));
        let extension = [
            (extension::NEXT, next.is_some()),
            (extension::RESET, page.reset),
            (extension::KEPT, page.kept.is_some()),
        ];
        let extension = extension.into_iter().filter(|(_, is_so)| *is_so).fold(0, |all, (bit, _)| all | bit);
        if extension != 0 {
            self.out.push(extension);
        }
        self.number(page.head);
        match next {
            Some(Cursor::Seq(seq)) => {
                self.number(0);
                self.number(*seq);
            }
            Some(Cursor::Within(place)) => self.bytes(&place.0),
            None => {}
        }
        if let Some(kept) = page.kept {
            self.number(kept);
        }
        self.length(page.messages.len());
        if extension == 0 { 0 } else { header::EXTENDED }
    }

    fn message(&mut self, message: &Message) {
        let flags = flags(&message.news);
        let step = difference(message.seq, self.seq);
        self.number(step.saturating_mul(2) | u64::from(flags != 0));
        self.seq = message.seq;
        if flags != 0 {
            self.number(flags);
        }
        match &message.news {
            News::Said(said) => self.said(message.seq, said),
            News::Unchanged(beside) => self.beside(beside),
            News::Deleted => {}
        }
    }

    fn said(&mut self, seq: u64, said: &Said) {
        self.person(said.author);
        self.number(difference(said.received, self.received));
        self.received = said.received;
        if let Some(reply_to) = said.reply_to {
            self.number(difference(seq, reply_to));
        }
        if let Some(edited) = said.edited {
            self.number(difference(edited, said.received));
        }
        if let Some(to) = said.to {
            self.person(to);
        }
        if said.files > 0 {
            self.number(u64::from(said.files));
        }
        self.beside(&said.beside);
        if let Some(title) = &said.title {
            self.length(title.len());
            self.texts.extend_from_slice(title.as_bytes());
        }
        if let Some(size) = said.cut {
            self.number(size);
        }
        if let Some(time) = said.time {
            self.number(difference(said.received, time));
        }
        self.length(said.text.len());
        self.texts.extend_from_slice(said.text.as_bytes());
    }

    fn beside(&mut self, beside: &Beside) {
        if beside.reactions.is_empty() {
            return;
        }
        self.length(beside.reactions.len());
        for (reaction, count) in &beside.reactions {
            self.bytes(reaction.as_bytes());
            self.number(u64::from(*count));
        }
    }

    /// Numbers begin at one, so nought says that an identity follows.
    fn person(&mut self, person: Person) {
        match person {
            Person::Number(number) => self.number(u64::from(number)),
            Person::Identity(identity) => {
                self.number(0);
                self.out.extend_from_slice(identity.as_bytes());
            }
        }
    }
}

/// How much `number` is more than `than`, or less, as a number that is small if that is little.
fn difference(number: u64, than: u64) -> u64 {
    zigzag(number.wrapping_sub(than).cast_signed())
}

fn flags(news: &News) -> u64 {
    let (said, beside) = match news {
        News::Said(said) => (Some(said), Some(&said.beside)),
        News::Unchanged(beside) => (None, Some(beside)),
        News::Deleted => (None, None),
    };
    let has = |what: fn(&Said) -> bool| said.is_some_and(|said| what(said));
    let all = [
        (flag::REPLY_TO, has(|said| said.reply_to.is_some())),
        (flag::EDITED, has(|said| said.edited.is_some())),
        (flag::TO, has(|said| said.to.is_some())),
        (flag::FILES, has(|said| said.files > 0)),
        (flag::REACTIONS, beside.is_some_and(|beside| !beside.reactions.is_empty())),
        (flag::TITLE, has(|said| said.title.is_some())),
        (flag::CUT, has(|said| said.cut.is_some())),
        (flag::TIME, has(|said| said.time.is_some())),
        (flag::PINNED, beside.is_some_and(|beside| beside.pinned)),
        (flag::OTHER, has(|said| said.other)),
        (flag::DELETED, matches!(news, News::Deleted)),
        (flag::UNCHANGED, matches!(news, News::Unchanged(_))),
    ];
    all.into_iter().filter(|(_, is_so)| *is_so).fold(0, |all, (bit, _)| all | bit)
}
