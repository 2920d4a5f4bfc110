//! The node: one end node of a Reticulum network, and its verbs.

use std::time::Duration;

use super::destination::{DestinationSpec, KnownDestination};
use super::error::{DropCounts, MisuseError};
use super::event::{Event, ProofToken};
use super::hash::{DestinationHash, LinkId, PacketHash, RequestId, ResourceHash};
use super::identity::Identity;
use super::interface::{InterfaceId, InterfaceSpec};
use super::time::{Instant, Now};

/// Bytes for an interface: one packet, unframed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Where to.
    pub interface: InterfaceId,
    /// The packet.
    pub frame: Vec<u8>,
}

/// An end node. Inputs are `handle_*` and the calls below; outputs wait in `poll_*`.
#[derive(Debug)]
pub struct Node {}

impl Node {
    /// A node without interfaces and destinations; `seed` must be secret and new at every start.
    pub fn new(seed: [u8; 32]) -> Self {
        unimplemented!()
    }

    /// Makes an interface known.
    pub fn add_interface(&mut self, now: Now, spec: InterfaceSpec) -> InterfaceId {
        unimplemented!()
    }
    /// Forgets an interface, closing its links and dropping paths over it. Unknown ids are ignored.
    pub fn remove_interface(&mut self, now: Now, interface: InterfaceId) {
        unimplemented!()
    }

    /// Registers an inbound SINGLE destination: packets and links to it, path requests for it, are served from now on.
    pub fn register_destination(&mut self, spec: DestinationSpec) -> DestinationHash {
        unimplemented!()
    }
    /// Replaces the app data of later announces (and answers to path requests) of `destination`.
    pub fn set_app_data(
        &mut self,
        destination: DestinationHash,
        app_data: Vec<u8>,
    ) -> Result<(), MisuseError> {
        unimplemented!()
    }
    /// Announces `destination` on all interfaces.
    pub fn announce(&mut self, now: Now, destination: DestinationHash) -> Result<(), MisuseError> {
        unimplemented!()
    }

    /// A packet arrived.
    pub fn handle_frame(&mut self, now: Now, interface: InterfaceId, frame: &[u8]) {
        unimplemented!()
    }
    /// The deadline from [`Self::poll_timeout`] has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        unimplemented!()
    }
    /// The next packet to transmit.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        unimplemented!()
    }
    /// The next thing that has happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        unimplemented!()
    }
    /// When [`Self::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        unimplemented!()
    }

    /// What is known of a destination, from announces or because it is ours.
    pub fn recall(&self, destination: DestinationHash) -> Option<&KnownDestination> {
        unimplemented!()
    }
    /// Is a path known, and how many hops is it?
    pub fn hops_to(&self, destination: DestinationHash) -> Option<u8> {
        unimplemented!()
    }
    /// Asks the network for a path; repeats within 20 s (`PATH_REQUEST_MI`) are not sent. Answered by [`Event::Announce`].
    pub fn request_path(&mut self, now: Now, destination: DestinationHash) {
        unimplemented!()
    }

    /// Sends one encrypted packet of at most [`crate::rns::packet::ENCRYPTED_MDU`] bytes. Ends in
    /// [`Event::PacketDelivered`] or [`Event::PacketTimedOut`].
    pub fn send_packet(
        &mut self,
        now: Now,
        destination: DestinationHash,
        data: &[u8],
    ) -> Result<PacketHash, MisuseError> {
        unimplemented!()
    }
    /// Proves what was delivered. Tokens of closed links are ignored.
    pub fn prove(&mut self, now: Now, token: &ProofToken) {
        unimplemented!()
    }

    /// Refuses what was delivered: a Resource is rejected, so that its sender stops trying; a packet is simply
    /// never proved.
    pub fn refuse(&mut self, now: Now, token: &ProofToken) {
        unimplemented!()
    }

    /// Opens a link. Ends in [`Event::LinkEstablished`] or [`Event::LinkClosed`].
    pub fn open_link(&mut self, now: Now, destination: DestinationHash) -> Result<LinkId, MisuseError> {
        unimplemented!()
    }
    /// Proves to the other side of a link that we opened who we are.
    pub fn identify(&mut self, now: Now, link: LinkId, identity: &Identity) -> Result<(), MisuseError> {
        unimplemented!()
    }
    /// Closes a link. Unknown links are ignored.
    pub fn close_link(&mut self, now: Now, link: LinkId) {
        unimplemented!()
    }
    /// Most plaintext in one packet on `link`, and its round trip time.
    pub fn link_mdu(&self, link: LinkId) -> Option<usize> {
        unimplemented!()
    }
    /// Sends application data on a link. Ends in [`Event::PacketDelivered`] or [`Event::PacketTimedOut`].
    pub fn send_link_packet(
        &mut self,
        now: Now,
        link: LinkId,
        data: &[u8],
    ) -> Result<PacketHash, MisuseError> {
        unimplemented!()
    }
    /// Sends data of any size as a Resource. Ends in [`Event::ResourceDelivered`] or [`Event::ResourceFailed`].
    pub fn send_resource(
        &mut self,
        now: Now,
        link: LinkId,
        data: Vec<u8>,
        compress: Compression,
    ) -> Result<ResourceHash, MisuseError> {
        unimplemented!()
    }
    /// Asks for `path` with `data` (one packed MessagePack object). Ends in [`Event::Response`] or [`Event::RequestFailed`].
    pub fn request(
        &mut self,
        now: Now,
        link: LinkId,
        path: &str,
        data: &[u8],
        timeout: Option<Duration>,
    ) -> Result<RequestId, MisuseError> {
        unimplemented!()
    }
    /// Answers a request with one packed MessagePack object; a packet if it fits, a Resource otherwise. It leaves no
    /// earlier than the caller can have noted its own request. Answers for closed links are dropped.
    pub fn respond(
        &mut self,
        now: Now,
        link: LinkId,
        request_id: RequestId,
        data: &[u8],
        compress: Compression,
    ) {
        unimplemented!()
    }

    /// What was dropped, by reason.
    pub fn drops(&self) -> &DropCounts {
        unimplemented!()
    }
}

/// May a Resource be compressed with bz2 (when that makes it smaller)?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Yes: for slow links.
    Allowed,
    /// No: compression costs more time than it saves on a fast link.
    Off,
}
