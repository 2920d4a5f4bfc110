//! Receipts: packets of ours to SINGLE destinations that wait for their proof.
//! Not those on links; a link keeps its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::proof;
use crate::rns::error::DropReason;
use crate::rns::hash::{Address, PacketHash};
use crate::rns::identity::PublicIdentity;
use crate::rns::time::Instant;

/// `Transport.MAX_RECEIPTS`: with one more, the one nearest to its deadline counts as timed out.
const MAX_RECEIPTS: usize = 1024;

#[derive(Debug)]
struct Receipt {
    packet: PacketHash,
    prover: PublicIdentity,
    sent: Instant,
    deadline: Instant,
}

/// The outstanding receipts.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    open: BTreeMap<Address, Receipt>,
    deadlines: BTreeSet<(Instant, Address)>,
}

impl Receipts {
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Waits for `prover` to prove `packet`. Returns the packet that had to make room.
    pub(crate) fn expect(
        &mut self,
        now: Instant,
        packet: PacketHash,
        prover: PublicIdentity,
        timeout: Duration,
    ) -> Option<PacketHash> {
        let culled = if self.open.len() >= MAX_RECEIPTS { self.pop_first() } else { None };
        let (address, deadline) = (packet.truncated(), now.after(timeout));
        self.deadlines.insert((deadline, address));
        self.open.insert(address, Receipt { packet, prover, sent: now, deadline });
        culled
    }

    /// A proof arrived: which packet it proves, and how long that took.
    pub(crate) fn handle_proof(
        &mut self,
        now: Instant,
        address: Address,
        payload: &[u8],
    ) -> Result<(PacketHash, Duration), DropReason> {
        // An implicit proof does not name the packet, but its address is the packet's truncated hash.
        let receipt = self.open.get(&address).ok_or(DropReason::UnexpectedProof)?;
        proof::check(payload, receipt.packet, &receipt.prover)?;
        let outcome = (receipt.packet, now.since(receipt.sent));
        self.deadlines.remove(&(receipt.deadline, address));
        self.open.remove(&address);
        Ok(outcome)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// The next packet whose proof is overdue.
    pub(crate) fn poll_expired(&mut self, now: Instant) -> Option<PacketHash> {
        self.poll_timeout().filter(|deadline| *deadline <= now).and_then(|_| self.pop_first())
    }

    fn pop_first(&mut self) -> Option<PacketHash> {
        let (_, address) = self.deadlines.pop_first()?;
        self.open.remove(&address).map(|receipt| receipt.packet)
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{ProofForm, build};
    use super::super::{HEADER_MIN, Packet};
    use super::*;
    use crate::rns::identity::Identity;

    fn packet(n: u16) -> PacketHash {
        let mut bytes = [0; 32];
        bytes[..2].copy_from_slice(&n.to_be_bytes());
        PacketHash::from_bytes(bytes)
    }

    #[test]
    fn both_forms_of_proof_count_once_and_only_from_the_right_prover() {
        let prover = Identity::from_private_bytes(&[3; 64]);
        let stranger = Identity::from_private_bytes(&[4; 64]);
        let mut receipts = Receipts::default();
        let sent = Instant::ZERO.after(Duration::from_secs(1));
        let proved = sent.after(Duration::from_millis(50));
        for (n, form) in [(1, ProofForm::Implicit), (2, ProofForm::Explicit)] {
            receipts.expect(sent, packet(n), prover.public().clone(), Duration::from_secs(12));
            let forged = build(&stranger, packet(n), form);
            let honest = build(&prover, packet(n), form);
            let mut take = |frame: &[u8]| {
                receipts.handle_proof(proved, Packet::parse(frame).unwrap().address, &frame[HEADER_MIN..])
            };
            assert_eq!(take(&forged), Err(DropReason::BadSignature));
            assert_eq!(take(&honest[..honest.len() - 1]), Err(DropReason::Malformed));
            assert_eq!(take(&honest), Ok((packet(n), Duration::from_millis(50))));
            assert_eq!(take(&honest), Err(DropReason::UnexpectedProof));
        }
        assert_eq!(receipts.poll_timeout(), None);
    }

    #[test]
    fn receipts_are_capped_and_the_culled_one_is_told() {
        let prover = Identity::from_private_bytes(&[3; 64]);
        let mut receipts = Receipts::default();
        let mut culled = Vec::new();
        for n in 0..1030 {
            let timeout = Duration::from_secs(u64::from(n) + 1);
            culled.extend(receipts.expect(Instant::ZERO, packet(n), prover.public().clone(), timeout));
        }
        assert_eq!(receipts.len(), 1024);
        assert_eq!(culled, (0..6).map(packet).collect::<Vec<_>>());
        let later = Instant::ZERO.after(Duration::from_secs(7));
        assert_eq!(receipts.poll_expired(later), Some(packet(6)));
        assert_eq!(receipts.poll_expired(later), None);
    }
}
