//! What was said in a batch, put into the outbox for the members who have asked for every message.
//! Not what each of them gets of it.

use super::{Relay, Target, Version, copy_time};
use crate::api::{Applied, members::name_in_chat};
use crate::group::event::{DirectPosted, MessageEdited, MessagePosted, Reacted};
use crate::group::{Authorship, GroupEvent, Post, PostId, Relay as Wanted, Sentence, Seq};
use crate::lxmf::message::{self, delivery_destination};
use crate::notify::audience::concerns;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::server::batch::Batch;
use crate::server::hosted::Hosted;
use crate::store::{CopyRow, CopyState, Outgoing, Priority, StoreError};

impl Batch<'_, '_> {
    /// Whoever has asked for every message gets the new ones.
    pub(in crate::server) fn relay(
        &mut self,
        hosted: &Hosted,
        applied: &[Applied],
    ) -> Result<(), StoreError> {
        for Applied { seq, event } in applied {
            match event {
                GroupEvent::MessagePosted(MessagePosted { post, .. }) => {
                    let mut copies: Vec<_> = original(post).into_iter().collect();
                    copies.extend(self.relay_post(hosted, *seq, post, post.about)?);
                    self.store.put_copies(hosted.gid, *seq, &copies)?;
                }
                GroupEvent::DirectPosted(DirectPosted { post, to }) => {
                    let mut copies: Vec<_> = original(post).into_iter().collect();
                    copies.extend(self.relay_direct(hosted, *seq, post, *to)?);
                    self.store.put_copies(hosted.gid, *seq, &copies)?;
                }
                GroupEvent::MessageEdited(event) => self.relay_edit(hosted, *seq, event)?,
                // Nobody replies to a reaction, so its copies need not be known.
                GroupEvent::Reacted(Reacted { target, post }) => {
                    self.relay_post(hosted, *seq, post, Some(*target))?;
                }
                // Everything else is told to nobody but who asks.
                _ => {}
            }
        }
        Ok(())
    }

    /// Who is sent a post. Who wants only what concerns them is asked for their nick.
    fn recipients(&self, hosted: &Hosted, post: &Post) -> Result<Vec<(IdentityHash, Wanted)>, StoreError> {
        let mut recipients = self.store.relaying_members(hosted.gid)?;
        if !recipients.iter().any(|(_, wanted)| *wanted == Wanted::Mentions) {
            return Ok(recipients);
        }
        let answered = self.answered_author(hosted, post)?;
        let mut concerned = Vec::new();
        for (person, wanted) in std::mem::take(&mut recipients) {
            let is_sent = wanted != Wanted::Mentions || {
                let nick = self.store.member(hosted.gid, person)?.and_then(|member| member.nick);
                concerns(post, person, nick.as_deref(), answered)
            };
            concerned.extend(is_sent.then_some((person, wanted)));
        }
        Ok(concerned)
    }

    /// Only to whom it is for, if they have asked to be sent messages.
    fn relay_direct(
        &mut self,
        hosted: &Hosted,
        seq: Seq,
        post: &Post,
        to: IdentityHash,
    ) -> Result<Vec<CopyRow>, StoreError> {
        let wants = self.store.member(hosted.gid, to)?.map_or(Wanted::Off, |member| member.relay);
        if wants == Wanted::Off {
            return Ok(Vec::new());
        }
        let recipients = [(to, wants)];
        let target = match post.about {
            Some(id) => Target::find(self.store, hosted.gid, id, &recipients)?,
            None => None,
        };
        let name = {
            let name = name_in_chat(self.store, hosted.gid, post.author)?;
            format!("{name} ({})", Sentence::OnlyToYou.said_in(self.language(hosted, to)?))
        };
        self.send_copies(hosted, (seq, seq, post, &name), target, &recipients)
    }

    /// The new text, with the number of the message that it stands for. Replies go on naming the first copy.
    fn relay_edit(&mut self, hosted: &Hosted, event: Seq, edit: &MessageEdited) -> Result<(), StoreError> {
        let Some(seq) = self.store.post_seq(hosted.gid, edit.target)? else { return Ok(()) };
        let mut recipients = self.recipients(hosted, &edit.post)?;
        if let Some(to) = edit.to {
            recipients.retain(|(recipient, _)| *recipient == to);
        }
        let name = name_in_chat(self.store, hosted.gid, edit.post.author)?;
        let name =
            format!("{name} ({})", Sentence::NowSaysIn { seq: seq.0 }.said_in(hosted.settings.language));
        self.send_copies(hosted, (seq, event, &edit.post, &name), None, &recipients)?;
        Ok(())
    }

    fn relay_post(
        &mut self,
        hosted: &Hosted,
        seq: Seq,
        post: &Post,
        about: Option<PostId>,
    ) -> Result<Vec<CopyRow>, StoreError> {
        let recipients = self.recipients(hosted, post)?;
        if recipients.is_empty() {
            return Ok(Vec::new());
        }
        let target = match about {
            Some(id) => Target::find(self.store, hosted.gid, id, &recipients)?,
            None => None,
        };
        let name = name_in_chat(self.store, hosted.gid, post.author)?;
        self.send_copies(hosted, (seq, seq, post, &name), target, &recipients)
    }

    fn send_copies(
        &mut self,
        hosted: &Hosted,
        (seq, event, post, name): (Seq, Seq, &Post, &str),
        target: Option<Target>,
        recipients: &[(IdentityHash, Wanted)],
    ) -> Result<Vec<CopyRow>, StoreError> {
        let mut copies = Vec::new();
        let relay = Relay {
            post,
            name,
            time: copy_time(self.now.unix, event),
            target,
            icon: hosted.icon(),
            language: hosted.settings.language,
        };
        for version in relay.versions(recipients) {
            copies.extend(copies_of(hosted.delivery, &version));
            let message = Outgoing { priority: Priority::Relay, seq: Some(seq), payload: &version.payload };
            self.queue(hosted, message, &version.recipients)?;
        }
        Ok(copies)
    }
}

/// The copies that will leave `source`. Their hashes are known before they are signed.
fn copies_of(source: DestinationHash, version: &Version) -> impl Iterator<Item = CopyRow> {
    version.recipients.iter().map(move |recipient| {
        let hash = message::hash(delivery_destination(*recipient), source, &version.payload);
        CopyRow { recipient: *recipient, message_hash: *hash.as_bytes(), state: CopyState::Queued }
    })
}

/// What the author of a post has of it: what they sent, if it was an LXMF message.
fn original(post: &Post) -> Option<CopyRow> {
    match post.authorship {
        Authorship::Lxmf { message_hash, .. } => {
            Some(CopyRow { recipient: post.author, message_hash, state: CopyState::Original })
        }
        Authorship::Link { .. } => None,
    }
}
