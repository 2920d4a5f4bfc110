//! Joining: where a byte costs time, in one packet that is answered with one, or as one request on a link; elsewhere what
//! the group is comes first.
//! Not what it takes to be let in; the group says that.

use super::answer::{Info, Joined, packed_cursor};
use super::errand::JoinWish;
use super::news::{Disclosed, News, Outcome, Stage};
use super::packets::Packets;
use super::question::Question;
use super::{Client, ClientError, Step, road};
use crate::api::info::DISCLOSURES;
use crate::api::linkless::{Knock, KnockReply, QueryId};
use crate::group::work::Search;
use crate::group::{Announcement, Language};
use crate::lxmf::message::delivery_destination;
use crate::rns::Node;
use crate::rns::time::{Instant, Now};
use crate::store::cache::KnownGroup;

/// The refusal of who has not worked for it.
const PRICE: &str = "price";

/// On the way in.
#[derive(Debug)]
pub(super) struct Joining {
    wish: JoinWish,
    /// What the group is, once it has told.
    info: Option<Box<Info>>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The way must be known first.
    Seeking,
    /// In packets of its own.
    Packets(Packets),
    /// Asked what the group is.
    AskedInfo,
    /// Working for the right to ask.
    Working,
    /// Asked to be let in, on a link.
    Asked,
}

impl Joining {
    pub(super) fn due(&self) -> Option<Instant> {
        match &self.state {
            State::Packets(packets) => packets.due(),
            State::Seeking | State::AskedInfo | State::Working | State::Asked => None,
        }
    }
}

impl Client {
    pub(super) fn begin_joining(&mut self, now: Now, node: &mut Node, wish: JoinWish) {
        self.step = Step::Joining(Joining { wish, info: None, state: State::Seeking });
        let told = self.way.seek(now, node);
        self.handle_way(now, node, told);
    }

    /// The way is known, and so is what the group announces.
    pub(super) fn join(&mut self, now: Now, node: &mut Node) {
        let Step::Joining(joining) = &mut self.step else { return };
        let group = self.way.group();
        let announced = node.recall(group).and_then(|known| known.app_data.as_deref());
        let price = announced.and_then(Announcement::read).map_or(0, |said| said.price);
        if !road::is_slow(node, now, group) || (price > 0 && joining.wish.code.is_none()) {
            return self.ask_what_it_is(now, node);
        }
        if !road::is_neighbour(node, now, group) {
            return self.ask_to_join(now, node, None);
        }
        joining.state = State::Packets(Packets::default());
        self.knock(now, node);
    }

    /// Sends the one packet, or asks on a link when that was done often enough or can't be.
    fn knock(&mut self, now: Now, node: &mut Node) {
        let id = QueryId::from_bytes(self.random.bytes());
        let Step::Joining(Joining { wish, state: State::Packets(packets), .. }) = &mut self.step else {
            return;
        };
        let group = self.way.group();
        let request = Question::join(wish, None).packed(self.way.speaks());
        let key = *self.identity.public().as_bytes();
        let signed = Knock::signed_part(group, id, &key, &request);
        let signature = self.identity.sign(&signed);
        let packet = Knock { id, key, signature, request }.encode();
        match packets.send(now, (node, &mut self.random), group, id, (&packet, KnockReply::ROOM)) {
            Some(again) => self.news.push_back(News::Stage(Stage::Answer { again })),
            None => self.ask_to_join(now, node, None),
        }
    }

    fn ask_what_it_is(&mut self, now: Now, node: &mut Node) {
        let Step::Joining(joining) = &mut self.step else { return };
        joining.state = State::AskedInfo;
        self.ask(now, node, Question::info());
    }

    fn ask_to_join(&mut self, now: Now, node: &mut Node, work: Option<Vec<u8>>) {
        let Step::Joining(joining) = &mut self.step else { return };
        joining.state = State::Asked;
        let question = Question::join(&joining.wish, work);
        self.ask(now, node, question);
    }

    /// The work is done.
    pub(super) fn worked(&mut self, now: Now, node: &mut Node, work: Vec<u8>) {
        if let Step::Joining(Joining { state: State::Working, .. }) = &self.step {
            self.ask_to_join(now, node, Some(work));
        }
    }

    /// Is it the answer to a packet of this errand?
    pub(super) fn handle_knock_reply(&mut self, now: Now, node: &mut Node, data: &[u8]) -> bool {
        let Step::Joining(Joining { state: State::Packets(packets), .. }) = &self.step else { return false };
        let Some(reply) = KnockReply::parse(data).filter(|reply| packets.was_asked(reply.id)) else {
            return false;
        };
        if let Step::Joining(joining) = std::mem::replace(&mut self.step, Step::Done) {
            self.told_joined(now, node, &reply.answer, joining);
        }
        true
    }

    pub(super) fn handle_joining_timeout(&mut self, now: Now, node: &mut Node) {
        let Step::Joining(joining) = &self.step else { return };
        if joining.due().is_some_and(|due| due <= now.instant) {
            self.knock(now, node);
        }
    }

    /// An answer on a link.
    pub(super) fn told_on_the_way_in(&mut self, now: Now, node: &mut Node, answer: &[u8], joining: Joining) {
        match joining.state {
            State::AskedInfo => self.told_info(now, node, answer, joining),
            State::Asked => self.told_joined(now, node, answer, joining),
            State::Seeking | State::Packets(_) | State::Working => self.step = Step::Joining(joining),
        }
    }

    /// What the group is: shown first, whatever comes of joining.
    fn told_info(&mut self, now: Now, node: &mut Node, answer: &[u8], joining: Joining) {
        let info = match Info::read(answer) {
            Ok(info) => info,
            Err(error) => return self.fail(error),
        };
        self.news.push_back(News::Disclosed(Disclosed {
            name: info.name.clone(),
            members: Some(info.members),
            sentences: info.disclosures.clone(),
            retention: info.retention.clone(),
        }));
        let (gid, terms, is_member) = (info.gid, info.joining, info.member == Some(true));
        let info = Some(Box::new(info));
        match (terms.price, terms.day) {
            // An invite stands in for work.
            (Some(price), Some(day)) if joining.wish.code.is_none() && !is_member => {
                self.search = Some(Search::new(gid, self.identity.hash(), day, price));
                self.news.push_back(News::Stage(Stage::Work { price }));
                self.step = Step::Joining(Joining { info, state: State::Working, ..joining });
            }
            _ => {
                self.step = Step::Joining(Joining { info, ..joining });
                self.ask_to_join(now, node, None);
            }
        }
    }

    fn told_joined(&mut self, now: Now, node: &mut Node, answer: &[u8], joining: Joining) {
        let joined = match Joined::read(answer) {
            Ok(joined) => joined,
            // What it announced was old.
            Err(ClientError::Refused { code, .. }) if code == PRICE && joining.info.is_none() => {
                self.step = Step::Joining(joining);
                return self.ask_what_it_is(now, node);
            }
            Err(error) => return self.fail(error),
        };
        match self.keep_joined(now, node, &joined, joining.info.as_deref()) {
            Ok(()) => {
                if joining.info.is_none() {
                    self.disclose(&joined);
                }
                self.done(Outcome::Joined {
                    name: joined.name,
                    number: joined.number,
                    pending: joined.pending,
                    greeting: joined.greeting,
                });
            }
            Err(error) => self.fail(error),
        }
    }

    fn keep_joined(
        &mut self,
        now: Now,
        node: &Node,
        joined: &Joined,
        info: Option<&Info>,
    ) -> Result<(), ClientError> {
        let destination = self.way.group();
        let gid = joined.gid.or(info.map(|info| info.gid));
        let gid = gid.ok_or(ClientError::Strange("no id of the group"))?;
        // What is known of the way has the group's identity.
        let known = node.recall(destination).map(|known| delivery_destination(known.identity.hash()));
        let delivery = info.map(|info| info.lxmf).or(known).ok_or(ClientError::NoPath(destination))?;
        let name = joined.name.clone();
        let known = KnownGroup { destination, gid, delivery, name, cursor: None };
        self.cache.remember_group(&known, now.unix)?;
        if let Some(cursor) = joined.cursor {
            self.cache.start_from(destination, &packed_cursor(cursor))?;
        }
        Ok(())
    }

    /// Says what the answer has left out, because every client knows it.
    fn disclose(&mut self, joined: &Joined) {
        let language = self.way.speaks().and_then(Language::meant).unwrap_or_default();
        let usual = || DISCLOSURES.iter().map(|sentence| sentence.said_in(language)).collect();
        let retention = || joined.kept().sentence().said_in(language);
        self.news.push_back(News::Disclosed(Disclosed {
            name: joined.name.clone(),
            members: None,
            sentences: joined.disclosures.clone().unwrap_or_else(usual),
            retention: joined.retention.clone().unwrap_or_else(retention),
        }));
    }
}
