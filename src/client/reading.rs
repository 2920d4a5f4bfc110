//! Fetching: the latest messages, or page by page what has changed, and who wrote it; into the cache.
//! Not how it is shown.

use super::answer::{self, Members, Messages};
use super::errand::Since;
use super::news::Outcome;
use super::question::Question;
use super::{Client, ClientError, Step, road};
use crate::rns::Node;
use crate::rns::msgpack;
use crate::rns::time::Now;
use crate::store::cache::CachedMessage;

/// Bytes of one answer where bytes cost nothing.
const FAST_PAGE: u32 = 256 * 1024;
/// Where they do, an answer is first what fits a packet. If there is more, it is asked for in larger pieces: each costs the
/// overhead of a Resource once, and is all that is lost where the channel fails.
const SLOW_PAGES: [u32; 3] = [1_500, 6_000, 24_000];

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
        Self { what: What::Latest(limit), names, pages: 0, new: Vec::new(), now_asking: Asking::Messages }
    }

    pub(super) const fn changes(since: Since, names: bool) -> Self {
        Self { what: What::Changes(since), names, pages: 0, new: Vec::new(), now_asking: Asking::Messages }
    }
}

impl Client {
    pub(super) fn begin_reading(&mut self, now: Now, node: &mut Node, reading: Reading) {
        match self.next_page(now, node, &reading) {
            Ok(question) => {
                self.step = Step::Reading(reading);
                self.ask(now, node, question);
            }
            Err(error) => self.fail(error),
        }
    }

    fn next_page(&self, now: Now, node: &Node, reading: &Reading) -> Result<Question, ClientError> {
        let group = self.way.group();
        let since = match reading.what {
            What::Latest(limit) => return Ok(Question::latest(limit)),
            What::Changes(since) => since,
        };
        let known = self.cache.group(group)?.ok_or(ClientError::NotKnown(group))?;
        let cursor = match since {
            Since::TheBeginning if reading.pages == 0 => answer::packed_cursor(0),
            Since::TheBeginning | Since::LastTime => known.cursor.unwrap_or_else(|| answer::packed_cursor(0)),
        };
        let cursor = msgpack::decode(&cursor).map_err(|_| ClientError::Strange("the cursor that is kept"))?;
        let most = match (road::is_slow(node, now, group), reading.pages.checked_sub(1)) {
            (false, _) => Some(FAST_PAGE),
            (true, None) => None,
            (true, Some(page)) => SLOW_PAGES.get(page).or(SLOW_PAGES.last()).copied(),
        };
        Ok(Question::changes(cursor, most))
    }

    pub(super) fn told_messages(&mut self, now: Now, node: &mut Node, answer: &[u8], reading: Reading) {
        let told = match reading.now_asking {
            Asking::Messages => self.take_messages(now, node, answer, reading),
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
        answer: &[u8],
        mut reading: Reading,
    ) -> Result<(), ClientError> {
        let group = self.way.group();
        let messages = Messages::read(answer)?;
        if self.cache.group(group)?.is_none() {
            return Err(ClientError::NotKnown(group));
        }
        let more = messages.more;
        let page = match reading.what {
            What::Latest(_) => messages.into_latest(),
            What::Changes(_) => messages.into_changes(),
        };
        reading.new.extend(self.cache.take_in(group, page)?);
        reading.pages = reading.pages.saturating_add(1);
        if more && matches!(reading.what, What::Changes(_)) {
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
        let names = self.cache.names(group)?;
        let is_slow = road::is_slow(node, now, group);
        let shown = self.shown(&reading)?;
        if shown.iter().all(|message| names.knows(message.author)) || (is_slow && !reading.names) {
            return self.end_reading(reading);
        }
        let last = self.cache.people(group)?.last().map_or(0, |person| person.number);
        reading.now_asking = Asking::Members;
        self.step = Step::Reading(reading);
        self.ask(now, node, Question::members(last, (!is_slow).then_some(FAST_PAGE)));
        Ok(())
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
            let most = (!road::is_slow(node, now, group)).then_some(FAST_PAGE);
            self.step = Step::Reading(reading);
            self.ask(now, node, Question::members(members.next, most));
            return Ok(());
        }
        self.end_reading(reading)
    }

    fn shown(&self, reading: &Reading) -> Result<Vec<CachedMessage>, ClientError> {
        match reading.what {
            What::Latest(limit) => Ok(self.cache.latest(self.way.group(), limit)?),
            What::Changes(_) => Ok(reading.new.clone()),
        }
    }

    fn end_reading(&mut self, reading: Reading) -> Result<(), ClientError> {
        match reading.what {
            What::Latest(_) => {
                let latest = self.shown(&reading)?;
                self.done(Outcome::Latest(latest));
            }
            What::Changes(_) => self.done(Outcome::New(reading.new)),
        }
        Ok(())
    }
}
