//! Bytes as a page. They come from a server that may be anybody's: nothing is taken without looking.
//! Not what a client makes of it.

use super::dictionary::DICTIONARY;
use super::{Beside, EPOCH, Message, News, Page, Person, Said, VERSION, coding, extension, flag, header};
use crate::api::bytes::Bytes;
use crate::api::deflate::inflated;
use crate::api::messages::Cursor;
use crate::api::varint::{pop, unzigzag};
use crate::rns::hash::IdentityHash;

/// Most bytes of text in one page: twice what an answer may hold.
const MOST_TEXT: usize = 16 * 1024 * 1024;
/// The flags that are known. One that is not may have bytes of its own, so nothing behind it could be read.
const KNOWN: u64 = (flag::UNCHANGED << 1) - 1;

/// Why bytes are no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCompact {
    /// The first byte names a version that is not known here.
    #[error("this is version {0} of the compact body, and this program reads version {VERSION}")]
    Version(u8),
    /// Something is missing, left over, or says what can't be.
    #[error("these bytes are no compact body")]
    Malformed,
}

/// The page that `bytes` are.
pub fn decode(bytes: &[u8]) -> Result<Page, NotCompact> {
    let (&first, rest) = bytes.split_first().ok_or(NotCompact::Malformed)?;
    if first >> 4 != VERSION {
        return Err(NotCompact::Version(first >> 4));
    }
    let mut reader = Reader { rest, seq: 0, received: EPOCH };
    reader.page(first).ok_or(NotCompact::Malformed)
}

/// A message whose texts are still lengths.
struct Untold {
    message: Message,
    title: u64,
    text: u64,
}

/// What is left of the bytes, and what the next differences are from.
struct Reader<'a> {
    rest: &'a [u8],
    seq: u64,
    received: u64,
}

impl<'a> Reader<'a> {
    fn page(&mut self, first: u8) -> Option<Page> {
        let extension = if first & header::EXTENDED == 0 { 0 } else { self.byte()? };
        let head = self.number()?;
        let next = if extension & extension::NEXT == 0 { Cursor::Seq(head) } else { self.cursor()? };
        let kept = if extension & extension::KEPT == 0 { None } else { Some(self.number()?) };
        self.seq = head;
        let mut untold = Vec::new();
        for _ in 0..self.number()? {
            untold.push(self.message()?);
        }
        let messages = self.told(first & coding::MASK, untold)?;
        let (more, reset) = (first & header::MORE != 0, extension & extension::RESET != 0);
        Some(Page { head, next, more, reset, kept, messages })
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn number(&mut self) -> Option<u64> {
        pop(&mut self.rest)
    }

    /// So far from `start`, in steps of one.
    fn from(&mut self, start: u64) -> Option<u64> {
        start.checked_add_signed(unzigzag(self.number()?))
    }

    /// So far before `start`.
    fn before(&mut self, start: u64) -> Option<u64> {
        start.checked_add_signed(unzigzag(self.number()?).checked_neg()?)
    }

    fn bytes(&mut self, length: u64) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(bytes)
    }

    fn cursor(&mut self) -> Option<Cursor> {
        match self.number()? {
            0 => Some(Cursor::Seq(self.number()?)),
            length => Some(Cursor::Within(Bytes(self.bytes(length)?.to_vec()))),
        }
    }

    fn person(&mut self) -> Option<Person> {
        match self.number()? {
            0 => Some(Person::Identity(IdentityHash::from_bytes(self.bytes(16)?.try_into().ok()?))),
            number => Some(Person::Number(u32::try_from(number).ok()?)),
        }
    }

    fn message(&mut self) -> Option<Untold> {
        let step = self.number()?;
        self.seq = self.seq.checked_add_signed(unzigzag(step >> 1))?;
        let flags = if step & 1 == 0 { 0 } else { self.number()? };
        if flags & !KNOWN != 0 {
            return None;
        }
        let seq = self.seq;
        let without_text = |news| Untold { message: Message { seq, news }, title: 0, text: 0 };
        if flags & flag::DELETED != 0 {
            return Some(without_text(News::Deleted));
        }
        if flags & flag::UNCHANGED != 0 {
            return Some(without_text(News::Unchanged(self.beside(flags)?)));
        }
        self.said(flags)
    }

    fn said(&mut self, flags: u64) -> Option<Untold> {
        let has = |flag: u64| flags & flag != 0;
        let author = self.person()?;
        self.received = self.from(self.received)?;
        let (seq, received) = (self.seq, self.received);
        let reply_to = if has(flag::REPLY_TO) { Some(self.before(seq)?) } else { None };
        let edited = if has(flag::EDITED) { Some(self.from(received)?) } else { None };
        let to = if has(flag::TO) { Some(self.person()?) } else { None };
        let files = if has(flag::FILES) { u32::try_from(self.number()?).ok()? } else { 0 };
        let beside = self.beside(flags)?;
        let title = if has(flag::TITLE) { Some(self.number()?) } else { None };
        let cut = if has(flag::CUT) { Some(self.number()?) } else { None };
        let time = if has(flag::TIME) { Some(self.before(received)?) } else { None };
        let said = Said {
            author,
            received,
            time,
            edited,
            to,
            reply_to,
            title: title.map(|_| String::new()),
            text: String::new(),
            files,
            other: has(flag::OTHER),
            cut,
            beside,
        };
        let message = Message { seq, news: News::Said(Box::new(said)) };
        Some(Untold { message, title: title.unwrap_or(0), text: self.number()? })
    }

    fn beside(&mut self, flags: u64) -> Option<Beside> {
        let mut reactions = Vec::new();
        if flags & flag::REACTIONS != 0 {
            for _ in 0..self.number()? {
                let length = self.number()?;
                let reaction = std::str::from_utf8(self.bytes(length)?).ok()?.to_owned();
                reactions.push((reaction, u32::try_from(self.number()?).ok()?));
            }
        }
        Some(Beside { pinned: flags & flag::PINNED != 0, reactions })
    }

    /// The messages with their texts, which are all that is left and as long as they say together.
    fn told(&self, coding: u8, untold: Vec<Untold>) -> Option<Vec<Message>> {
        let lengths = untold.iter().flat_map(|one| [one.title, one.text]);
        let all = lengths.into_iter().try_fold(0_u64, u64::checked_add)?;
        let all = usize::try_from(all).ok().filter(|all| *all <= MOST_TEXT)?;
        let texts = match coding {
            coding::PLAIN => self.rest.to_vec(),
            coding::DEFLATE => inflated(self.rest, b"", all)?,
            coding::DEFLATE_WITH_DICTIONARY => inflated(self.rest, &DICTIONARY, all)?,
            _ => return None,
        };
        let mut texts = Reader { rest: &texts, seq: 0, received: 0 };
        let mut messages = Vec::new();
        for Untold { mut message, title, text } in untold {
            if let News::Said(said) = &mut message.news {
                if let Some(place) = &mut said.title {
                    *place = texts.text(title)?;
                }
                said.text = texts.text(text)?;
            }
            messages.push(message);
        }
        texts.rest.is_empty().then_some(messages)
    }

    fn text(&mut self, length: u64) -> Option<String> {
        Some(std::str::from_utf8(self.bytes(length)?).ok()?.to_owned())
    }
}
