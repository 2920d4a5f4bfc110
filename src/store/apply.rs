//! The one way a group changes: an event, written to the log and to the tables at once.
//! Not the decision that it happens.

use super::{EventRow, GroupRow, StoreError, Transaction};
use crate::group::encoding::{self, Decoded, Header};
use crate::group::event::{EventKind, Weight};
use crate::group::{Ban, GroupEvent, GroupFacts, GroupId, Head, Member, MemberNumber, Post, Relay, Seq};
use crate::rns::time::UnixTime;

/// Why a group stays as it is after an event that this program does not know and must not pass over.
const UNKNOWN_CRITICAL: &str =
    "This group has changed in a way that this version does not know. Upgrade to change it.";

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
    /// then. Anything else is [`StoreError::Conflict`]. `now` is put forward to the time of the event before if it
    /// lies earlier. `salt` must be random. Whatever fails leaves nothing behind.
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

    /// Does all of it or nothing, also in the middle of a larger transaction.
    fn write(&self, expected: Option<&Head>, change: &Change<'_>) -> Result<Head, StoreError> {
        let run = |sql| self.sql.prepare_cached(sql)?.execute([]);
        run("SAVEPOINT change")?;
        let result = self.write_parts(expected, change);
        if result.is_err() {
            // Where SQLite has rolled back the whole transaction by itself, this fails, and so will the commit.
            let _ = run("ROLLBACK TO change");
        }
        let _ = run("RELEASE change");
        if result.is_ok() {
            self.uncommitted.borrow_mut().entry(change.row.gid).or_insert(change.row.seq);
        }
        result
    }

    fn write_parts(&self, expected: Option<&Head>, change: &Change<'_>) -> Result<Head, StoreError> {
        let row = change.row;
        let head = row.head(change.header);
        match expected {
            None => self.create(change, &head)?,
            Some(expected) => self.move_head(row.gid, expected, &head)?,
        }
        self.insert_event(row)?;
        match &change.what {
            What::Event(event) => self.change_tables(row.gid, &head, event)?,
            What::Wiped(kind) => self.change_tables_wiped(change, *kind)?,
            What::Unknown(Weight::Critical) => self.make_read_only(row.gid, UNKNOWN_CRITICAL)?,
            What::Unknown(Weight::Skippable) => {}
        }
        Ok(head)
    }

    fn create(&self, change: &Change<'_>, head: &Head) -> Result<(), StoreError> {
        if let Some(found) = self.head(change.row.gid)? {
            return Err(StoreError::Conflict { found: Some(found) });
        }
        let What::Event(GroupEvent::GroupCreated { gid, kind, mode, role, settings }) = &change.what else {
            return Err(StoreError::Conflict { found: None });
        };
        if *gid != change.row.gid {
            return Err(StoreError::Constraint("a group's first event names another group".into()));
        }
        let facts = GroupFacts {
            gid: *gid,
            kind: *kind,
            mode: *mode,
            role: *role,
            settings: settings.clone(),
            member_count: 0,
            next_member_number: MemberNumber::FIRST,
            read_only: None,
        };
        self.insert_group(&GroupRow { facts, head: *head, created: head.time })
    }

    fn change_tables(&self, gid: GroupId, head: &Head, event: &GroupEvent) -> Result<(), StoreError> {
        match event {
            GroupEvent::GroupCreated { .. } if head.seq == Seq::FIRST => Ok(()),
            GroupEvent::GroupCreated { .. } => {
                Err(StoreError::Constraint("a group begins with its first event only".into()))
            }
            GroupEvent::MemberJoined { member, number, nick } => {
                let (identity, number, nick) = (*member, *number, nick.clone());
                let member = Member { identity, number, nick, relay: Relay::Off, joined: head.time };
                self.insert_member(gid, &member)
            }
            GroupEvent::MemberLeft { member } => self.delete_member(gid, *member),
            GroupEvent::RelaySwitched { member, relay } => self.set_relay(gid, *member, *relay),
            GroupEvent::MessagePosted { post } => self.add_post(gid, head, post),
            GroupEvent::Reacted { target, post } => {
                check_id(gid, post)?;
                self.insert_reaction(gid, head.seq, post.id, *target, Some(post.author))
            }
            GroupEvent::IdentityBanned { identity, reason, by, until } => {
                let (identity, reason, by, until) = (*identity, reason.clone(), *by, *until);
                self.delete_member(gid, identity)?;
                self.put_ban(gid, &Ban { identity, reason, by, since: head.time, until })
            }
            GroupEvent::IdentityUnbanned { identity, by: _ } => self.delete_ban(gid, *identity),
        }
    }

    fn add_post(&self, gid: GroupId, head: &Head, post: &Post) -> Result<(), StoreError> {
        check_id(gid, post)?;
        self.insert_message(gid, (head.seq, head.time), post.id, Some((post.author, post.author_time)))
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
            EventKind::MessagePosted => header
                .post_ids
                .iter()
                .try_for_each(|id| self.insert_message(row.gid, (header.seq, header.time), *id, None)),
            // Its place stays, so that whoever recorded the reaction can't bring it back.
            EventKind::Reacted => match *header.post_ids.as_slice() {
                [id, target, ..] => self.insert_reaction(row.gid, header.seq, id, target, None),
                _ => Ok(()),
            },
            EventKind::MemberLeft
            | EventKind::RelaySwitched
            | EventKind::IdentityBanned
            | EventKind::IdentityUnbanned => Ok(()),
        }
    }
}

fn check_id(gid: GroupId, post: &Post) -> Result<(), StoreError> {
    match post.id == post.authorship.post_id(gid, post.author) {
        true => Ok(()),
        false => Err(StoreError::Constraint("a post's id does not follow from the post".into())),
    }
}
