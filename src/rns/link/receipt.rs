//! Packets of ours on a link that wait for their proof.
//! Not requests: their answer is the acknowledgement.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::error::{DropReason, MisuseError};
use super::super::event::Event;
use super::super::hash::PacketHash;
use super::super::time::Instant;
use super::session::{Session, split_proof};

/// Receipts per link; the newcomer loses, because the caller can wait.
const MAX_RECEIPTS: usize = 256;
/// `Link.TRAFFIC_TIMEOUT_FACTOR`.
const TIMEOUT_ROUND_TRIPS: u32 = 6;
/// The reference names 5 ms (`Link.TRAFFIC_TIMEOUT_MIN_MS`) but looks only once per second
/// (`Transport.receipts_check_interval`), so its peers have never had to be faster than this.
const TIMEOUT_MIN: Duration = Duration::from_secs(1);

/// The receipts of one link, oldest first.
#[derive(Debug, Default)]
pub(super) struct Receipts(VecDeque<Receipt>);

#[derive(Debug)]
struct Receipt {
    packet: PacketHash,
    sent_at: Instant,
    deadline: Instant,
}

impl Receipts {
    pub(super) fn check_room(&self) -> Result<(), MisuseError> {
        if self.0.len() < MAX_RECEIPTS { Ok(()) } else { Err(MisuseError::Full) }
    }

    /// `packet` has just left, and its proof is awaited for at least `patience`.
    pub(super) fn add(&mut self, now: Instant, packet: PacketHash, round_trip: Duration, patience: Duration) {
        let timeout = round_trip.saturating_mul(TIMEOUT_ROUND_TRIPS).max(TIMEOUT_MIN).max(patience);
        self.0.push_back(Receipt { packet, sent_at: now, deadline: now.after(timeout) });
    }

    /// A packet proof came in.
    pub(super) fn handle_proof(
        &mut self,
        now: Instant,
        session: &Session,
        payload: &[u8],
    ) -> Result<Event, DropReason> {
        let (packet, signature) = split_proof(payload)?;
        let position =
            self.0.iter().position(|receipt| receipt.packet == packet).ok_or(DropReason::UnexpectedProof)?;
        if !session.verify(packet, signature) {
            return Err(DropReason::BadSignature);
        }
        let receipt = self.0.remove(position).ok_or(DropReason::UnexpectedProof)?;
        Ok(Event::PacketDelivered { packet, round_trip: now.since(receipt.sent_at) })
    }

    /// Takes one receipt whose time is over.
    pub(super) fn expired(&mut self, now: Instant) -> Option<PacketHash> {
        let position = self.0.iter().position(|receipt| now >= receipt.deadline)?;
        self.0.remove(position).map(|receipt| receipt.packet)
    }

    /// Takes any receipt: the link is closed.
    pub(super) fn take(&mut self) -> Option<PacketHash> {
        self.0.pop_front().map(|receipt| receipt.packet)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.0.iter().map(|receipt| receipt.deadline).min()
    }
}
