//! What a group asks of those who write to it: work, or a ticket; and the tickets that it gives and is given.
//! Not the check of work, which was done before a message comes here.

use rmpv::Value;

use super::batch::Batch;
use super::hosted::Hosted;
use crate::group::{GroupId, Sentence};
use crate::lxmf::ticket::{FIELD_TICKET, Grant, Issue, Ticket};
use crate::lxmf::{Message, SignedMessage, StampState};
use crate::rns::hash::IdentityHash;
use crate::rns::msgpack;
use crate::rns::time::UnixTime;
use crate::store::{Giver, StoreError, TicketRow, Transaction};

/// Most bytes of a payload that fits one packet (page 10 §5).
const MOST_PAYLOAD: usize = 303;
/// What a ticket adds to a payload: the field's number, an array of two, a float, and 16 bytes.
const TICKET_FIELD: usize = 1 + 1 + 9 + 18;

/// What is asked of those who write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StampTerms {
    /// Leading zero bits, 1 to 254.
    pub cost: u8,
    /// What becomes of a message that brings less.
    pub enforcement: Enforcement,
}

/// What becomes of a message without the stamp that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enforcement {
    /// It is refused, and its sender told once.
    Refused,
    /// It is taken like any other.
    Taken,
}

impl StampTerms {
    /// What somebody is told whose message is refused.
    pub(super) const fn hint(self) -> Sentence {
        Sentence::StampAsked { cost: self.cost }
    }
}

impl Batch<'_, '_> {
    /// Is a message to be refused, because it does not bring what is asked for?
    pub(super) fn lacks_stamp(
        &self,
        hosted: &Hosted,
        message: &SignedMessage,
        author: IdentityHash,
        stamp: StampState,
    ) -> Result<Option<StampTerms>, StoreError> {
        let Some(terms) = self.stamps.filter(|terms| terms.enforcement == Enforcement::Refused) else {
            return Ok(None);
        };
        let brings_enough = match stamp {
            StampState::NotAsked | StampState::Valid(_) => true,
            StampState::Missing | StampState::Invalid => false,
            StampState::Ticket(stamp) => {
                let given = self.store.tickets_given(hosted.gid, author)?;
                let mut holding = given.iter().map(grant).filter(|grant| grant.holds(self.now.unix));
                holding.any(|grant| grant.ticket.made(&stamp, message.hash))
            }
        };
        Ok((!brings_enough).then_some(terms))
    }

    /// Keeps the ticket that a message carries, if its author is a member: to others the group sends too little to need
    /// one, and anybody can make up others.
    pub(super) fn keep_ticket(
        &self,
        hosted: &Hosted,
        message: &SignedMessage,
        author: IdentityHash,
    ) -> Result<(), StoreError> {
        let Some(grant) = granted(&message.message.fields, self.now.unix) else { return Ok(()) };
        if self.store.member(hosted.gid, author)?.is_none() {
            return Ok(());
        }
        let before = self.store.ticket_granted(hosted.gid, author)?;
        let row = row(&grant, None);
        if before.as_ref() == Some(&row) {
            return Ok(());
        }
        self.store.put_ticket(hosted.gid, author, Giver::Person, &row)
    }

    /// An answer to somebody, with a ticket if one is due and has room: if stamps are asked for, members get one, at most
    /// once a day. One that must go on a link because of it would cost more air than another day's work.
    pub(super) fn with_ticket(
        &mut self,
        hosted: &Hosted,
        person: IdentityHash,
        answer: Message,
    ) -> Result<Message, StoreError> {
        let room = MOST_PAYLOAD.saturating_sub(answer.payload().len());
        let asks = self.stamps.is_some() || hosted.stamp_cost().is_some();
        if !asks || room < TICKET_FIELD || self.store.member(hosted.gid, person)?.is_none() {
            return Ok(answer);
        }
        let now = self.now.unix;
        let given = self.store.tickets_given(hosted.gid, person)?;
        let last = given.iter().filter_map(|row| row.given).max();
        let newest = given.first().map(grant);
        let grant = match Issue::decide(newest, last, now, self.random) {
            Issue::Nothing => return Ok(answer),
            Issue::Again(grant) | Issue::New(grant) => grant,
        };
        self.store.put_ticket(hosted.gid, person, Giver::Group, &row(&grant, Some(now)))?;
        let fields = msgpack::encode(&Value::Map(vec![(FIELD_TICKET.into(), grant.to_field())]));
        Ok(Message { fields, ..answer })
    }
}

/// The ticket that somebody has given to the group, while it holds: a message to them needs no work.
pub(super) fn ticket_to(
    store: &Transaction<'_>,
    gid: GroupId,
    person: IdentityHash,
    now: UnixTime,
) -> Result<Option<Ticket>, StoreError> {
    let granted = store.ticket_granted(gid, person)?.as_ref().map(grant);
    Ok(granted.filter(|grant| grant.holds(now)).map(|grant| grant.ticket))
}

/// The ticket in the fields of a message.
fn granted(fields: &[u8], now: UnixTime) -> Option<Grant> {
    let Ok(Value::Map(fields)) = msgpack::decode(fields) else { return None };
    let (_, value) = fields.iter().find(|(id, _)| id.as_u64() == Some(FIELD_TICKET))?;
    Grant::from_field(value, now)
}

fn grant(row: &TicketRow) -> Grant {
    Grant { ticket: Ticket::from_bytes(row.ticket), expires: row.expires }
}

const fn row(grant: &Grant, given: Option<UnixTime>) -> TicketRow {
    TicketRow { ticket: *grant.ticket.as_bytes(), expires: grant.expires, given }
}
