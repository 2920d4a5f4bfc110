//! How a link begins: the request, its id, the proof, and the key that both sides derive.
//! Not what follows: a link is active when the round trip packet has gone over it.

use std::time::Duration;

use x25519_dalek::{PublicKey, StaticSecret};

use super::super::error::DropReason;
use super::super::hash::{DestinationHash, LinkId};
use super::super::identity::{self, Identity, PublicIdentity};
use super::super::msgpack;
use super::super::packet::{Context, DestinationType, MAX_HOPS, MTU, Packet, PacketType};
use super::super::random::Random;
use super::super::time::Instant;
use super::session::Session;
use super::signalling::{MODE_AES256_CBC, Signalling};
use super::units::seconds;

/// Keys in a link request: ephemeral X25519 and Ed25519 (`Link.ECPUBSIZE`).
const REQUEST_KEYS: usize = 64;
/// `Link.ESTABLISHMENT_TIMEOUT_PER_HOP`.
const TIMEOUT_PER_HOP: Duration = Duration::from_secs(6);
/// `Link.KEEPALIVE`: what the responder waits on top.
const RESPONDER_EXTRA: Duration = Duration::from_secs(360);
/// Bytes of request and proof, both sides (page 05 §6): seeds the rate estimate of Resources.
pub(crate) const ESTABLISHMENT_COST: f64 = 204.0;
/// Longest round trip that a peer can make us believe; every timeout is a multiple of it.
const MAX_ROUND_TRIP: Duration = Duration::from_secs(600);

/// The initiator's side between request and proof.
#[derive(Debug)]
pub(super) struct Opening {
    exchange: Secret,
    ephemeral: Identity,
    peer: PublicIdentity,
    mtu: usize,
    pub(super) opened_at: Instant,
    pub(super) deadline: Instant,
}

/// An X25519 private key that doesn't print itself.
struct Secret(StaticSecret);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where a link is to lead, and what is known of the way.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) destination: DestinationHash,
    pub(super) peer: PublicIdentity,
    pub(super) hops: u8,
    pub(super) first_hop_bitrate: u64,
    pub(super) signalled_mtu: usize,
}

/// The private keys of one attempt; never used twice.
#[derive(Debug)]
pub(super) struct Ephemeral {
    pub(super) exchange: [u8; 32],
    pub(super) signing: [u8; 32],
}

impl Ephemeral {
    pub(super) fn draw(random: &mut Random) -> Self {
        Self { exchange: random.bytes(), signing: random.bytes() }
    }
}

impl Opening {
    /// The waiting side, the link's id and the link request.
    pub(super) fn new(now: Instant, route: Route, keys: &Ephemeral) -> (Self, LinkId, Vec<u8>) {
        let mut private = [0u8; 64];
        private.iter_mut().zip(keys.exchange.iter().chain(&keys.signing)).for_each(|(to, from)| *to = *from);
        // The public half of this identity is exactly the key part of the request.
        let ephemeral = Identity::from_private_bytes(&private);
        let mtu = route.signalled_mtu.max(MTU);
        let mut payload = ephemeral.public().as_bytes().to_vec();
        payload.extend_from_slice(&Signalling::of_mtu(mtu).to_bytes());
        let request = Packet::new(
            PacketType::LinkRequest,
            DestinationType::Single,
            route.destination,
            Context::None,
            &payload,
        );
        let id = link_id(&request);
        let timeout =
            first_hop_timeout(route.first_hop_bitrate).saturating_add(per_hop(route.hops.min(MAX_HOPS)));
        let opening = Self {
            exchange: Secret(StaticSecret::from(keys.exchange)),
            ephemeral,
            peer: route.peer,
            mtu,
            opened_at: now,
            deadline: now.after(timeout),
        };
        (opening, id, request.pack())
    }

    /// Checks a link proof. An error changes nothing: anybody could have sent it.
    pub(super) fn verify(&self, id: LinkId, payload: &[u8]) -> Result<Session, DropReason> {
        let (signature, rest) = payload.split_first_chunk::<64>().ok_or(DropReason::Malformed)?;
        let (exchange, signalling) = rest.split_first_chunk::<32>().ok_or(DropReason::Malformed)?;
        let confirmed = Signalling::parse(signalling).ok_or(DropReason::Malformed)?;
        if confirmed.mode != MODE_AES256_CBC {
            return Err(DropReason::UnsupportedMode);
        }
        let signed = proof_content(id, exchange, &self.peer, signalling);
        if !self.peer.verify(&signed, signature) {
            return Err(DropReason::BadSignature);
        }
        if confirmed.mtu < MTU {
            return Err(DropReason::Malformed);
        }
        let shared = identity::agree(&self.exchange.0, exchange).ok_or(DropReason::BadSignature)?;
        let mtu = confirmed.mtu.min(self.mtu);
        Session::derive(id, &shared, mtu, self.ephemeral.clone(), self.peer.ed25519())
            .ok_or(DropReason::Malformed)
    }
}

/// Answers a link request: the session and the proof frame. `exchange` is a new private key.
pub(super) fn answer(
    request: &Packet<'_>,
    identity: &Identity,
    max_mtu: usize,
    exchange: [u8; 32],
) -> Result<(Session, Vec<u8>), DropReason> {
    let (peer_exchange, rest) = request.payload.split_first_chunk::<32>().ok_or(DropReason::Malformed)?;
    let (peer_key, signalling) = rest.split_first_chunk::<32>().ok_or(DropReason::Malformed)?;
    let wanted = Signalling::parse(signalling).ok_or(DropReason::Malformed)?;
    if wanted.mode != MODE_AES256_CBC {
        return Err(DropReason::UnsupportedMode);
    }
    // Below 500 an advertisement with a full hashmap would not fit; no interface of the network is so small.
    if wanted.mtu < MTU {
        return Err(DropReason::Malformed);
    }
    let id = link_id(request);
    let secret = StaticSecret::from(exchange);
    let shared = identity::agree(&secret, peer_exchange).ok_or(DropReason::Malformed)?;
    let confirmed = Signalling::of_mtu(wanted.mtu.min(max_mtu.max(MTU)));
    let session = Session::derive(id, &shared, confirmed.mtu, identity.clone(), *peer_key)
        .ok_or(DropReason::Malformed)?;

    let public = PublicKey::from(&secret).to_bytes();
    let confirmed = confirmed.to_bytes();
    let mut payload = identity.sign(&proof_content(id, &public, identity.public(), &confirmed)).to_vec();
    payload.extend_from_slice(&public);
    payload.extend_from_slice(&confirmed);
    let frame = session.frame(PacketType::Proof, Context::LinkRequestProof, &payload);
    Ok((session, frame))
}

/// Is this the proof by `responder` for the link `id`? What a transport node asks before it lets the link pass.
pub(crate) fn check_proof(id: LinkId, payload: &[u8], responder: &PublicIdentity) -> Result<(), DropReason> {
    let (signature, rest) = payload.split_first_chunk::<64>().ok_or(DropReason::Malformed)?;
    let (exchange, signalling) = rest.split_first_chunk::<32>().ok_or(DropReason::Malformed)?;
    if !matches!(signalling.len(), 0 | 3) {
        return Err(DropReason::Malformed);
    }
    let signed = proof_content(id, exchange, responder, signalling);
    if responder.verify(&signed, signature) { Ok(()) } else { Err(DropReason::BadSignature) }
}

/// How long the responder waits for the initiator's first packet.
pub(super) fn responder_timeout(received_hops: u8) -> Duration {
    per_hop(received_hops).saturating_add(RESPONDER_EXTRA)
}

/// How long a transport node waits for the proof of a link request that it passed on.
pub(crate) fn relay_timeout(remaining_hops: u8, bitrate: u64) -> Duration {
    per_hop(remaining_hops).saturating_add(time_on_air(bitrate))
}

/// The content of the round trip packet.
pub(super) fn pack_round_trip(round_trip: Duration) -> Vec<u8> {
    msgpack::encode(&rmpv::Value::F64(round_trip.as_secs_f64()))
}

/// Reads the content of the round trip packet; absurd values are cut.
pub(super) fn parse_round_trip(plaintext: &[u8]) -> Result<Duration, DropReason> {
    let value = msgpack::decode(plaintext)?.as_f64().ok_or(DropReason::MalformedMsgpack)?;
    if value.is_nan() || value < 0.0 {
        return Err(DropReason::Malformed);
    }
    Ok(seconds(value).min(MAX_ROUND_TRIP))
}

/// Truncated hash of the request without signalling, which relays may change (page 05 §3).
pub(crate) fn link_id(request: &Packet<'_>) -> LinkId {
    let payload = request.payload.get(..REQUEST_KEYS).unwrap_or(request.payload);
    Packet { payload, ..*request }.hash().truncated().into()
}

fn proof_content(id: LinkId, exchange: &[u8; 32], responder: &PublicIdentity, signalling: &[u8]) -> Vec<u8> {
    [id.as_bytes().as_slice(), exchange, &responder.ed25519(), signalling].concat()
}

/// `Transport.first_hop_timeout`: a per-hop time and what a full packet takes on the first interface.
fn first_hop_timeout(bitrate: u64) -> Duration {
    TIMEOUT_PER_HOP.saturating_add(time_on_air(bitrate))
}

fn time_on_air(bitrate: u64) -> Duration {
    let bits = u64::try_from(MTU).unwrap_or(0).saturating_mul(8_000_000);
    Duration::from_micros(bits.checked_div(bitrate).unwrap_or(0))
}

fn per_hop(hops: u8) -> Duration {
    TIMEOUT_PER_HOP.saturating_mul(u32::from(hops.max(1)))
}
