//! When somebody is to be told that there is something new, and the telling.
//! Not who that is: `notify` finds them.

use std::collections::BTreeMap;
use std::time::Duration;

use rmpv::Value;

use super::Effect;
use super::batch::Batch;
use super::hosted::Hosted;
use super::icon::with_icon;
use super::relay::plain_text;
use crate::api::Applied;
use crate::api::messages::{Line, Which, lines_for};
use crate::command::ONE_PACKET;
use crate::group::event::{DirectPosted, MessagePosted};
use crate::group::fields::id;
use crate::group::{GroupEvent, GroupId, NotifyMode, NotifyWay, Post, Sentence};
use crate::lxmf::Message;
use crate::notify::audience::{self, Concerned, Due, SETTLE};
use crate::notify::{digest, price};
use crate::rns::hash::IdentityHash;
use crate::rns::msgpack;
use crate::rns::time::Instant;
use crate::store::{CopyKey, CopyState, Outgoing, Priority, StoreError};

/// Bytes of one message in a digest.
const MOST_OF_A_LINE: usize = 80;
/// How long until the next try when the disk did not keep what was told.
const TRY_LATER: Duration = Duration::from_secs(5);

/// When to look whom to tell: an entry for each group with something that somebody may not have seen.
#[derive(Debug, Default)]
pub(super) struct Notices {
    looks: BTreeMap<GroupId, Instant>,
}

impl Notices {
    /// After a start: what was said before it may be news to somebody.
    pub(super) fn after_start(groups: &[Hosted], now: Instant) -> Self {
        Self { looks: groups.iter().map(|hosted| (hosted.gid, now.after(SETTLE))).collect() }
    }

    /// When to look next.
    pub(super) fn due(&self) -> Option<Instant> {
        self.looks.values().min().copied()
    }

    /// Looks no later than this.
    fn look_at(&mut self, gid: GroupId, at: Instant) {
        let look = self.looks.entry(gid).or_insert(at);
        *look = at.min(*look);
    }

    /// Groups that are to be looked at now.
    fn due_groups(&self, now: Instant) -> Vec<GroupId> {
        self.looks.iter().filter(|(_, at)| **at <= now).map(|(gid, _)| *gid).collect()
    }

    /// These were looked at, and that is on the disk. A group without a next time waits for something new.
    pub(super) fn looked(&mut self, looked: Vec<(GroupId, Option<Instant>)>) {
        for (gid, next) in looked {
            match next {
                Some(next) => self.looks.insert(gid, next),
                None => self.looks.remove(&gid),
            };
        }
    }

    /// The disk is busy.
    pub(super) fn try_later(&mut self, now: Instant) {
        let later = now.after(TRY_LATER);
        self.looks.values_mut().for_each(|at| *at = later.max(*at));
    }
}

impl Batch<'_, '_> {
    /// Something new is said: whoever wants to be told is, a little later.
    pub(super) fn note_news(&mut self, hosted: &Hosted, applied: &Applied) -> Result<(), StoreError> {
        let (GroupEvent::MessagePosted(MessagePosted { post, .. })
        | GroupEvent::DirectPosted(DirectPosted { post, .. })) = &applied.event
        else {
            return Ok(());
        };
        if !self.store.somebody_is_notified(hosted.gid)? {
            return Ok(());
        }
        // A message to one person concerns that person and nobody else.
        let concerned = match &applied.event {
            GroupEvent::DirectPosted(direct) => Concerned::Only(direct.to),
            _ => Concerned::WhoIsNamed { answered: self.answered_author(hosted, post)? },
        };
        audience::note_mentions(self.store, hosted.gid, applied.seq, post, concerned)?;
        self.notices.look_at(hosted.gid, self.now.instant.after(SETTLE));
        Ok(())
    }

    /// Who wrote what a post answers.
    pub(super) fn answered_author(
        &self,
        hosted: &Hosted,
        post: &Post,
    ) -> Result<Option<IdentityHash>, StoreError> {
        match post.about {
            Some(about) => self.store.author_of(hosted.gid, about),
            None => Ok(None),
        }
    }

    /// Tells everybody whose time has come.
    pub(super) fn tell_news(&mut self) -> Result<(), StoreError> {
        self.fetches.write(self.store)?;
        for gid in self.notices.due_groups(self.now.instant) {
            let Some(hosted) = self.groups.iter().find(|hosted| hosted.gid == gid) else {
                self.done.looked.push((gid, None));
                continue;
            };
            let round = audience::round(self.store, gid, self.now.unix, |person| {
                self.outbox.is_on_its_way(gid, person, Priority::Notice)
            })?;
            for due in &round.due {
                self.tell_of_news(hosted, due)?;
            }
            let next = round.next.map(|next| {
                let micros = next.as_micros().saturating_sub(self.now.unix.as_micros());
                self.now.instant.after(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
            });
            self.done.looked.push((gid, next));
        }
        Ok(())
    }

    fn tell_of_news(&mut self, hosted: &Hosted, due: &Due) -> Result<(), StoreError> {
        if let Some(number) = due.replaces {
            let (gid, recipient, priority) = (hosted.gid, due.person, Priority::Notice);
            self.store.end_copy(&CopyKey { gid, recipient, priority, number }, CopyState::GivenUp)?;
        }
        match due.choice.way {
            NotifyWay::Text => {
                let text = self.notice(hosted, due)?;
                self.send(hosted, due.person, Priority::Notice, &Sentence::text(text))?;
                self.store.note_notice(hosted.gid, due.person)
            }
            NotifyWay::Ping(destination) => {
                let data = digest::packed(hosted.gid, due);
                let (group, person) = (hosted.gid, due.person);
                self.done.effects.push(Effect::Ping { group, person, destination, data });
                Ok(())
            }
            NotifyWay::Silent => {
                let payload = self.silent_notice(hosted, due).payload();
                let notice = Outgoing { priority: Priority::Notice, seq: None, payload: &payload };
                self.queue(hosted, notice, &[due.person])?;
                self.store.note_notice(hosted.gid, due.person)
            }
        }
    }

    /// Bytes that are encrypted in the packet of a notice, if it is told in a message: one for programs, if that is what
    /// somebody has chosen, otherwise a text. A ticket, which comes with a few, is not counted.
    pub(super) fn notice_len(&self, hosted: &Hosted, due: &Due) -> Result<usize, StoreError> {
        let message = match due.choice.way {
            NotifyWay::Silent => self.silent_notice(hosted, due),
            NotifyWay::Text | NotifyWay::Ping(_) => {
                with_icon(hosted.icon(), plain_text(self.now.unix, &self.notice(hosted, due)?))
            }
        };
        Ok(price::SIGNED + message.payload().len())
    }

    fn silent_notice(&self, hosted: &Hosted, due: &Due) -> Message {
        let fields = Value::Map(vec![
            // Clients take a message with commands for one that is meant for a program, and don't show it.
            (id::COMMANDS.into(), Value::Array(Vec::new())),
            (id::CUSTOM_TYPE.into(), digest::CUSTOM_TYPE.into()),
            (id::CUSTOM_DATA.into(), Value::Binary(digest::packed(hosted.gid, due))),
        ]);
        let (title, content, fields) = (Vec::new(), Vec::new(), msgpack::encode(&fields));
        Message { time: self.now.unix, title, content, fields }
    }

    /// What a person is told: how much is new; in a digest, as many of the latest messages as fit one packet with it.
    fn notice(&self, hosted: &Hosted, due: &Due) -> Result<String, StoreError> {
        let mut text = digest::sentence(due).said_in(self.language(hosted, due.person)?);
        if due.choice.mode == NotifyMode::Digest {
            let mut left = ONE_PACKET.saturating_sub(text.len());
            let mut fits = |line: &mut Line| {
                line.shorten(MOST_OF_A_LINE);
                let cost = "\n: ".len() + line.name.len() + line.text.len();
                let fits = cost <= left;
                left = left.saturating_sub(cost);
                fits
            };
            let reader = (hosted.gid, Some(due.person));
            for Line { name, text: said, .. } in
                lines_for(self.store, reader, &Which::Latest, due.count, &mut fits)?
            {
                text.push_str(&format!("\n{name}: {said}"));
            }
        }
        Ok(text)
    }
}
