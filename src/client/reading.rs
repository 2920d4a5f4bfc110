//! Fetching: the latest messages, or page by page what has changed, and who wrote it; into the cache.
//! Not how it is shown.

use super::answer::{self, Members, Messages};
use super::errand::Since;
use super::news::{News, Outcome, Stage};
use super::packets::Packets;
use super::question::Question;
use super::{Client, ClientError, Step, road};
use crate::api::linkless::{MOST_BLOCKS, Query, QueryId, Reply, Who};
use crate::rns::Node;
use crate::rns::msgpack;
use crate::rns::time::{Instant, Now};
use crate::store::cache::CachedMessage;

/// Bytes of one answer where bytes cost nothing.
const FAST_PAGE: u32 = 256 * 1024;
/// Where they do, an answer is first what fits a packet. If there is more, it is asked for in larger pieces: each costs the
/// overhead of a Resource once, and is all that is lost where the channel fails.
const SLOW_PAGES: [u32; 3] = [1_500, 6_000, 24_000];

/// Up to so many messages are what usual answers have room for.
const FEW: u8 = 6;

/// A fetch on its way.
#[derive(Debug)]
pub(super) struct Reading {
    what: What,
    /// Whether to ask who unknown authors are, also where that costs air.
    names: bool,
    /// Pages that have come.
    pages: usize,
    /// What is new to the reader.
    new: Vec<CachedMessage>,
    now_asking: Asking,
    /// Questions in packets of their own, while an answer is waited for.
    packets: Option<Packets>,
    /// Has such an answer come? It has brought what fits a packet.
    by_packet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Latest(u32),
    Changes(Since),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    Messages,
    Members,
}

impl Reading {
    pub(super) const fn latest(limit: u32, names: bool) -> Self {
        Self::of(What::Latest(limit), names)
    }

    pub(super) const fn changes(since: Since, names: bool) -> Self {
        Self::of(What::Changes(since), names)
    }

    const fn of(what: What, names: bool) -> Self {
        Self {
            what,
            names,
            pages: 0,
            new: Vec::new(),
            now_asking: Asking::Messages,
            packets: None,
            by_packet: false,
        }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.packets.as_ref().and_then(Packets::due)
    }
}

impl Client {
    pub(super) fn begin_reading(&mut self, now: Now, node: &mut Node, reading: Reading) {
        self.step = Step::Reading(reading);
        let told = self.way.seek(now, node);
        self.handle_way(now, node, told);
    }

    /// Asks for the first messages: in one packet where a byte costs time and no link stands, else on a link.
    pub(super) fn read(&mut self, now: Now, node: &mut Node) {
        let group = self.way.group();
        let alone = self.way.link_state() == road::LinkState::None
            && road::is_slow(node, now, group)
            && road::is_neighbour(node, now, group);
        if !alone || !self.ask_in_a_packet(now, node) {
            self.read_on_link(now, node);
        }
    }

    fn read_on_link(&mut self, now: Now, node: &mut Node) {
        if let Step::Reading(reading) = &mut self.step {
            reading.packets = None;
        }
        let Step::Reading(reading) = &self.step else { return };
        match self.next_page(now, node, reading) {
            Ok(question) => self.ask(now, node, question),
            Err(error) => self.fail(error),
        }
    }

    /// `false` if it can't be asked so, or was asked often enough.
    fn ask_in_a_packet(&mut self, now: Now, node: &mut Node) -> bool {
        let group = self.way.group();
        let id = QueryId::from_bytes(self.random.bytes());
        let Step::Reading(Reading { what, pages, .. }) = &self.step else { return false };
        let pages = *pages;
        let (limit, since) = match *what {
            What::Latest(limit) => (u8::try_from(limit).ok(), None),
            What::Changes(since) => {
                let kept = self.kept_cursor(since, pages).ok();
                let cursor = kept.and_then(|kept| answer::cursor_of(&kept));
                (cursor.as_ref().map(|_| 0), cursor)
            }
        };
        let Some(limit) = limit else { return false };
        let blocks = if limit == 0 || limit > FEW { MOST_BLOCKS } else { 0 };
        let query = Query { id, who: Who::Known(self.identity.hash()), limit, blocks, since };
        let Step::Reading(Reading { packets, .. }) = &mut self.step else { return false };
        let packets = packets.get_or_insert_default();
        let most = query.room().saturating_add(Reply::FRAME);
        let packet = query.encode();
        let Some(again) = packets.send(now, (node, &mut self.random), group, id, (&packet, most)) else {
            return false;
        };
        self.news.push_back(News::Stage(Stage::Answer { again }));
        true
    }

    /// Is it the answer to a question in a packet?
    pub(super) fn handle_reply(&mut self, now: Now, node: &mut Node, data: &[u8]) -> bool {
        let Step::Reading(reading) = &self.step else { return false };
        let Some(reply) = Reply::parse(data) else { return false };
        if !reading.packets.as_ref().is_some_and(|packets| packets.was_asked(reply.id)) {
            return false;
        }
        if let Step::Reading(mut reading) = std::mem::replace(&mut self.step, Step::Done) {
            (reading.packets, reading.by_packet) = (None, true);
            let told = Messages::of_body(&reply.body)
                .and_then(|messages| self.take_messages(now, node, messages, reading));
            if let Err(error) = told {
                self.fail(error);
            }
        }
        true
    }

    pub(super) fn handle_reading_timeout(&mut self, now: Now, node: &mut Node) {
        let Step::Reading(reading) = &self.step else { return };
        if reading.due().is_some_and(|due| due <= now.instant) && !self.ask_in_a_packet(now, node) {
            self.read_on_link(now, node);
        }
    }

    fn next_page(&self, now: Now, node: &Node, reading: &Reading) -> Result<Question, ClientError> {
        let group = self.way.group();
        let since = match reading.what {
            What::Latest(limit) => return Ok(Question::latest(limit)),
            What::Changes(since) => since,
        };
        let cursor = self.kept_cursor(since, reading.pages)?;
        let cursor = msgpack::decode(&cursor).map_err(|_| ClientError::Strange("the cursor that is kept"))?;
        let most = match (road::is_slow(node, now, group), reading.pages.checked_sub(1)) {
            (false, _) => Some(FAST_PAGE),
            (true, None) => None,
            (true, Some(page)) => SLOW_PAGES.get(page).or(SLOW_PAGES.last()).copied(),
        };
        Ok(Question::changes(cursor, most))
    }

    fn kept_cursor(&self, since: Since, pages: usize) -> Result<Vec<u8>, ClientError> {
        let group = self.way.group();
        let known = self.cache.group(group)?.ok_or(ClientError::NotKnown(group))?;
        Ok(match since {
            Since::TheBeginning if pages == 0 => answer::packed_cursor(0),
            Since::TheBeginning | Since::LastTime => known.cursor.unwrap_or_else(|| answer::packed_cursor(0)),
        })
    }

    pub(super) fn told_messages(&mut self, now: Now, node: &mut Node, answer: &[u8], reading: Reading) {
        let told = match reading.now_asking {
            Asking::Messages => {
                Messages::read(answer).and_then(|messages| self.take_messages(now, node, messages, reading))
            }
            Asking::Members => self.take_members(now, node, answer, reading),
        };
        if let Err(error) = told {
            self.fail(error);
        }
    }

    fn take_messages(
        &mut self,
        now: Now,
        node: &mut Node,
        messages: Messages,
        mut reading: Reading,
    ) -> Result<(), ClientError> {
        let group = self.way.group();
        if self.cache.group(group)?.is_none() {
            return Err(ClientError::NotKnown(group));
        }
        let (more, count) = (messages.more(), messages.len());
        let page = match reading.what {
            What::Latest(_) => messages.into_latest(),
            What::Changes(_) => messages.into_changes(),
        };
        reading.new.extend(self.cache.take_in(group, page)?);
        reading.pages = reading.pages.saturating_add(1);
        let goes_on = match reading.what {
            What::Changes(_) => true,
            // A packet has brought fewer than were asked for.
            What::Latest(limit) => reading.by_packet && reading.pages == 1 && count < count_of(limit),
        };
        if more && goes_on {
            let question = self.next_page(now, node, &reading)?;
            self.step = Step::Reading(reading);
            self.ask(now, node, question);
            return Ok(());
        }
        self.ask_for_names(now, node, reading)
    }

    /// Who the authors are that nothing is known of. Members are told in the order in which they joined, so it is enough to
    /// ask for those behind the last that is known; of one who has left nothing is told.
    fn ask_for_names(&mut self, now: Now, node: &mut Node, mut reading: Reading) -> Result<(), ClientError> {
        let group = self.way.group();
        let costs_air = road::is_slow(node, now, group);
        if (costs_air && !reading.names) || self.knows_authors(&reading)? {
            return self.end_reading(reading);
        }
        let last = self.cache.people(group)?.last().map_or(0, |person| person.number);
        reading.now_asking = Asking::Members;
        self.ask_for_members(now, node, reading, last);
        Ok(())
    }

    fn knows_authors(&self, reading: &Reading) -> Result<bool, ClientError> {
        let group = self.way.group();
        let names = self.cache.names(group)?;
        let knows_all = |shown: &[CachedMessage]| shown.iter().all(|message| names.knows(message.author));
        Ok(match reading.what {
            What::Latest(limit) => knows_all(&self.cache.latest(group, limit)?),
            What::Changes(_) => knows_all(&reading.new),
        })
    }

    fn ask_for_members(&mut self, now: Now, node: &mut Node, reading: Reading, after: u32) {
        let most = (!road::is_slow(node, now, self.way.group())).then_some(FAST_PAGE);
        self.step = Step::Reading(reading);
        self.ask(now, node, Question::members(after, most));
    }

    fn take_members(
        &mut self,
        now: Now,
        node: &mut Node,
        answer: &[u8],
        reading: Reading,
    ) -> Result<(), ClientError> {
        // Who may not see the members sees messages all the same.
        let Ok(members) = Members::read(answer) else { return self.end_reading(reading) };
        let group = self.way.group();
        self.cache.learn_people(group, &members.people())?;
        if members.more {
            self.ask_for_members(now, node, reading, members.next);
            return Ok(());
        }
        self.end_reading(reading)
    }

    fn end_reading(&mut self, reading: Reading) -> Result<(), ClientError> {
        let outcome = match reading.what {
            What::Latest(limit) => Outcome::Latest(self.cache.latest(self.way.group(), limit)?),
            What::Changes(_) => Outcome::New(reading.new),
        };
        self.done(outcome);
        Ok(())
    }
}

fn count_of(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
