//! An answer while it is filled: one message after the other, until the budget of bytes is used up.
//! Not which messages are asked for; that is read from the request.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::item::{Form, Item, said, titled_text};
use super::{Cursor, MessageRef, MessagesAnswer};
use crate::api::Call;
use crate::api::budget::Budget;
use crate::api::bytes::FixedBytes;
use crate::api::format::{Style, packed_len};
use crate::api::info::ShortHead;
use crate::group::{Body, GroupId, Seq};
use crate::rns::hash::IdentityHash;
use crate::store::{Content, Kept, Place, Reader, Scanned, StoreError, StoredMessage, Transaction};

/// Room for a head that grows between two requests, in the size that a cut message names.
const SLACK: usize = 8;
/// Most different reactions to one message that are told.
const MAX_REACTIONS: u32 = 24;
/// Most people who reacted to one message that are named.
const MAX_REACTORS: u32 = 1_000;

/// Where the two clocks differ by less, in seconds, one of them says it all.
const FAR_APART: u64 = 600;

/// Which messages are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Window {
    Latest,
    LatestAfterReset,
    Since(Place),
    Before(Seq),
    Ids(Vec<MessageRef>),
    With { words: Vec<String>, before: Seq },
    Pinned,
}

/// Who reads, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) reader: Reader,
    pub(super) form: Form,
    pub(super) kept: Kept,
}

/// An answer while it is filled.
#[derive(Clone)]
pub(super) struct Page<'s, 't> {
    answer: MessagesAnswer,
    store: &'s Transaction<'t>,
    gid: GroupId,
    head: Seq,
    style: Style,
    budget: Budget,
    frame: usize,
    window: Window,
    reading: Reading,
    /// Member numbers, as far as they were needed.
    numbers: BTreeMap<IdentityHash, Option<u32>>,
    /// After each message, how far it has come.
    marks: Vec<Mark>,
    looked_at: u64,
    scanned: Scanned,
}

/// How far an answer has come with a message, for who follows, names ids, or checks signatures.
#[derive(Debug, Clone, Copy)]
struct Mark {
    place: Place,
    looked_at: u64,
    keys: usize,
}

impl<'s, 't> Page<'s, 't> {
    pub(super) fn new(
        call: &Call<'s, 't>,
        style: Style,
        max_bytes: usize,
        window: Window,
        reading: Reading,
    ) -> Self {
        let head = ShortHead::from(&call.group.head);
        let seq = call.group.head.seq;
        // The longest that they may become.
        let next = match window {
            Window::Since(_) => Cursor::within(Place { known: seq, changed: seq, seq }),
            _ => Cursor::Seq(head.0),
        };
        let answer = MessagesAnswer {
            messages: Vec::new(),
            more: false,
            next,
            head,
            kept: Some(reading.kept.pruned_to.0.saturating_add(1))
                .filter(|_| tells_kept(&window, reading.kept)),
            reset: window == Window::LatestAfterReset,
            keys: reading.form.signed.then(Vec::new),
        };
        let budget = Budget::new(style, max_bytes, &answer);
        let frame = Budget::cost_of_frame(style, &answer);
        let (store, gid) = (call.store, call.group.facts.gid);
        Self {
            answer,
            store,
            gid,
            head: seq,
            style,
            budget,
            frame,
            window,
            reading,
            numbers: BTreeMap::new(),
            marks: Vec::new(),
            looked_at: 0,
            scanned: Scanned { last: None, more: false },
        }
    }

    pub(super) fn fill(&mut self, call: &Call<'_, '_>, limit: u32) -> Result<(), StoreError> {
        self.scanned = self.walk(call, limit)?;
        Ok(())
    }

    fn walk(&mut self, call: &Call<'_, '_>, limit: u32) -> Result<Scanned, StoreError> {
        let (store, gid, reader) = (self.store, self.gid, self.reading.reader);
        let oldest = self.reading.kept.pruned_to;
        let window = self.window.clone();
        let mut visit = |message: StoredMessage| self.add(message);
        match window {
            Window::Latest | Window::LatestAfterReset => {
                store.messages_before(gid, reader, (oldest, Seq(u64::MAX)), limit, &mut visit)
            }
            Window::Before(before) => store.messages_before(gid, reader, (oldest, before), limit, &mut visit),
            Window::Since(place) => store.messages_changed(gid, reader, place, limit, &mut visit),
            Window::With { words, before } => {
                store.messages_with(gid, reader, &words, before, limit, &mut visit)
            }
            Window::Pinned => store.messages_pinned(gid, reader, limit, &mut visit),
            Window::Ids(ids) => self.fill_by_ids(call, &ids, limit),
        }
    }

    fn fill_by_ids(
        &mut self,
        call: &Call<'_, '_>,
        ids: &[MessageRef],
        limit: u32,
    ) -> Result<Scanned, StoreError> {
        for (count, id) in (0..).zip(ids) {
            let message = if count < limit { id.stored(call)? } else { return Ok(MORE) };
            let added = message.map(|message| self.add(message)).transpose()?;
            if added.is_some_and(|flow| flow.is_break()) {
                return Ok(MORE);
            }
            self.looked_at += 1;
        }
        Ok(Scanned { last: None, more: false })
    }

    fn add(&mut self, message: StoredMessage) -> Result<ControlFlow<()>, StoreError> {
        let place = Place { known: self.known(), changed: message.changed, seq: message.seq };
        let (item, key) = self.item(message)?;
        let flow = self.push(item, key);
        if flow.is_continue() {
            let keys = self.answer.keys.as_ref().map_or(0, Vec::len);
            self.marks.push(Mark { place, looked_at: self.looked_at.saturating_add(1), keys });
        }
        Ok(flow)
    }

    /// What the reader knows up to there.
    fn known(&self) -> Seq {
        match &self.window {
            Window::Since(place) => place.known,
            _ => Seq(0),
        }
    }

    fn item(&mut self, message: StoredMessage) -> Result<(Item, Option<FixedBytes<64>>), StoreError> {
        let seq = message.seq.0;
        let Content::Post(post) = message.content else {
            return Ok((Item { seq, deleted: true, ..Item::default() }, None));
        };
        let reacted = self.reacted(message.id, message.reactions)?;
        let item = Item { seq, pinned: message.pinned, ..reacted };
        let known = self.known();
        if message.seq <= known && message.body <= known {
            return Ok((item, None));
        }
        let form = self.reading.form;
        let key = if form.signed { self.key(post.author)? } else { None };
        let reply_to = match post.about {
            Some(about) => self.store.post_seq(self.gid, about)?.map(|seq| seq.0),
            None => None,
        };
        let time = message.first.unwrap_or(post.author_time).as_secs();
        let received = message.host_time.as_secs();
        let number = if form.short { self.number(post.author)? } else { None };
        if let Some(recipient) = message.recipient.filter(|_| form.short) {
            self.number(recipient)?;
        }
        let said = said(*post, form);
        let item = Item {
            seq,
            author: said.author.filter(|_| number.is_none()),
            number,
            time: Some(time).filter(|time| !form.short || time.abs_diff(received) >= FAR_APART),
            received: Some(received),
            edited: message.edited.map(|edited| edited.as_secs()),
            to: message.recipient,
            reply_to,
            pinned: item.pinned,
            reactions: item.reactions,
            reactors: item.reactors,
            ..said
        };
        Ok((item, key))
    }

    fn key(&self, author: IdentityHash) -> Result<Option<FixedBytes<64>>, StoreError> {
        let key = self.store.identity_key(author)?.map(FixedBytes);
        Ok(key.filter(|key| !self.answer.keys.iter().flatten().any(|known| known == key)))
    }

    fn number(&mut self, person: IdentityHash) -> Result<Option<u32>, StoreError> {
        if let Some(number) = self.numbers.get(&person) {
            return Ok(*number);
        }
        let number = self.store.member(self.gid, person)?.map(|member| member.number.0);
        self.numbers.insert(person, number);
        Ok(number)
    }

    fn reacted(&self, id: crate::group::PostId, count: u32) -> Result<Item, StoreError> {
        if count == 0 {
            return Ok(Item::default());
        }
        if !self.reading.form.who {
            let reactions = self.store.reaction_counts(self.gid, id, MAX_REACTIONS)?;
            return Ok(Item { reactions: Some(reactions), ..Item::default() });
        }
        let mut reactors: Vec<(String, Vec<IdentityHash>)> = Vec::new();
        for (emoji, who) in self.store.reactors(self.gid, id, MAX_REACTORS)? {
            match reactors.last_mut().filter(|(last, _)| *last == emoji) {
                Some((_, people)) => people.push(who),
                None => reactors.push((emoji, vec![who])),
            }
        }
        Ok(Item { reactors: Some(reactors), ..Item::default() })
    }

    /// Takes an item if it fits; the first one always fits, cut if it must be.
    fn push(&mut self, item: Item, key: Option<FixedBytes<64>>) -> ControlFlow<()> {
        let cost_of_key = key.as_ref().map_or(0, |key| Budget::cost(self.style, key));
        let cost = Budget::cost(self.style, &item).saturating_add(cost_of_key);
        if self.budget.take(cost) {
            self.answer.messages.push(item);
            if let Some(keys) = &mut self.answer.keys {
                keys.extend(key);
            }
            return ControlFlow::Continue(());
        }
        if self.answer.messages.is_empty() {
            let size = self.frame.saturating_add(cost).saturating_add(SLACK);
            let item = self.cut(item, size);
            self.budget.take(Budget::cost(self.style, &item));
            self.answer.messages.push(item);
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(())
    }

    /// The beginning of a message that is too large for the whole answer.
    fn cut(&self, item: Item, size: usize) -> Item {
        let (title, text) = match item.payload.as_ref().and_then(|payload| Body::from_payload(&payload.0)) {
            Some(body) => titled_text(&body),
            None => (item.title, item.text.unwrap_or_default()),
        };
        let frame = Item {
            seq: item.seq,
            author: item.author,
            number: item.number,
            time: item.time,
            received: item.received,
            edited: item.edited,
            to: item.to,
            reply_to: item.reply_to,
            pinned: item.pinned,
            title: title.as_ref().map(|_| String::new()),
            scheme: item.scheme,
            text: Some(String::new()),
            cut: true,
            size: Some(size),
            ..Item::default()
        };
        // A str header may grow by four bytes, once for the title and once for the text.
        let room = self.budget.left().saturating_sub(Budget::cost(self.style, &frame)).saturating_sub(8);
        let title = title.map(|title| self.budget.cut(&title, room / 4).to_owned());
        let rest = room.saturating_sub(title.as_ref().map_or(0, |title| packed_text(self.style, title)));
        Item { title, text: Some(self.budget.cut(&text, rest).to_owned()), ..frame }
    }

    /// How many messages there are.
    pub(super) const fn len(&self) -> usize {
        self.answer.messages.len()
    }

    /// The number that somebody who wrote or was written to has as a member, with `short`.
    pub(super) fn number_of(&self, person: IdentityHash) -> Option<u32> {
        self.numbers.get(&person).copied().flatten()
    }

    /// The answer with only the first `count` messages, as if there had been no room for more.
    pub(super) fn first(&self, count: usize) -> MessagesAnswer {
        let mut page = self.clone();
        let mark = count.checked_sub(1).and_then(|last| self.marks.get(last));
        if let Some(mark) = mark.filter(|_| count < self.len()) {
            page.answer.messages.truncate(count);
            page.answer.keys.iter_mut().for_each(|keys| keys.truncate(mark.keys));
            page.marks.truncate(count);
            page.looked_at = mark.looked_at;
            page.scanned = Scanned { last: Some(mark.place.seq), more: true };
        }
        page.into_answer()
    }

    pub(super) fn into_answer(mut self) -> MessagesAnswer {
        let scanned = self.scanned;
        self.answer.more = scanned.more;
        let last = scanned.last.map(|seq| seq.0);
        match &self.window {
            Window::Since(place) if scanned.more => {
                self.answer.next = Cursor::within(self.marks.last().map_or(*place, |mark| mark.place));
                self.answer.kept = None;
            }
            Window::Since(_) => self.answer.next = Cursor::Seq(self.head.0),
            Window::Before(before) | Window::With { before, .. } => {
                self.answer.next = Cursor::Seq(last.unwrap_or(before.0).min(self.head.0));
                self.answer.messages.reverse();
            }
            Window::Latest | Window::LatestAfterReset => self.answer.messages.reverse(),
            Window::Ids(_) => self.answer.next = Cursor::Seq(self.looked_at),
            Window::Pinned => {}
        }
        if scanned.more && matches!(self.window, Window::Before(_)) {
            self.answer.kept = None;
        }
        self.answer
    }
}

const MORE: Scanned = Scanned { last: None, more: true };

/// Who has come to the end of what is kept should know that it is the end; and who keeps what is gone here.
fn tells_kept(window: &Window, kept: Kept) -> bool {
    let has_pruned = kept.pruned_to > Seq(0);
    match window {
        Window::Since(place) => kept.pruned_at > place.known,
        Window::LatestAfterReset | Window::Before(_) => has_pruned,
        Window::Latest | Window::Ids(_) | Window::With { .. } | Window::Pinned => false,
    }
}

fn packed_text(style: Style, text: &str) -> usize {
    packed_len(style, &text)
}
