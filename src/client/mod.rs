//! A member: joins a group, fetches what was said, says something, and listens, for as few bytes as it takes.
//! Not the group, and no sockets: whoever drives it has the node, the time, and the terminal.
//!
//! The verbs are those of all that lives on a node: `handle_*` for what happens, `poll_*` for what comes of it.

mod address;
mod answer;
mod errand;
mod error;
mod joining;
mod line;
mod listening;
mod news;
mod packets;
mod posting;
mod question;
mod reading;
mod road;
mod way;

use std::collections::VecDeque;

use crate::api::linkless::CLIENT_NAME;
use crate::group::work::Search;
use crate::lxmf::message::DELIVERY_NAME;
use crate::rns::Node;
use crate::rns::destination::{DestinationSpec, destination_hash, name_hash};
use crate::rns::event::Event;
use crate::rns::identity::Identity;
use crate::rns::random::Random;
use crate::rns::ratchet::Ratchets;
use crate::rns::time::{Instant, Now};

use self::joining::Joining;
use self::listening::Listening;
use self::posting::Posting;
use self::question::Question;
use self::reading::Reading;
use self::way::{Way, WayEvent};

pub use self::address::GroupAddress;
pub use self::errand::{Errand, JoinWish, ListenWish, Since};
pub use self::error::ClientError;
pub use self::line::line;
pub use self::news::{Disclosed, News, Outcome, Stage};
pub use crate::group::GroupId;
pub use crate::rns::hash::DestinationHash;
pub use crate::store::cache::{Author, Cache, CachedMessage, KnownGroup, Names};

/// One member on one errand to one group.
#[derive(Debug)]
pub struct Client {
    identity: Identity,
    cache: Cache,
    way: Way,
    step: Step,
    /// Who listens goes back to that after each look.
    listening: Option<Listening>,
    news: VecDeque<News>,
    search: Option<Search>,
    random: Random,
}

/// What is being done.
#[derive(Debug)]
enum Step {
    /// Nothing yet: no interface is up.
    Begin(Errand),
    Joining(Joining),
    Reading(Reading),
    Posting(Posting),
    /// Asked to be told of what is new.
    Registering,
    /// For a ping, or the next time.
    Waiting,
    /// Asked not to be told any more.
    Leaving,
    /// It is over.
    Done,
}

impl Client {
    /// A member who is to do `errand` in the group at this `meshchat.group`. `speaks` is the language for people.
    pub fn new(
        identity: Identity,
        cache: Cache,
        group: DestinationHash,
        errand: Errand,
        speaks: Option<String>,
        mut random: Random,
    ) -> Self {
        let way = Way::new(group, identity.clone(), speaks, Random::from_seed(random.bytes()));
        let news = VecDeque::from([News::Stage(Stage::Network)]);
        Self { identity, cache, way, step: Step::Begin(errand), listening: None, news, search: None, random }
    }

    /// Registers what others are to find of this member. Nothing is announced for it.
    pub fn register(&self, node: &mut Node) {
        for name in [DELIVERY_NAME, CLIENT_NAME] {
            node.register_destination(DestinationSpec {
                identity: self.identity.clone(),
                full_name: name.to_owned(),
                app_data: Vec::new(),
                request_paths: Vec::new(),
                max_resource: 0,
                ratchets: Ratchets::Off,
            });
        }
    }

    /// One more interface is up.
    pub fn handle_interface_up(&mut self, now: Now, node: &mut Node) {
        if let Step::Begin(errand) = &self.step {
            let errand = errand.clone();
            self.begin(now, node, errand);
        } else {
            self.way.handle_interface_up(now, node);
        }
    }

    /// Something has happened on the node.
    pub fn handle_event(&mut self, now: Now, node: &mut Node, event: &Event) {
        if let Event::Packet { destination, data, .. } = event {
            // Not proved: nobody waits for it, and a proof costs 83 bytes of air.
            if *destination == self.own_address()
                && !self.handle_reply(now, node, data)
                && !self.handle_knock_reply(now, node, data)
            {
                self.handle_ping(now, node, data);
            }
            return;
        }
        if let Step::Posting(_) = &self.step
            && self.handle_proof(event)
        {
            return;
        }
        let told = self.way.handle_event(now, node, event);
        self.handle_way(now, node, told);
    }

    /// The deadline from [`Self::poll_timeout`] has passed.
    pub fn handle_timeout(&mut self, now: Now, node: &mut Node) {
        let told = self.way.handle_timeout(now, node);
        self.handle_way(now, node, told);
        self.handle_joining_timeout(now, node);
        self.handle_posting_timeout(now, node);
        self.handle_reading_timeout(now, node);
        self.handle_listening_timeout(now, node);
    }

    /// When [`Self::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let own = match &self.step {
            Step::Joining(joining) => joining.due(),
            Step::Posting(posting) => posting.due(),
            Step::Reading(reading) => reading.due(),
            _ => None,
        };
        let listening = self.listening.as_ref().and_then(Listening::due);
        [self.way.due(), own, listening].into_iter().flatten().min()
    }

    /// The next thing to be told to whoever waits.
    pub fn poll_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    /// Work that is to be done beside, if there is some; its result goes to [`Self::handle_work`].
    pub fn poll_work(&mut self) -> Option<Search> {
        self.search.take()
    }

    /// The work is done.
    pub fn handle_work(&mut self, now: Now, node: &mut Node, work: Vec<u8>) {
        self.worked(now, node, work);
    }

    /// It is to end before it is done: who listens says so to the group. What is left ends in [`News::Done`].
    pub fn stop(&mut self, now: Now, node: &mut Node) {
        match (&self.listening, &self.step) {
            (Some(_), Step::Registering | Step::Waiting | Step::Reading(_)) => self.stop_listening(now, node),
            _ => self.end(Ok(Outcome::Stopped)),
        }
    }

    /// Lets go of the link. Where a byte costs time it is left to itself: the server forgets a silent one.
    pub fn close(&mut self, now: Now, node: &mut Node) {
        if !road::is_slow(node, now, self.way.group()) {
            self.way.close(now, node);
        }
    }

    /// The cache, with all that has come.
    pub fn into_cache(self) -> Cache {
        self.cache
    }

    fn begin(&mut self, now: Now, node: &mut Node, errand: Errand) {
        let group = self.way.group();
        if let Err(error) = self.cache.note_used(group, now.unix) {
            return self.fail(error.into());
        }
        match errand {
            Errand::Join(wish) => self.begin_joining(now, node, wish),
            Errand::Fetch { limit, names } => self.begin_reading(now, node, Reading::latest(limit, names)),
            Errand::Sync { from, names } => self.begin_reading(now, node, Reading::changes(from, names)),
            Errand::Send { text } => self.begin_posting(now, node, text),
            Errand::Listen(wish) => self.begin_listening(now, node, wish),
        }
    }

    fn handle_way(&mut self, now: Now, node: &mut Node, told: Option<WayEvent>) {
        match told {
            None => {}
            Some(WayEvent::Stage(stage)) => self.news.push_back(News::Stage(stage)),
            Some(WayEvent::Failed(error)) => self.failed(now, error),
            Some(WayEvent::Found) => self.found(now, node),
            Some(WayEvent::Answered(answer)) => match std::mem::replace(&mut self.step, Step::Done) {
                Step::Joining(joining) => self.told_on_the_way_in(now, node, &answer, joining),
                Step::Reading(reading) => self.told_messages(now, node, &answer, reading),
                Step::Posting(posting) => self.told_posted(&answer, &posting),
                Step::Registering => self.told_registered(now, node, &answer),
                Step::Leaving => self.end(Ok(Outcome::Stopped)),
                other @ (Step::Begin(_) | Step::Waiting | Step::Done) => {
                    self.step = other;
                }
            },
        }
    }

    /// The way is known, for what needs no link.
    fn found(&mut self, now: Now, node: &mut Node) {
        match self.step {
            Step::Joining(_) => self.join(now, node),
            Step::Posting(_) => self.post(now, node),
            Step::Reading(_) => self.read(now, node),
            _ => {}
        }
    }

    fn ask(&mut self, now: Now, node: &mut Node, question: Question) {
        let told = self.way.ask(now, node, question);
        self.handle_way(now, node, told);
    }

    /// The network did not do it. Who listens goes on: the next ping or the next time may find the way.
    fn failed(&mut self, now: Now, error: ClientError) {
        if matches!(self.step, Step::Leaving) {
            self.end(Ok(Outcome::Stopped));
        } else if !error.is_final() && self.tries_again(now) {
            self.news.push_back(News::Trouble(error));
        } else {
            self.fail(error);
        }
    }

    fn fail(&mut self, error: ClientError) {
        self.end(Err(error));
    }

    fn done(&mut self, mut outcome: Outcome) {
        if !self.goes_on_after(&mut outcome) {
            self.end(Ok(outcome));
        }
    }

    fn end(&mut self, how: Result<Outcome, ClientError>) {
        self.step = Step::Done;
        self.listening = None;
        self.news.push_back(News::Done(how));
    }

    /// Where answers without a link come, and pings.
    fn own_address(&self) -> DestinationHash {
        destination_hash(name_hash(CLIENT_NAME), self.identity.hash())
    }
}
