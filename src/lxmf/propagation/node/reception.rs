//! What is brought to our propagation node: taken apart, checked for what it is worth, and kept or refused.
//! Not who may bring how much; the visitors know that.

use super::super::entry::{StampedEntry, unpack_container};
use super::super::propagation_destination;
use super::super::refusal::NodeRefusal;
use super::super::storage::{Deposit, StoreTask};
use super::super::uploads::{Rest, Upload, UploadId};
use super::super::visitors::Allowance;
use super::{PropagationNode, Work};
use crate::lxmf::job::{Claim, Task};
use crate::lxmf::stamp::Purpose;
use crate::rns::Node;
use crate::rns::error::DropReason;
use crate::rns::event::ProofToken;
use crate::rns::hash::LinkId;
use crate::rns::time::Now;

/// Most entries that are taken from a peer at once.
const MAX_ENTRIES: usize = 4096;

impl PropagationNode {
    /// Somebody brought entries. Nothing of them counts before their stamps are checked.
    pub(super) fn handle_upload(
        &mut self,
        now: Now,
        node: &mut Node,
        link: LinkId,
        data: &[u8],
        proof: ProofToken,
    ) {
        let entries = match unpack_container(data, MAX_ENTRIES) {
            Ok(entries) if !entries.is_empty() => entries,
            Ok(_) => return self.turn_away(now, node, link, &proof, DropReason::Malformed),
            Err(reason) => return self.turn_away(now, node, link, &proof, reason),
        };
        if entries.len() > 1 && self.visitors.allowance(link) == Allowance::One {
            return self.turn_away(now, node, link, &proof, DropReason::OutOfOrder);
        }
        let count = entries.len();
        let entries: Vec<_> =
            entries.into_iter().filter_map(|entry| StampedEntry::parse(entry).ok()).collect();
        let rest = if entries.len() == count { Rest::None } else { Rest::Rubbish };
        let peer = self.visitors.identity(link).map(|identity| propagation_destination(identity.hash()));
        let from = peer.filter(|peer| self.peers.contains(*peer));
        let upload = Upload { link, proof, entries, rest, from };
        if upload.entries.is_empty() {
            return self.refuse(now, node, &upload);
        }
        let task = Task::Check {
            stamps: upload.entries.iter().map(claim).collect(),
            purpose: Purpose::Propagation,
            cost: self.terms.stamp_cost.saturating_sub(self.terms.flexibility),
        };
        let taken = self.uploads.add(upload).is_ok_and(|upload| {
            let submitted = self.out.jobs.submit(Work::Stamps(upload), task).is_ok();
            submitted || self.uploads.take(upload).is_none()
        });
        // A Resource that is refused is never sent again. A link that is closed is opened again.
        if !taken {
            self.drops.add(DropReason::TableFull);
            node.close_link(now, link);
        }
    }

    /// The stamps of a transfer have been checked: what each is worth, `None` if too little.
    pub(super) fn handle_checked(
        &mut self,
        now: Now,
        node: &mut Node,
        upload: UploadId,
        values: Vec<Option<u16>>,
    ) {
        let Some(mut upload) = self.uploads.take(upload) else { return };
        let count = upload.entries.len();
        let checked = std::mem::take(&mut upload.entries).into_iter().zip(values);
        let good: Vec<_> = checked.filter_map(|(entry, value)| Some((entry, value?))).collect();
        let all_good = good.len() == count && upload.rest == Rest::None;
        let taken = u64::try_from(good.len()).unwrap_or(u64::MAX);
        self.out.counts.taken = self.out.counts.taken.saturating_add(taken);
        if !all_good {
            self.refuse(now, node, &upload);
        }
        if !good.is_empty() {
            let proof = all_good.then_some(upload.proof);
            self.out.tasks.push_back(StoreTask::Deposit(Deposit { entries: good, proof, from: upload.from }));
        }
    }

    /// A stamp is worth too little: its sender is told, and a peer has to wait.
    fn refuse(&mut self, now: Now, node: &mut Node, upload: &Upload) {
        self.out.counts.refused = self.out.counts.refused.saturating_add(1);
        match upload.proof {
            ProofToken::Resource { .. } => node.refuse(now, &upload.proof),
            ProofToken::LinkPacket { .. } | ProofToken::Packet { .. } => {
                // On a link that is gone there is nobody to tell.
                let _ = node.send_link_packet(now, upload.link, &NodeRefusal::InvalidStamp.signal());
                node.close_link(now, upload.link);
            }
        }
        if let Some(peer) = upload.from {
            self.visitors.throttle(now.instant, peer);
        }
    }

    /// What nobody sends who keeps to the protocol.
    fn turn_away(&mut self, now: Now, node: &mut Node, link: LinkId, proof: &ProofToken, why: DropReason) {
        self.drops.add(why);
        self.out.counts.refused = self.out.counts.refused.saturating_add(1);
        node.refuse(now, proof);
        node.close_link(now, link);
    }
}

fn claim(entry: &StampedEntry) -> Claim {
    Claim { material: entry.id().as_bytes().to_vec(), stamp: entry.stamp().to_vec() }
}
