//! The tap: every packet that came in, numbered, as it was after its access code was taken off.
//! Not only packets that the node took in.

use std::collections::VecDeque;

use roost::rns::packet::Packet;
use roost::rns::time::Now;
use serde_json::{Value, json};

/// Most packets that are kept; the oldest go.
const MOST: usize = 4096;

/// What came in.
#[derive(Debug, Default)]
pub(super) struct Tap {
    packets: VecDeque<Value>,
    highest: u64,
}

impl Tap {
    pub(super) fn note(&mut self, now: Now, interface: &str, raw: &[u8], packet: &Packet<'_>) {
        self.highest += 1;
        if self.packets.len() == MOST {
            self.packets.pop_front();
        }
        self.packets.push_back(json!({
            "seq": self.highest,
            "raw_hex": hex::encode(raw),
            "packet_type": packet.packet_type as u8,
            "destination_hash_hex": packet.address.to_string(),
            "context": packet.context.to_byte(),
            "timestamp_ms": now.unix.as_micros() / 1000,
            "interface_name": interface,
        }));
    }

    /// The newest packet of which something holds.
    pub(super) fn last(&self, holds: impl Fn(&Packet<'_>) -> bool) -> Option<Vec<u8>> {
        let raw =
            self.packets.iter().rev().filter_map(|packet| hex::decode(packet["raw_hex"].as_str()?).ok());
        raw.into_iter().find(|raw| Packet::parse(raw).is_ok_and(|packet| holds(&packet)))
    }

    /// The packets after number `seq`, and the highest number.
    pub(super) fn since(&self, seq: u64) -> Value {
        let after = |packet: &&Value| packet["seq"].as_u64().is_some_and(|number| number > seq);
        let packets: Vec<_> = self.packets.iter().filter(after).collect();
        json!({"packets": packets, "highest_seq": self.highest})
    }
}
