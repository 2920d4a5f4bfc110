//! One link: the encrypted session between its initiator and a destination, seen from one end.
//! Not the table of links, and not where its frames go: the node keeps that.

use std::time::Duration;

use super::error::{DropReason, MisuseError};
use super::event::{Event, ProofToken};
use super::hash::{DestinationHash, LinkId, PacketHash, RequestId, ResourceHash};
use super::identity::{Identity, PublicIdentity};
use super::node::Compression;
use super::packet::Packet;
use super::random::Random;
use super::time::{Instant, Now};

/// What a link that arrives may do.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// Largest Resource in uncompressed bytes; 0 accepts none.
    pub(crate) max_resource: usize,
    /// Paths that are served.
    pub(crate) request_paths: Vec<super::hash::PathHash>,
}

/// One end of a link. The node routes packets to it and takes frames and events from it.
#[derive(Debug)]
pub(crate) struct Link {}

impl Link {
    /// Opens a link to `destination`, `hops` away. `signalled_mtu` is the first hop's hardware MTU where it
    /// takes part in MTU discovery, 500 otherwise. The link request waits in `poll_transmit`.
    pub(crate) fn open(
        now: Now,
        destination: DestinationHash,
        peer: PublicIdentity,
        hops: u8,
        first_hop_bitrate: u64,
        signalled_mtu: usize,
        random: &mut Random,
    ) -> Self {
        unimplemented!()
    }

    /// Accepts a link request to a destination of ours. `max_mtu` is what the receiving interface can carry.
    /// The proof waits in `poll_transmit`.
    pub(crate) fn accept(
        now: Now,
        request: &Packet<'_>,
        received_hops: u8,
        identity: &Identity,
        max_mtu: usize,
        terms: Terms,
        random: &mut Random,
    ) -> Result<Self, DropReason> {
        unimplemented!()
    }

    pub(crate) fn id(&self) -> LinkId {
        unimplemented!()
    }
    pub(crate) fn destination(&self) -> DestinationHash {
        unimplemented!()
    }
    pub(crate) fn is_initiator(&self) -> bool {
        unimplemented!()
    }
    pub(crate) fn is_active(&self) -> bool {
        unimplemented!()
    }
    /// The node removes a closed link once its frames and events are taken.
    pub(crate) fn is_closed(&self) -> bool {
        unimplemented!()
    }
    pub(crate) fn mdu(&self) -> usize {
        unimplemented!()
    }
    pub(crate) fn round_trip(&self) -> Duration {
        unimplemented!()
    }

    /// A packet addressed to this link came in on its interface (a link proof: on any).
    pub(crate) fn handle_packet(
        &mut self,
        now: Now,
        packet: &Packet<'_>,
        random: &mut Random,
    ) -> Result<(), DropReason> {
        unimplemented!()
    }
    pub(crate) fn handle_timeout(&mut self, now: Now, random: &mut Random) {
        unimplemented!()
    }
    pub(crate) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        unimplemented!()
    }
    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        unimplemented!()
    }
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        unimplemented!()
    }

    // The calls of `Node` of the same names.
    pub(crate) fn prove(&mut self, now: Now, token: &ProofToken) {
        unimplemented!()
    }
    pub(crate) fn identify(
        &mut self,
        now: Now,
        identity: &Identity,
        random: &mut Random,
    ) -> Result<(), MisuseError> {
        unimplemented!()
    }
    pub(crate) fn close(&mut self, now: Now, random: &mut Random) {
        unimplemented!()
    }
    /// Closes without a word: the interface is gone.
    pub(crate) fn abandon(&mut self, reason: super::event::CloseReason) {
        unimplemented!()
    }
    pub(crate) fn send_packet(
        &mut self,
        now: Now,
        data: &[u8],
        random: &mut Random,
    ) -> Result<PacketHash, MisuseError> {
        unimplemented!()
    }
    pub(crate) fn send_resource(
        &mut self,
        now: Now,
        data: Vec<u8>,
        compress: Compression,
        random: &mut Random,
    ) -> Result<ResourceHash, MisuseError> {
        unimplemented!()
    }
    pub(crate) fn request(
        &mut self,
        now: Now,
        path: &str,
        data: &[u8],
        timeout: Option<Duration>,
        random: &mut Random,
    ) -> Result<RequestId, MisuseError> {
        unimplemented!()
    }
    pub(crate) fn respond(
        &mut self,
        now: Now,
        request_id: RequestId,
        data: &[u8],
        compress: Compression,
        random: &mut Random,
    ) {
        unimplemented!()
    }
}
