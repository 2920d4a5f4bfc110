//! What a run has cost: packets and bytes by kind, as a table for the snapshots.
//! Not time on air; the radio's bill has that.

use roost::rns::packet::{Packet, PacketType};

use crate::network::Sent;

/// What a run has cost, as a table: packets and bytes by kind.
pub(crate) fn cost(sent: &[Sent]) -> String {
    let mut lines = Vec::new();
    let kinds = [PacketType::Announce, PacketType::LinkRequest, PacketType::Proof, PacketType::Data];
    for kind in kinds {
        let of_kind = |one: &&Sent| Packet::parse(&one.frame).is_ok_and(|packet| packet.packet_type == kind);
        let frames: Vec<_> = sent.iter().filter(of_kind).collect();
        let bytes: usize = frames.iter().map(|one| one.frame.len()).sum();
        lines.push(format!("{kind:?}: {} packets, {bytes} bytes", frames.len()));
    }
    lines.join("\n")
}
