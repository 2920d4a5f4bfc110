//! Announces: how a destination makes its key, its name and a few bytes of app data known.
//! Not what an announce changes: paths are in the path table, keys in the known destinations.

use super::crypto::SignatureCheck;
use super::destination::destination_hash;
use super::error::{DropReason, MisuseError};
use super::hash::{DestinationHash, NameHash};
use super::identity::{Identity, PublicIdentity};
use super::packet::{Context, DestinationType, HEADER_MAX, HEADER_MIN, MTU, Packet, PacketType};
use super::random::Random;

/// Most app data without a ratchet: with more, no transport node can put on its longer header.
pub const MAX_APP_DATA: usize = 317;
/// Most app data beside a ratchet.
pub const MAX_APP_DATA_WITH_RATCHET: usize = 285;

/// Five random bytes and the emission time in whole seconds, 5 bytes: makes every announce another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct RandomBlob(#[serde(with = "serde_bytes")] [u8; 10]);

impl RandomBlob {
    /// A new one for an announce that leaves at `emission`, in seconds since 1970.
    pub fn draw(emission: u64, random: &mut Random) -> Self {
        let drawn: [u8; 5] = random.bytes();
        let mut blob = [0u8; 10];
        let time = emission.to_be_bytes().into_iter().skip(3);
        blob.iter_mut().zip(drawn.into_iter().chain(time)).for_each(|(to, from)| *to = from);
        Self(blob)
    }

    /// One that stands in an announce.
    pub const fn from_bytes(bytes: [u8; 10]) -> Self {
        Self(bytes)
    }

    /// The ten bytes.
    pub const fn as_bytes(&self) -> &[u8; 10] {
        &self.0
    }

    /// When the announce left, by its sender's clock, in seconds since 1970.
    pub fn emission(&self) -> u64 {
        self.0.iter().skip(5).fold(0, |time, byte| (time << 8) | u64::from(*byte))
    }
}

/// What an announce is sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnnounceKind {
    /// The destination makes itself known.
    Live,
    /// Somebody asked for a path. Not passed on by transport nodes.
    PathResponse,
}

/// A valid announce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announce {
    /// The destination it names.
    pub destination: DestinationHash,
    /// Its identity.
    pub identity: PublicIdentity,
    /// Its name.
    pub name_hash: NameHash,
    /// Its emission time, made unique.
    pub random_blob: RandomBlob,
    /// The ratchet's public key that packets are to be encrypted with.
    pub ratchet: Option<[u8; 32]>,
    /// What it says, if anything.
    pub app_data: Option<Vec<u8>>,
}

impl Announce {
    /// Signs an announce and packs it.
    pub fn sign(
        identity: &Identity,
        name_hash: NameHash,
        random_blob: RandomBlob,
        ratchet: Option<&[u8; 32]>,
        app_data: &[u8],
        kind: AnnounceKind,
    ) -> Result<Vec<u8>, MisuseError> {
        let limit = if ratchet.is_some() { MAX_APP_DATA_WITH_RATCHET } else { MAX_APP_DATA };
        if app_data.len() > limit {
            return Err(MisuseError::TooLarge { size: app_data.len(), limit });
        }
        let destination = destination_hash(name_hash, identity.hash());
        let ratchet = ratchet.map_or(&[][..], |key| &key[..]);
        let keys = identity.public().as_bytes();
        let blob = random_blob.as_bytes();
        let signature = identity.sign(&signed_part(destination, keys, name_hash, blob, ratchet, app_data));
        let payload = [keys, &name_hash.as_bytes()[..], blob, ratchet, &signature, app_data].concat();
        let context = match kind {
            AnnounceKind::Live => Context::None,
            AnnounceKind::PathResponse => Context::PathResponse,
        };
        let packet =
            Packet::new(PacketType::Announce, DestinationType::Single, destination, context, &payload);
        Ok(Packet { context_flag: !ratchet.is_empty(), ..packet }.pack())
    }

    /// Checks everything about an announce that needs no memory of earlier ones (page 03 §2).
    pub fn validate(packet: &Packet<'_>) -> Result<Self, DropReason> {
        let (announce, signature) = Self::parse(packet)?;
        if signature.passes() { Ok(announce) } else { Err(DropReason::BadSignature) }
    }

    /// As [`Self::validate`], but for the signature, which costs more than all else: that check is returned.
    pub(crate) fn parse(packet: &Packet<'_>) -> Result<(Self, SignatureCheck), DropReason> {
        let header = if packet.transport_id.is_some() { HEADER_MAX } else { HEADER_MIN };
        if packet.payload.len().saturating_add(header) > MTU {
            return Err(DropReason::TooLarge);
        }
        if packet.destination_type != DestinationType::Single {
            return Err(DropReason::Malformed);
        }
        let (keys, rest) = packet.payload.split_first_chunk::<64>().ok_or(DropReason::Truncated)?;
        let (name_hash, rest) = rest.split_first_chunk::<10>().ok_or(DropReason::Truncated)?;
        let (blob, rest) = rest.split_first_chunk::<10>().ok_or(DropReason::Truncated)?;
        let (ratchet, rest) = if packet.context_flag {
            rest.split_first_chunk::<32>()
                .map(|(key, rest)| (Some(*key), rest))
                .ok_or(DropReason::Truncated)?
        } else {
            (None, rest)
        };
        let (signature, app_data) = rest.split_first_chunk::<64>().ok_or(DropReason::Truncated)?;

        let destination = DestinationHash::from(packet.address);
        let name_hash = NameHash::from_bytes(*name_hash);
        let identity = PublicIdentity::from_bytes(*keys);
        if destination_hash(name_hash, identity.hash()) != destination {
            return Err(DropReason::DestinationMismatch);
        }
        let ratchet_part = ratchet.as_ref().map_or(&[][..], |key| &key[..]);
        let message = signed_part(destination, keys, name_hash, blob, ratchet_part, app_data);
        let check = SignatureCheck { key: identity.ed25519(), message, signature: *signature };
        // As the reference reports it: absent only where nothing hints at app data.
        let app_data = (ratchet.is_some() || !app_data.is_empty()).then(|| app_data.to_vec());
        let random_blob = RandomBlob::from_bytes(*blob);
        Ok((Self { destination, identity, name_hash, random_blob, ratchet, app_data }, check))
    }
}

fn signed_part(
    destination: DestinationHash,
    keys: &[u8; 64],
    name_hash: NameHash,
    blob: &[u8; 10],
    ratchet: &[u8],
    app_data: &[u8],
) -> Vec<u8> {
    [&destination.as_bytes()[..], keys, name_hash.as_bytes(), blob, ratchet, app_data].concat()
}
