//! Listening: registers for pings, brings what is new when one comes, and says goodbye at the end.
//! Not the group's choice of when to ping.

use std::time::Duration;

use super::answer::Notified;
use super::errand::{ListenWish, Since};
use super::news::{News, Outcome};
use super::question::Question;
use super::reading::Reading;
use super::{Client, Step};
use crate::rns::Node;
use crate::rns::time::{Instant, Now};

/// After something went wrong, before it is tried again.
const TRY_AGAIN: Duration = Duration::from_mins(2);
/// How long the group is told that nobody listens any more.
const GOODBYE: Duration = Duration::from_secs(20);
/// A ping: the group's id, how many messages are new, and the number of the last.
const PING_LEN: usize = 28;
/// The ping destination is announced anew so often: a group forgets what it has not heard for long.
const ANNOUNCE_AGAIN: Duration = Duration::from_hours(6);

/// What is left to do between two looks.
#[derive(Debug)]
pub(super) struct Listening {
    wish: ListenWish,
    /// The group knows that we listen.
    registered: bool,
    /// A ping came while something else was going on.
    pinged: bool,
    /// Look then, whatever comes.
    look: Option<Instant>,
    announce: Instant,
    /// Nobody waits any longer for the group to hear that we go.
    gone_by: Option<Instant>,
}

impl Listening {
    pub(super) fn due(&self) -> Option<Instant> {
        [self.look, self.gone_by, Some(self.announce)].into_iter().flatten().min()
    }
}

impl Client {
    pub(super) fn begin_listening(&mut self, now: Now, node: &mut Node, wish: ListenWish) {
        let listening = Listening {
            wish,
            registered: false,
            pinged: false,
            look: None,
            announce: now.instant,
            gone_by: None,
        };
        self.listening = Some(listening);
        self.step = Step::Waiting;
        self.announce_again(now, node);
        self.register_for_pings(now, node);
    }

    fn register_for_pings(&mut self, now: Now, node: &mut Node) {
        let Some(Listening { wish, .. }) = &self.listening else { return };
        let question = Question::notify(&wish.notify, Some(self.own_address()));
        self.step = Step::Registering;
        self.ask(now, node, question);
    }

    /// Pings come to this destination, and the group must know its key.
    fn announce_again(&mut self, now: Now, node: &mut Node) {
        let address = self.own_address();
        if let Some(listening) = self.listening.as_mut().filter(|listening| listening.announce <= now.instant)
        {
            listening.announce = now.instant.after(ANNOUNCE_AGAIN);
            // It is registered, and has no app data that could be too long.
            let _ = node.announce(now, address);
        }
    }

    pub(super) fn told_registered(&mut self, now: Now, node: &mut Node, answer: &[u8]) {
        if let Err(error) = Notified::read(answer) {
            return self.fail(error);
        }
        if let Some(listening) = &mut self.listening {
            listening.registered = true;
        }
        self.news.push_back(News::Listening);
        self.look(now, node);
    }

    /// Something is new, says the group.
    pub(super) fn handle_ping(&mut self, now: Now, node: &mut Node, data: &[u8]) {
        let known = self.cache.group(self.way.group()).ok().flatten();
        let is_ours =
            known.is_some_and(|known| data.len() == PING_LEN && data.starts_with(known.gid.as_bytes()));
        let Some(listening) = self.listening.as_mut().filter(|_| is_ours) else { return };
        match self.step {
            Step::Waiting => self.look(now, node),
            _ => listening.pinged = true,
        }
    }

    fn look(&mut self, now: Now, node: &mut Node) {
        let Some(listening) = &mut self.listening else { return };
        let every = listening.wish.every.map(|minutes| Duration::from_mins(minutes.into()));
        listening.look = every.map(|every| now.instant.after(every));
        listening.pinged = false;
        self.begin_reading(now, node, Reading::changes(Since::LastTime, false));
    }

    /// Takes what would be the end of another errand. Answers whether it was taken.
    pub(super) fn goes_on_after(&mut self, outcome: &mut Outcome) -> bool {
        let Some(listening) = &mut self.listening else { return false };
        let Outcome::New(messages) = outcome else { return false };
        let messages = std::mem::take(messages);
        self.step = Step::Waiting;
        if messages.is_empty() {
            self.news.push_back(News::Quiet);
        } else {
            let names = self.cache.names(self.way.group()).unwrap_or_default();
            self.news.push_back(News::Messages { messages, names });
        }
        if listening.pinged {
            listening.look = Some(Instant::ZERO);
        }
        true
    }

    pub(super) fn handle_listening_timeout(&mut self, now: Now, node: &mut Node) {
        let Some(listening) = &self.listening else { return };
        if listening.gone_by.is_some_and(|by| by <= now.instant) {
            return self.done(Outcome::Stopped);
        }
        let looks = listening.look.is_some_and(|look| look <= now.instant);
        let registered = listening.registered;
        self.announce_again(now, node);
        if looks && matches!(self.step, Step::Waiting) {
            if registered { self.look(now, node) } else { self.register_for_pings(now, node) }
        }
    }

    /// What went wrong may go well a while later.
    pub(super) fn tries_again(&mut self, now: Now) -> bool {
        let Some(listening) = &mut self.listening else { return false };
        listening.look = Some(now.instant.after(TRY_AGAIN));
        self.step = Step::Waiting;
        true
    }

    /// Pings into the void would cost the group air.
    pub(super) fn stop_listening(&mut self, now: Now, node: &mut Node) {
        let Some(listening) = &mut self.listening else { return };
        listening.look = None;
        listening.gone_by = Some(now.instant.after(GOODBYE));
        if !listening.registered {
            return self.done(Outcome::Stopped);
        }
        self.step = Step::Leaving;
        self.ask(now, node, Question::notify("off", None));
    }
}
