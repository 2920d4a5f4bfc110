//! Tickets: a secret that one gives to another, who then needs no work to send.
//! Not where they are kept, and not who gets one; the server decides that.

use std::time::Duration;

use rmpv::Value;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::message::MessageHash;
use crate::rns::hash::truncated_sha256;
use crate::rns::random::Random;
use crate::rns::time::UnixTime;

/// `TICKET_LENGTH`: bytes of a ticket, and of a stamp made with one.
pub const TICKET_LEN: usize = 16;
/// `FIELD_TICKET`: the field that carries a ticket.
pub const FIELD_TICKET: u64 = 0x0c;
/// `TICKET_EXPIRY`: how long a new ticket holds.
const TICKET_EXPIRY: Duration = Duration::from_secs(21 * 86_400);
/// `TICKET_RENEW`: with more than this left, the same ticket is given again.
const TICKET_RENEW: Duration = Duration::from_secs(14 * 86_400);
/// `TICKET_INTERVAL`: between two deliveries of a ticket to one peer, at least.
const TICKET_INTERVAL: Duration = Duration::from_secs(86_400);
/// `TICKET_GRACE`: how long a ticket that has ended is still kept; nothing is accepted with it.
const TICKET_GRACE: Duration = Duration::from_secs(5 * 86_400);

/// A ticket.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Ticket([u8; TICKET_LEN]);

impl Ticket {
    /// A new one.
    pub fn draw(random: &mut Random) -> Self {
        Self(random.bytes())
    }

    /// One that was kept or received.
    pub const fn from_bytes(bytes: [u8; TICKET_LEN]) -> Self {
        Self(bytes)
    }

    /// The secret.
    pub const fn as_bytes(&self) -> &[u8; TICKET_LEN] {
        &self.0
    }

    /// What stands in the place of a stamp in the message of that hash.
    pub fn stamp(&self, message: MessageHash) -> [u8; TICKET_LEN] {
        truncated_sha256(&[&self.0, message.as_bytes()])
    }

    /// Was `stamp` made with this ticket for that message?
    pub fn made(&self, stamp: &[u8], message: MessageHash) -> bool {
        self.stamp(message)[..].ct_eq(stamp).into()
    }
}

impl PartialEq for Ticket {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticket(…)")
    }
}

/// A ticket and when it ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// The ticket.
    pub ticket: Ticket,
    /// From then on nothing is accepted with it.
    pub expires: UnixTime,
}

impl Grant {
    /// A new ticket.
    pub fn draw(now: UnixTime, random: &mut Random) -> Self {
        Self { ticket: Ticket::draw(random), expires: now.after(TICKET_EXPIRY) }
    }

    /// Reads the value of a ticket field. `None` if it holds no ticket that can still be used.
    pub fn from_field(value: &Value, now: UnixTime) -> Option<Self> {
        let elements = value.as_array()?;
        let expires = UnixTime::from_secs_f64(elements.first()?.as_f64()?);
        let Some(Value::Binary(ticket)) = elements.get(1) else { return None };
        let ticket = Ticket::from_bytes(ticket.as_slice().try_into().ok()?);
        let grant = Self { ticket, expires };
        grant.holds(now).then_some(grant)
    }

    /// The value of the field that gives it.
    pub fn to_field(&self) -> Value {
        Value::Array(vec![self.expires.as_secs_f64().into(), Value::Binary(self.ticket.as_bytes().to_vec())])
    }

    /// Is anything accepted with it now?
    pub fn holds(&self, now: UnixTime) -> bool {
        self.expires > now
    }

    /// May it be given again, or is it so near its end that a new one is due?
    pub fn is_fresh(&self, now: UnixTime) -> bool {
        self.expires > now.after(TICKET_RENEW)
    }

    /// The end of those that can be deleted: what ended before then is of no use to anybody.
    pub fn forgotten_before(now: UnixTime) -> UnixTime {
        UnixTime::from_micros(now.as_micros().saturating_sub(micros(TICKET_GRACE)))
    }
}

/// Which ticket to give.
#[derive(Debug, Clone, PartialEq)]
pub enum Issue {
    /// One that was made before.
    Again(Grant),
    /// A new one, to be kept before it is given.
    New(Grant),
    /// None: one was delivered less than a day ago.
    Nothing,
}

impl Issue {
    /// Which ticket somebody gets who holds `newest` and was last delivered one at `delivered`.
    pub fn decide(
        newest: Option<Grant>,
        delivered: Option<UnixTime>,
        now: UnixTime,
        random: &mut Random,
    ) -> Self {
        // A time that lies ahead was written by a clock that has been set back since.
        if delivered.is_some_and(|time| time <= now && time.after(TICKET_INTERVAL) > now) {
            return Self::Nothing;
        }
        match newest {
            Some(grant) if grant.is_fresh(now) => Self::Again(grant),
            _ => Self::New(Grant::draw(now, random)),
        }
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> UnixTime {
        UnixTime::from_micros(secs * 1_000_000)
    }

    fn grant(expires: UnixTime) -> Grant {
        Grant { ticket: Ticket::from_bytes([7; 16]), expires }
    }

    #[test]
    fn a_ticket_is_never_printed() {
        let grant = Grant { ticket: Ticket::from_bytes([0xab; 16]), expires: at(5) };
        assert!(format!("{grant:?}").starts_with("Grant { ticket: Ticket(…), expires:"));
    }

    #[test]
    fn what_a_field_gives_is_what_was_put_in() {
        let given = grant(at(1_000));
        assert_eq!(Grant::from_field(&given.to_field(), at(999)), Some(given.clone()));
        assert_eq!(Grant::from_field(&given.to_field(), at(1_000)), None, "it has ended");
    }

    #[test]
    fn a_field_of_any_other_shape_gives_nothing() {
        let bin = |len| Value::Binary(vec![1; len]);
        for odd in [
            Value::Nil,
            Value::Array(vec![]),
            Value::Array(vec![9e9.into()]),
            Value::Array(vec![9e9.into(), bin(15)]),
            Value::Array(vec![9e9.into(), bin(17)]),
            Value::Array(vec![9e9.into(), "sixteen letters!".into()]),
            Value::Array(vec!["soon".into(), bin(16)]),
            Value::Array(vec![f64::NAN.into(), bin(16)]),
            Value::Array(vec![f64::NEG_INFINITY.into(), bin(16)]),
            Value::Map(vec![(9e9.into(), bin(16))]),
        ] {
            assert_eq!(Grant::from_field(&odd, at(1_000)), None, "{odd}");
        }
        let longer = Value::Array(vec![9_000_000_000_u64.into(), bin(16), Value::Nil]);
        assert!(Grant::from_field(&longer, at(1_000)).is_some(), "whole seconds, and what may follow");
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_hold_tickets_back() {
        let mut random = Random::from_seed([1; 32]);
        let issue = Issue::decide(Some(grant(at(5_000_000))), Some(at(2_000)), at(1_000), &mut random);
        assert_eq!(issue, Issue::Again(grant(at(5_000_000))));
    }

    #[test]
    fn a_stamp_of_another_ticket_or_message_or_length_is_none_of_it() {
        let hash = |n| MessageHash::from_bytes([n; 32]);
        let ticket = Ticket::from_bytes([7; 16]);
        let stamp = ticket.stamp(hash(1));
        assert!(ticket.made(&stamp, hash(1)));
        assert!(!ticket.made(&stamp, hash(2)) && !Ticket::from_bytes([8; 16]).made(&stamp, hash(1)));
        assert!(!ticket.made(&stamp[..15], hash(1)) && !ticket.made(&[], hash(1)));
    }
}
