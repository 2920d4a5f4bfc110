//! The node's work for its links: opening, accepting, routing packets to them, taking their frames and events.
//! Not what a link does with a packet.

use std::time::Duration;

use super::link_table::Binding;
use super::{Node, own::Own};
use crate::rns::air::Class;
use crate::rns::error::{DropReason, MisuseError};
use crate::rns::event::{CloseReason, Event};
use crate::rns::hash::{Address, DestinationHash, LinkId, PacketHash, PathHash, RequestId, ResourceHash};
use crate::rns::identity::Identity;
use crate::rns::interface::{InterfaceId, InterfaceSpec};
use crate::rns::link::{Link, LinkStatus, ResourceLimit, Terms};
use crate::rns::packet::{Context, MAX_HOPS, MTU, Packet};
use crate::rns::random::Random;
use crate::rns::resource::{Content, File, Packing, ResourcePlan, ResourceStatus};
use crate::rns::time::Now;

/// May a Resource be compressed with bz2 (when that makes it smaller)?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Yes: for slow links.
    Allowed,
    /// No: compression costs more time than it saves on a fast link.
    Off,
}

impl Node {
    /// Opens a link. Ends in [`crate::rns::event::Event::LinkEstablished`] or [`crate::rns::event::Event::LinkClosed`].
    pub fn open_link(&mut self, now: Now, destination: DestinationHash) -> Result<LinkId, MisuseError> {
        let (known, _) =
            self.known.take_up(now.instant, destination).ok_or(MisuseError::UnknownDestination)?;
        if !self.links.has_room_outbound() {
            return Err(MisuseError::Full);
        }
        let peer = known.identity.clone();
        let (hops, spec) = match self.paths.get(destination) {
            Some(path) => (path.hops, self.wire.spec(path.interface)),
            None => (MAX_HOPS, None),
        };
        // Without an interface there is no time on air to wait for.
        let bitrate = spec.map_or(u64::MAX, |spec| spec.bitrate);
        let mtu = spec.map_or(MTU, link_mtu);
        let link = Link::open(now, destination, peer, hops, bitrate, mtu, &mut self.random);
        let id = link.id();
        self.links.insert(now.instant, link, Binding::Seeking(None));
        self.settle(now, id);
        Ok(id)
    }

    /// Proves to the other side of a link that we opened who we are.
    pub fn identify(&mut self, now: Now, link: LinkId, identity: &Identity) -> Result<(), MisuseError> {
        self.on_link(now, link, |link, random| link.identify(now, identity, random))
    }

    /// Closes a link. Unknown links are ignored.
    pub fn close_link(&mut self, now: Now, link: LinkId) {
        self.on_link_if_any(now, link, |link, random| link.close(now, random));
    }

    /// Most plaintext in one packet on `link`.
    pub fn link_mdu(&self, link: LinkId) -> Option<usize> {
        self.links.get(link).map(|entry| entry.link.mdu())
    }

    /// The measured round trip time of `link`.
    pub fn link_round_trip(&self, link: LinkId) -> Option<Duration> {
        self.links.get(link).map(|entry| entry.link.round_trip())
    }

    /// How `link` stands; `None` once it is closed.
    pub fn link_status(&self, link: LinkId) -> Option<LinkStatus> {
        self.links.get(link).and_then(|entry| entry.link.status())
    }

    /// Gives a link that is up other timers than those that follow from its round trip time: the silence after which
    /// its initiator sends a keepalive, and the silence after which it is stale.
    pub fn set_link_timers(
        &mut self,
        now: Now,
        link: LinkId,
        keepalive: Duration,
        stale_after: Duration,
    ) -> Result<(), MisuseError> {
        self.on_link(now, link, |link, _| link.set_timers(keepalive, stale_after))
    }

    /// Replaces the paths of requests that `destination` serves, also on links that are up.
    pub fn set_request_paths(
        &mut self,
        destination: DestinationHash,
        paths: Vec<PathHash>,
    ) -> Result<(), MisuseError> {
        let own = self.own.get_mut(&destination).ok_or(MisuseError::NotOurs)?;
        // A link to a destination of ours that we opened ourselves serves nothing.
        let links = self.links.iter_mut().filter(|link| !link.is_initiator());
        for link in links.filter(|link| link.destination() == destination) {
            link.set_request_paths(&paths);
        }
        own.set_request_paths(paths);
        Ok(())
    }

    /// What is taken of Resources on a link that is up from now on; responses have a limit of their own. Before, the
    /// destination's limit holds, and 8 MB on links that we opened.
    pub fn limit_resources(
        &mut self,
        now: Now,
        link: LinkId,
        limit: ResourceLimit,
    ) -> Result<(), MisuseError> {
        self.on_link(now, link, |link, _| link.limit_resources(limit))
    }

    /// What is taken of responses on a link that is up from now on; before, and if nobody says so, 64 MB.
    pub fn limit_responses(
        &mut self,
        now: Now,
        link: LinkId,
        limit: ResourceLimit,
    ) -> Result<(), MisuseError> {
        self.on_link(now, link, |link, _| link.limit_responses(limit))
    }

    /// The interface that `link` lives on, once that is known.
    pub fn link_interface(&self, link: LinkId) -> Option<InterfaceId> {
        self.links.get(link).and_then(|entry| entry.binding.interface())
    }

    /// Sends application data on a link. Ends in [`crate::rns::event::Event::PacketDelivered`] or [`crate::rns::event::Event::PacketTimedOut`].
    pub fn send_link_packet(
        &mut self,
        now: Now,
        link: LinkId,
        data: &[u8],
    ) -> Result<PacketHash, MisuseError> {
        self.send_link_packet_patiently(now, link, data, Duration::ZERO)
    }

    /// As [`Self::send_link_packet`], and waits for the proof for at least `patience`: a peer may have something to
    /// work out before it proves.
    pub fn send_link_packet_patiently(
        &mut self,
        now: Now,
        link: LinkId,
        data: &[u8],
        patience: Duration,
    ) -> Result<PacketHash, MisuseError> {
        self.on_link(now, link, |link, random| link.send_packet(now, data, patience, random))
    }

    /// Sends data of any size as a Resource. Ends in [`crate::rns::event::Event::ResourceDelivered`] or [`crate::rns::event::Event::ResourceFailed`].
    pub fn send_resource(
        &mut self,
        now: Now,
        link: LinkId,
        data: Vec<u8>,
        compress: Compression,
    ) -> Result<ResourceHash, MisuseError> {
        self.on_link(now, link, |link, random| link.send_resource(now, data, compress, random))
    }

    /// As [`Self::send_resource`], with metadata.
    pub fn send_file(
        &mut self,
        now: Now,
        link: LinkId,
        file: File,
        compress: Compression,
    ) -> Result<ResourceHash, MisuseError> {
        let content = Content::try_from(file)?;
        self.on_link(now, link, |link, random| link.send_resource(now, content, compress, random))
    }

    /// What a Resource with these data, and perhaps metadata (one packed MessagePack object), would be on `link`.
    /// Nothing is sent: it tells what sending would cost.
    pub fn plan_resource(
        &mut self,
        now: Now,
        link: LinkId,
        data: Vec<u8>,
        metadata: Option<Vec<u8>>,
        how: Packing,
    ) -> Result<ResourcePlan, MisuseError> {
        let content = match metadata {
            Some(metadata) => Content::try_from(File { data, metadata })?,
            None => data.into(),
        };
        self.on_link(now, link, |link, random| link.plan_resource(&content, how, random))
    }

    /// Gives up a Resource, ours or theirs; the peer is told. Ends in [`crate::rns::event::Event::ResourceFailed`] or
    /// [`crate::rns::event::Event::ResourceLost`].
    pub fn cancel_resource(
        &mut self,
        now: Now,
        link: LinkId,
        resource: ResourceHash,
    ) -> Result<(), MisuseError> {
        self.on_link(now, link, |link, random| link.cancel_resource(now, resource, random))
    }

    /// How far the Resources on `link` have come: first ours, in the order of their turn, then theirs.
    pub fn resources(&self, link: LinkId) -> Vec<ResourceStatus> {
        self.links.get(link).map_or_else(Vec::new, |entry| entry.link.resources())
    }

    /// Asks for `path` with `data` (one packed MessagePack object). Ends in [`crate::rns::event::Event::Response`] or
    /// [`crate::rns::event::Event::RequestFailed`].
    pub fn request(
        &mut self,
        now: Now,
        link: LinkId,
        path: &str,
        data: &[u8],
        timeout: Option<Duration>,
    ) -> Result<RequestId, MisuseError> {
        self.on_link(now, link, |link, random| link.request(now, path, data, timeout, random))
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
        self.on_link_if_any(now, link, |link, random| link.respond(now, request_id, data, compress, random));
        self.close_surplus(now);
    }

    /// As [`Self::respond`], with a file, which always is a Resource.
    pub fn respond_with_file(
        &mut self,
        now: Now,
        link: LinkId,
        request_id: RequestId,
        file: File,
        compress: Compression,
    ) -> Result<(), MisuseError> {
        let content = Content::try_from(file)?;
        self.on_link_if_any(now, link, |link, random| {
            link.respond_with_file(now, request_id, content, compress, random);
        });
        self.close_surplus(now);
        Ok(())
    }

    pub(super) fn handle_link_request(
        &mut self,
        now: Now,
        interface: InterfaceId,
        packet: &Packet<'_>,
        received_hops: u8,
    ) -> Result<(), DropReason> {
        let own = self.own.get(&packet.address.into()).ok_or(DropReason::UnknownAddress)?;
        if self.is_probe(packet.address.into()) {
            return Err(DropReason::NotServed);
        }
        let fingerprint = self.unseen(packet)?;
        let max_mtu = self.wire.spec(interface).map_or(MTU, link_mtu);
        let (identity, terms) = (&own.spec().identity, terms(own));
        let link = Link::accept(now, packet, received_hops, identity, max_mtu, terms, &mut self.random)?;
        let id = link.id();
        // The id leaves out the signalling bytes, so another packet can lead to it. It never replaces a link.
        if self.links.contains(id) {
            return Err(DropReason::Duplicate);
        }
        if let Some(oldest) = self.links.surplus_half_open() {
            self.links.remove(oldest);
            self.drops.add(DropReason::TableFull);
        }
        self.seen.insert(fingerprint);
        self.links.insert(now.instant, link, Binding::Bound(interface));
        self.settle(now, id);
        Ok(())
    }

    pub(super) fn handle_link_packet(
        &mut self,
        now: Now,
        interface: InterfaceId,
        packet: &Packet<'_>,
    ) -> Result<(), DropReason> {
        let id = LinkId::from(packet.address);
        let binding = self.links.get(id).ok_or(DropReason::UnknownAddress)?.binding;
        match binding {
            Binding::Bound(on) | Binding::Seeking(Some(on)) if on != interface => {
                return Err(DropReason::WrongInterface);
            }
            Binding::Seeking(_) if packet.context != Context::LinkRequestProof => {
                return Err(DropReason::OutOfOrder);
            }
            Binding::Bound(_) | Binding::Seeking(_) => {}
        }
        let fingerprint = if may_repeat(packet.context) { None } else { Some(self.unseen(packet)?) };
        let entry = self.links.get_mut(id).ok_or(DropReason::UnknownAddress)?;
        let outcome = entry.link.handle_packet(now, packet, &mut self.random);
        if outcome.is_ok() {
            if matches!(entry.binding, Binding::Seeking(_)) && entry.link.is_active() {
                entry.binding = Binding::Bound(interface);
            }
            self.note_taken_in(now, id, fingerprint);
        }
        // Also after a refusal: some of them close the link.
        self.settle(now, id);
        self.close_surplus(now);
        outcome
    }

    /// Only what a link took in is remembered, so that a forgery cannot shut out the packet it imitates.
    fn note_taken_in(&mut self, now: Now, id: LinkId, fingerprint: Option<Address>) {
        if let Some(fingerprint) = fingerprint {
            self.seen.insert(fingerprint);
        }
        self.links.note_heard(now.instant, id);
    }

    /// Closes links that are too many or keep too much; each that is closed makes the rest less.
    pub(super) fn close_surplus(&mut self, now: Now) {
        while let Some(id) = self.links.surplus_open() {
            self.drops.add(DropReason::TableFull);
            self.close_link(now, id);
        }
    }

    /// Calls into a link, then takes what it has to say.
    pub(super) fn on_link<T>(
        &mut self,
        now: Now,
        id: LinkId,
        call: impl FnOnce(&mut Link, &mut Random) -> Result<T, MisuseError>,
    ) -> Result<T, MisuseError> {
        let entry = self.links.get_mut(id).ok_or(MisuseError::NoLink)?;
        let outcome = call(&mut entry.link, &mut self.random);
        self.settle(now, id);
        outcome
    }

    /// As [`Self::on_link`], for calls that links which are gone may miss.
    pub(super) fn on_link_if_any(&mut self, now: Now, id: LinkId, call: impl FnOnce(&mut Link, &mut Random)) {
        if let Some(entry) = self.links.get_mut(id) {
            call(&mut entry.link, &mut self.random);
            self.settle(now, id);
        }
    }

    pub(super) fn abandon_links_on(&mut self, now: Now, interface: InterfaceId) {
        for id in self.links.on_interface(interface) {
            self.on_link_if_any(now, id, |link, _| link.abandon(CloseReason::InterfaceGone));
        }
    }

    pub(super) fn handle_link_timeouts(&mut self, now: Now) {
        for id in self.links.due(now.instant) {
            self.on_link_if_any(now, id, |link, random| link.handle_timeout(now, random));
        }
    }

    /// Takes the frames and events of a link, notes its deadline, and removes it once it is closed.
    fn settle(&mut self, now: Now, id: LinkId) {
        let Some(entry) = self.links.get_mut(id) else { return };
        while let Some(frame) = entry.link.poll_transmit() {
            match entry.binding {
                Binding::Bound(interface) => self.wire.send_on(interface, frame),
                Binding::Seeking(_) => {
                    if let Ok(request) = Packet::parse(&frame) {
                        let sent =
                            self.wire.send_to_single(now.instant, &mut self.paths, &request, Class::Answer);
                        entry.binding = Binding::Seeking(sent);
                    }
                }
            }
        }
        while let Some(mut event) = entry.link.poll_event() {
            if let Event::Request(request) = &mut event {
                request.air = entry.binding.interface().and_then(|interface| self.wire.channel(interface));
            }
            self.events.push_back(event);
        }
        let closed = entry.link.is_closed();
        self.links.refresh(id);
        if !closed {
            return;
        }
        if let Some(entry) = self.links.remove(id)
            && entry.link.is_initiator()
            && !entry.was_open()
        {
            self.repair_path(now, entry.link.destination());
        }
    }

    /// A link request of ours was never answered: the path is worth nothing (page 04 §12).
    fn repair_path(&mut self, now: Now, destination: DestinationHash) {
        self.paths.remove(destination);
        self.request_path(now, destination);
    }
}

/// Contexts whose packets may look the same twice (page 04 §7).
pub(super) const fn may_repeat(context: Context) -> bool {
    matches!(
        context,
        Context::KeepAlive
            | Context::ResourceRequest
            | Context::ResourceProof
            | Context::Resource
            | Context::CacheRequest
            | Context::Channel
    )
}

fn link_mtu(spec: &InterfaceSpec) -> usize {
    if spec.mtu_discovery { spec.hw_mtu } else { MTU }
}

fn terms(own: &Own) -> Terms {
    let spec = own.spec();
    Terms { resources: ResourceLimit::bytes(spec.max_resource), request_paths: spec.request_paths.clone() }
}
