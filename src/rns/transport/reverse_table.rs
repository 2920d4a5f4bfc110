//! The reverse table: where packets came from that were passed on, so that their proofs find back.
//! Not for packets on links, whose proofs travel like any packet of the link.

use std::time::Duration;

use super::fair::Fair;
use crate::rns::error::DropReason;
use crate::rns::hash::Address;
use crate::rns::interface::InterfaceId;
use crate::rns::time::Instant;

/// Most packets whose proof is waited for.
const MAX_ENTRIES: usize = 16_384;
/// `Transport.REVERSE_TIMEOUT`.
const LIFETIME: Duration = Duration::from_secs(480);

#[derive(Debug)]
struct Entry {
    received_on: InterfaceId,
    sent_on: InterfaceId,
}

/// Packets passed on, by truncated hash.
#[derive(Debug)]
pub(crate) struct ReverseTable(Fair<Address, Entry>);

impl ReverseTable {
    pub(crate) fn new() -> Self {
        Self(Fair::new(MAX_ENTRIES))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn contains(&self, packet: Address) -> bool {
        self.0.contains(&packet)
    }

    /// A packet was passed on.
    pub(crate) fn insert(
        &mut self,
        now: Instant,
        packet: Address,
        received_on: InterfaceId,
        sent_on: InterfaceId,
    ) {
        self.0.insert(now, received_on, packet, Entry { received_on, sent_on });
    }

    /// A proof came in: where it goes. Only one passes per packet, and only from where the packet went.
    pub(crate) fn take(
        &mut self,
        packet: Address,
        interface: InterfaceId,
    ) -> Result<InterfaceId, DropReason> {
        let entry = self.0.get(&packet).ok_or(DropReason::UnexpectedProof)?;
        if entry.sent_on != interface {
            return Err(DropReason::WrongInterface);
        }
        let received_on = entry.received_on;
        self.0.remove(&packet);
        Ok(received_on)
    }

    pub(crate) fn remove_interface(&mut self, interface: InterfaceId) {
        self.0.remove_all_of(interface);
        self.0.extract(|entry| entry.sent_on == interface);
    }

    pub(crate) fn expire(&mut self, now: Instant) {
        self.0.expire(now, LIFETIME);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: InterfaceId = InterfaceId(1);
    const Y: InterfaceId = InterfaceId(2);

    fn packet(n: u32) -> Address {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        Address::from_bytes(bytes)
    }

    #[test]
    fn one_proof_finds_back_and_only_from_where_the_packet_went() {
        let mut table = ReverseTable::new();
        table.insert(Instant::ZERO, packet(1), X, Y);
        assert_eq!(table.take(packet(1), X), Err(DropReason::WrongInterface));
        assert_eq!(table.take(packet(1), Y), Ok(X));
        assert_eq!(table.take(packet(1), Y), Err(DropReason::UnexpectedProof));
    }

    #[test]
    fn entries_are_forgotten_after_eight_minutes_and_never_too_many() {
        let mut table = ReverseTable::new();
        for n in 0..20_000 {
            table.insert(Instant::ZERO, packet(n), X, Y);
        }
        assert_eq!(table.len(), MAX_ENTRIES);
        table.expire(Instant::ZERO.after(Duration::from_secs(479)));
        assert_eq!(table.len(), MAX_ENTRIES);
        table.expire(Instant::ZERO.after(Duration::from_secs(480)));
        assert_eq!(table.len(), 0);
    }
}
