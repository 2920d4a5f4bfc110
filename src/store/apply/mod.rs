//! The one way a group changes: an event, written to the log and to the tables at once.
//! Not the decision that it happens.

mod bans;
mod groups;
mod history;
mod joining;
mod members;
mod moderation;
mod posts;

use super::{EventRow, StoreError, Transaction};
use crate::group::encoding::{self, Decoded, Header};
use crate::group::event::{EventKind, Weight};
use crate::group::{GroupEvent, GroupId, Head, Sentence, Seq};
use crate::rns::time::UnixTime;

/// Most events whose words wait in memory: an import writes many in one transaction.
const MOST_WORDS_WAITING: usize = 1_000;

/// An event with its place and its reading.
struct Change<'a> {
    row: &'a EventRow,
    header: &'a Header,
    what: What<'a>,
}

/// What there is to do for an event.
enum What<'a> {
    Event(&'a GroupEvent),
    Wiped(EventKind),
    Unknown(Weight),
}

impl Transaction<'_> {
    /// Applies `event` to a group that stands at `expected` (`None`: that does not exist), and says where it stands
    /// then. Anything else is [`StoreError::Conflict`], and nothing is changed. `now` is put forward to the time of the
    /// event before if it lies earlier. `salt` must be random. What fails halfway spoils the transaction: it can't be
    /// committed any more.
    pub fn apply(
        &self,
        gid: GroupId,
        expected: Option<&Head>,
        event: &GroupEvent,
        now: UnixTime,
        salt: [u8; 16],
    ) -> Result<Head, StoreError> {
        if let Some(sentence) = self.read_only(gid)? {
            return Err(StoreError::ReadOnly(sentence));
        }
        let (term, seq) =
            expected.map_or((Head::FIRST_TERM, Seq::FIRST), |head| (head.term, head.seq.next()));
        let time = expected.map_or(now, |head| now.max(head.time));
        let header = Header::of(event, seq, time);
        let private = encoding::encode_private(event);
        let row = EventRow::new(gid, (term, seq), expected, header.encode(), salt, private);
        self.write(expected, &Change { row: &row, header: &header, what: What::Event(event) })
    }

    /// Takes over an event that was made elsewhere, or before: its bytes stay as they are. Events of kinds that are not
    /// known are kept, hashed and skipped; a critical one makes the group read-only.
    pub fn append(&self, expected: Option<&Head>, row: &EventRow) -> Result<Head, StoreError> {
        let header = row.check(expected)?;
        let decoded = encoding::decode(&header, row.private.as_deref());
        let what = match &decoded {
            Decoded::Event(event) => What::Event(event),
            Decoded::Wiped(kind) => What::Wiped(*kind),
            Decoded::Unknown(weight) => What::Unknown(*weight),
        };
        self.write(expected, &Change { row, header: &header, what })
    }

    fn read_only(&self, gid: GroupId) -> Result<Option<String>, StoreError> {
        let mut statement = self.sql.prepare_cached("SELECT read_only FROM groups WHERE gid = ?1")?;
        let mut rows = statement.query([gid.as_bytes()])?;
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?.flatten())
    }

    /// Does all of it, or has the transaction do nothing. A savepoint for each event would cost more than many events do.
    fn write(&self, expected: Option<&Head>, change: &Change<'_>) -> Result<Head, StoreError> {
        let result = self.write_parts(expected, change);
        match &result {
            Ok(_) => {
                self.uncommitted.borrow_mut().entry(change.row.gid).or_insert(change.row.seq);
                let waiting = self.words.borrow().len();
                if waiting > MOST_WORDS_WAITING {
                    self.write_words()?;
                }
            }
            // That is found out before anything is written.
            Err(StoreError::Conflict { .. }) => {}
            Err(_) => self.spoilt.set(true),
        }
        result
    }

    fn write_parts(&self, expected: Option<&Head>, change: &Change<'_>) -> Result<Head, StoreError> {
        let row = change.row;
        let head = row.head(change.header);
        match expected {
            None => self.group_created(change, &head)?,
            Some(expected) => self.move_head(row.gid, expected, &head)?,
        }
        self.insert_event(row)?;
        match &change.what {
            What::Event(event) => self.change_tables(row.gid, &head, event)?,
            What::Wiped(kind) => self.change_tables_wiped(change, *kind)?,
            What::Unknown(Weight::Critical) => self.make_read_only(row.gid, &Sentence::ChangedUnknown)?,
            What::Unknown(Weight::Skippable) => {}
        }
        Ok(head)
    }

    fn change_tables(&self, gid: GroupId, head: &Head, event: &GroupEvent) -> Result<(), StoreError> {
        match event {
            GroupEvent::GroupCreated(_) => groups::created_again(head),
            GroupEvent::MemberJoined(event) => self.member_joined(gid, head, event),
            GroupEvent::MemberLeft(event) => self.delete_member(gid, event.member),
            GroupEvent::RelaySwitched(event) => self.set_relay(gid, event.member, event.relay),
            GroupEvent::NotifyChosen(event) => {
                self.set_notify(gid, event.member, event.choice, (head.seq, head.time))
            }
            GroupEvent::LanguageChosen(event) => self.set_language(gid, event.member, event.language),
            GroupEvent::MessagePosted(event) => self.message_posted(gid, head, event),
            GroupEvent::Reacted(event) => self.reacted(gid, head, event),
            GroupEvent::IdentityBanned(event) => self.identity_banned(gid, head, event),
            GroupEvent::IdentityUnbanned(event) => self.delete_ban(gid, event.identity),
            GroupEvent::SettingsChanged(event) => self.put_settings(gid, head.seq, &event.settings),
            GroupEvent::RoleAssigned(event) => self.set_role(gid, event.member, event.role),
            GroupEvent::RoleDefined(event) => self.put_role(gid, head.seq, event.role, event.permissions),
            GroupEvent::PermissionGranted(event) => {
                let times = (head.time, event.until);
                self.put_grant(gid, event.identity, event.permission, event.by, times)
            }
            GroupEvent::PermissionRevoked(event) => self.delete_grant(gid, event.identity, event.permission),
            GroupEvent::MemberRenamed(event) => self.set_nick(gid, event.member, event.nick.as_deref()),
            GroupEvent::JoinRequested(event) => self.join_requested(gid, head, event),
            GroupEvent::JoinDenied(event) => self.delete_applicant(gid, event.identity),
            GroupEvent::IdentityPreapproved(event) => self.identity_preapproved(gid, head, event),
            GroupEvent::PreapprovalWithdrawn(event) => self.delete_preapproved(gid, event.identity),
            GroupEvent::InviteMade(event) => self.invite_was_made(gid, head, event),
            GroupEvent::InviteRevoked(event) => self.delete_invite(gid, event.made),
            GroupEvent::MessageEdited(event) => self.message_edited(gid, head, event),
            GroupEvent::MessageDeleted(event) => self.message_deleted(gid, head.seq, event.target),
            GroupEvent::MessagesPurged(event) => self.messages_purged(gid, head.seq, event),
            GroupEvent::MessagePinned(event) => self.message_pinned(gid, head.seq, event.target),
            GroupEvent::MessageUnpinned(event) => self.message_unpinned(gid, head.seq, event.target),
            GroupEvent::DirectPosted(event) => self.direct_posted(gid, head, event),
            GroupEvent::Pruned(event) => self.prune(gid, event.to, head.seq),
            GroupEvent::MemberKicked(event) => self.delete_member(gid, event.member),
            GroupEvent::MemberMuted(event) => self.member_muted(gid, head, event),
            GroupEvent::MemberUnmuted(event) => self.delete_mute(gid, event.identity),
            GroupEvent::MessageHeld(event) => self.message_held(gid, head, event),
            GroupEvent::HeldDropped(event) => self.drop_held(gid, event.target),
        }
    }

    /// What is left to do for a wiped event. A member or a ban that an event made is gone when that event is wiped, and
    /// so is whatever undid it; what remains is a message's place, and that a member number was given.
    fn change_tables_wiped(&self, change: &Change<'_>, kind: EventKind) -> Result<(), StoreError> {
        let Change { row, header, .. } = change;
        match kind {
            EventKind::GroupCreated => {
                Err(StoreError::Constraint("a group's first event is never wiped".into()))
            }
            EventKind::MemberJoined => self.use_up_member_number(row.gid),
            EventKind::MessagePosted | EventKind::DirectPosted => self.posted_wiped(row.gid, header),
            EventKind::Reacted => self.reacted_wiped(row.gid, header),
            EventKind::MessageEdited => self.message_edited_wiped(row.gid, header),
            EventKind::MessagesPurged | EventKind::Pruned => {
                Err(StoreError::Constraint("what says which messages are gone is never wiped".into()))
            }
            EventKind::MessageDeleted | EventKind::MessagePinned | EventKind::MessageUnpinned => {
                self.changed_by_wiped(row.gid, header, kind)
            }
            EventKind::MessageHeld => self.message_held_wiped(row.gid, header),
            EventKind::MemberLeft
            | EventKind::RelaySwitched
            | EventKind::LanguageChosen
            | EventKind::NotifyChosen
            | EventKind::IdentityBanned
            | EventKind::IdentityUnbanned
            | EventKind::SettingsChanged
            | EventKind::RoleAssigned
            | EventKind::RoleDefined
            | EventKind::PermissionGranted
            | EventKind::PermissionRevoked
            | EventKind::MemberRenamed
            | EventKind::JoinRequested
            | EventKind::JoinDenied
            | EventKind::IdentityPreapproved
            | EventKind::PreapprovalWithdrawn
            | EventKind::InviteMade
            | EventKind::InviteRevoked
            | EventKind::MemberKicked
            | EventKind::MemberMuted
            | EventKind::MemberUnmuted
            | EventKind::HeldDropped => Ok(()),
        }
    }
}
