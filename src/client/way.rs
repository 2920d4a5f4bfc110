//! The way to a group's server: found, a link opened on it, and questions asked until they are answered.
//! Not what is asked.

use std::time::Duration;

use super::news::Stage;
use super::question::{Asker, Question};
use super::{ClientError, road};
use crate::rns::Node;
use crate::rns::event::Event;
use crate::rns::hash::{DestinationHash, LinkId, RequestId};
use crate::rns::identity::Identity;
use crate::rns::msgpack;
use crate::rns::random::Random;
use crate::rns::time::{Instant, Now};

/// How long to ask for the way.
const FIND_PATIENCE: Duration = Duration::from_secs(100);
/// Links that are tried, one after the other.
const MOST_LINKS: u32 = 6;
/// How often one question is asked, on all links together.
const MOST_ASKS: u32 = 6;
/// A link on which so many questions in a row were not answered is given up: its other end may never have come up.
const SILENT_LINK: u32 = 2;
/// What comes of it.
#[derive(Debug)]
pub(super) enum WayEvent {
    /// Something else is waited for.
    Stage(Stage),
    /// The way is known, as was wanted.
    Found,
    /// The packed answer to the last question.
    Answered(Vec<u8>),
    /// There will be none.
    Failed(ClientError),
}

/// The way to one group.
#[derive(Debug)]
pub(super) struct Way {
    group: DestinationHash,
    identity: Identity,
    speaks: Option<String>,
    random: Random,
    state: State,
    wanted: Option<Wanted>,
    /// How often it was asked.
    asked: u32,
    /// Links that came to nothing since the last answer.
    lost: u32,
}

/// What the way is wanted for.
#[derive(Debug)]
enum Wanted {
    /// Something that needs no link.
    Way,
    Answer(Question),
}

#[derive(Debug)]
enum State {
    Idle,
    Finding {
        until: Instant,
        again: Instant,
    },
    Linking(LinkId),
    Open {
        link: LinkId,
        asker: Asker,
        /// What ends its set-up is still on its way.
        fresh: bool,
        silent: u32,
        request: Option<RequestId>,
    },
}

impl Way {
    pub(super) fn new(
        group: DestinationHash,
        identity: Identity,
        speaks: Option<String>,
        random: Random,
    ) -> Self {
        Self { group, identity, speaks, random, state: State::Idle, wanted: None, asked: 0, lost: 0 }
    }

    pub(super) const fn group(&self) -> DestinationHash {
        self.group
    }

    /// The language for people.
    pub(super) fn speaks(&self) -> Option<&str> {
        self.speaks.as_deref()
    }

    pub(super) const fn link_state(&self) -> road::LinkState {
        match self.state {
            State::Open { .. } => road::LinkState::Open,
            State::Idle | State::Finding { .. } | State::Linking(_) => road::LinkState::None,
        }
    }

    /// Asks, and asks again, until there is an answer. One question at a time.
    pub(super) fn ask(&mut self, now: Now, node: &mut Node, question: Question) -> Option<WayEvent> {
        self.wanted = Some(Wanted::Answer(question));
        (self.asked, self.lost) = (0, 0);
        self.go_on(now, node)
    }

    /// Finds the server's key and the way to it.
    pub(super) fn seek(&mut self, now: Now, node: &mut Node) -> Option<WayEvent> {
        self.wanted = Some(Wanted::Way);
        self.go_on(now, node)
    }

    fn is_known(&self, node: &Node) -> bool {
        node.recall(self.group).is_some() && node.hops_to(self.group).is_some()
    }

    pub(super) fn handle_interface_up(&mut self, now: Now, node: &mut Node) {
        if matches!(self.state, State::Finding { .. }) && !self.is_known(node) {
            node.request_path_again(now, self.group);
        }
    }

    pub(super) fn handle_event(&mut self, now: Now, node: &mut Node, event: &Event) -> Option<WayEvent> {
        match (event, &mut self.state) {
            (Event::Announce { destination, .. }, State::Finding { .. }) if *destination == self.group => {
                self.state = State::Idle;
                self.go_on(now, node)
            }
            (Event::LinkEstablished { link, .. }, State::Linking(ours)) if link == ours => {
                let link = *link;
                self.state =
                    State::Open { link, asker: Asker::Anybody, fresh: true, silent: 0, request: None };
                self.go_on(now, node)
            }
            (Event::LinkClosed { link, .. }, State::Linking(ours) | State::Open { link: ours, .. })
                if link == ours =>
            {
                self.lose(now, node)
            }
            (Event::Response { request_id, data, .. }, State::Open { request, silent, .. })
                if *request == Some(*request_id) =>
            {
                (*request, *silent) = (None, 0);
                self.answered(now, node, data)
            }
            (Event::RequestFailed { request_id, .. }, State::Open { link, request, silent, .. })
                if *request == Some(*request_id) =>
            {
                *request = None;
                *silent = silent.saturating_add(1);
                if *silent >= SILENT_LINK {
                    node.close_link(now, *link);
                    self.state = State::Idle;
                    return self.lose(now, node);
                }
                self.go_on(now, node)
            }
            _ => None,
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Now, node: &mut Node) -> Option<WayEvent> {
        let State::Finding { .. } = self.state else { return None };
        // It may have been heard in another way.
        if self.is_known(node) {
            self.state = State::Idle;
            return self.go_on(now, node);
        }
        let State::Finding { until, again } = &mut self.state else { return None };
        if now.instant >= *until {
            self.state = State::Idle;
            self.wanted = None;
            return Some(WayEvent::Failed(ClientError::NoPath(self.group)));
        }
        if now.instant >= *again {
            *again = now.instant.after(road::ask_for_way_again(node));
            node.request_path_again(now, self.group);
        }
        None
    }

    pub(super) fn due(&self) -> Option<Instant> {
        match self.state {
            State::Finding { until, again } => Some(until.min(again)),
            State::Idle | State::Linking(_) | State::Open { .. } => None,
        }
    }

    pub(super) fn close(&mut self, now: Now, node: &mut Node) {
        if let State::Linking(link) | State::Open { link, .. } = self.state {
            node.close_link(now, link);
        }
        self.state = State::Idle;
    }

    /// Does the next thing that the question needs.
    fn go_on(&mut self, now: Now, node: &mut Node) -> Option<WayEvent> {
        let wanted = self.wanted.as_ref()?;
        let is_known = self.is_known(node);
        match (&mut self.state, wanted) {
            (State::Idle, _) if !is_known => {
                node.request_path_again(now, self.group);
                let at = now.instant;
                let again = at.after(road::ask_for_way_again(node));
                self.state = State::Finding { until: at.after(FIND_PATIENCE), again };
                Some(WayEvent::Stage(Stage::Way))
            }
            (State::Idle | State::Open { .. }, Wanted::Way) => {
                self.wanted = None;
                Some(WayEvent::Found)
            }
            (State::Idle, Wanted::Answer(_)) => match node.open_link(now, self.group) {
                Ok(link) => {
                    self.state = State::Linking(link);
                    Some(WayEvent::Stage(Stage::Link))
                }
                Err(_) => Some(WayEvent::Failed(ClientError::NoLink)),
            },
            (State::Finding { .. } | State::Linking(_) | State::Open { request: Some(_), .. }, _) => None,
            (State::Open { .. }, Wanted::Answer(_)) => self.put_question(now, node),
        }
    }

    /// Asks on the link that stands.
    fn put_question(&mut self, now: Now, node: &mut Node) -> Option<WayEvent> {
        let (Some(Wanted::Answer(question)), State::Open { link, asker, request, fresh, .. }) =
            (&self.wanted, &mut self.state)
        else {
            return None;
        };
        if self.asked >= MOST_ASKS {
            self.wanted = None;
            return Some(WayEvent::Failed(ClientError::NoAnswer));
        }
        let link = *link;
        let data = question.packed(self.speaks.as_deref());
        let mut there = road::sealed(road::ON_LINK, road::REQUEST.saturating_add(data.len()));
        if question.asker == Asker::Myself && *asker == Asker::Anybody {
            // A link that is gone says so.
            let _ = node.identify(now, link, &self.identity);
            *asker = Asker::Myself;
            there = there.saturating_add(road::IDENTIFY);
        }
        if std::mem::take(fresh) {
            there = there.saturating_add(road::MEASURED);
        }
        let back = road::sealed(road::ON_LINK, question.most_answer());
        let jitter = road::jitter(&mut self.random, node, now, self.group, self.asked);
        let patience = road::patience_on_link(node, now, (self.group, link), there, back);
        // Longer each time: what comes after all that is not taken for an answer any more, so it must not always be asked
        // again too soon where a server has much to say.
        let patience = patience.saturating_mul(self.asked.saturating_add(1)).saturating_add(jitter);
        *request = node.request(now, link, question.path, &data, Some(patience)).ok();
        let again = self.asked;
        self.asked = self.asked.saturating_add(1);
        if request.is_none() {
            return self.lose(now, node);
        }
        Some(WayEvent::Stage(Stage::Answer { again }))
    }

    fn answered(&mut self, now: Now, node: &mut Node, data: &[u8]) -> Option<WayEvent> {
        // What said who we are got lost on the way; it is not proved.
        if let State::Open { asker, .. } = &mut self.state
            && *asker == Asker::Myself
            && self.asked < MOST_ASKS
            && says_identify(data)
        {
            *asker = Asker::Anybody;
            return self.go_on(now, node);
        }
        self.wanted = None;
        Some(WayEvent::Answered(data.to_vec()))
    }

    /// The link is gone, or did not come about.
    fn lose(&mut self, now: Now, node: &mut Node) -> Option<WayEvent> {
        let came_about = matches!(self.state, State::Open { .. }) || self.asked > 0;
        self.state = State::Idle;
        self.wanted.as_ref()?;
        self.lost = self.lost.saturating_add(1);
        if self.lost >= MOST_LINKS {
            self.wanted = None;
            let error = if came_about { ClientError::NoAnswer } else { ClientError::NoLink };
            return Some(WayEvent::Failed(error));
        }
        self.go_on(now, node)
    }
}

fn says_identify(data: &[u8]) -> bool {
    let answer = msgpack::decode(data).ok();
    let error = crate::api::fields::number("error").map(u64::from);
    let pairs = answer.as_ref().and_then(|answer| answer.as_map());
    let code = pairs.and_then(|pairs| pairs.iter().find(|(key, _)| key.as_u64() == error));
    code.is_some_and(|(_, code)| code.as_str() == Some("identify"))
}
