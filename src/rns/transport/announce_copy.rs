//! An announce as it was heard, kept to be passed on word for word.
//! Not what it says; that went into the known destinations when it was checked.

use std::sync::Arc;

use crate::rns::hash::{Address, IdentityHash};
use crate::rns::packet::{Context, DestinationType, HEADER_MAX, MTU, Packet, PacketType, Propagation};
use crate::rns::snapshot::CopyRecord;

/// The parts of a valid announce that no hop changes. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnnounceCopy {
    address: Address,
    context_flag: bool,
    payload: Arc<[u8]>,
}

impl AnnounceCopy {
    /// Copies an announce; `None` if it leaves no room for the header that a transport node puts on.
    pub(crate) fn of(packet: &Packet<'_>) -> Option<Self> {
        (packet.payload.len().saturating_add(HEADER_MAX) <= MTU).then(|| Self {
            address: packet.address,
            context_flag: packet.context_flag,
            payload: packet.payload.into(),
        })
    }

    /// The copy as it is kept beyond this run.
    pub(crate) fn record(&self) -> CopyRecord {
        CopyRecord { context_flag: self.context_flag, payload: self.payload.to_vec() }
    }

    /// Takes one of these back; `None` as in [`Self::of`].
    pub(crate) fn restore(address: Address, record: CopyRecord) -> Option<Self> {
        (record.payload.len().saturating_add(HEADER_MAX) <= MTU).then(|| Self {
            address,
            context_flag: record.context_flag,
            payload: record.payload.into(),
        })
    }

    /// Bytes of payload.
    pub(crate) fn len(&self) -> usize {
        self.payload.len()
    }

    /// The packet by which the transport node `by`, `hops` away from the destination, passes it on.
    pub(crate) fn frame(&self, by: IdentityHash, hops: u8, context: Context) -> Vec<u8> {
        let packet = Packet {
            context_flag: self.context_flag,
            propagation: Propagation::Transport,
            destination_type: DestinationType::Single,
            packet_type: PacketType::Announce,
            hops,
            transport_id: Some(by),
            address: self.address,
            context,
            payload: &self.payload,
        };
        packet.pack()
    }
}
