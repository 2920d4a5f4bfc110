//! Packets: built, taken apart, hashed; and the numbers of the protocol.
//! Not their way through a node.

use roost::interface::CodeSize;
use roost::rns::broadcast::GroupKey;
use roost::rns::crypto::Token;
use roost::rns::destination::{destination_hash, name_hash, plain_destination_hash};
use roost::rns::error::MisuseError;
use roost::rns::hash::{DestinationHash, IdentityHash, NameHash, PacketHash};
use roost::rns::identity::{Identity, PublicIdentity};
use roost::rns::packet::{
    Context, DestinationType, ENCRYPTED_MDU, HEADER_MAX, HEADER_MIN, MDU, MTU, Packet, PacketType,
    Propagation, link_mdu,
};
use serde_json::{Value, json};

use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::{Param, Params};

pub(crate) const COMMANDS: Family = &[
    ("packet_build", build),
    ("packet_unpack", unpack),
    ("packet_hash", hash),
    ("packet_constants", constants),
    ("packet_context_constants", context_constants),
];

/// The destination of the packets that are built.
const NAME: &str = "conformance.packet";

fn build(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let data: Vec<u8> = params.optional("data")?.unwrap_or_default();
    let packet_type = packet_type(params.optional("packet_type")?.unwrap_or(0))?;
    let context = Context::from_byte(params.optional("context")?.unwrap_or(0));
    let encrypted = packet_type == PacketType::Data && context.is_encrypted();
    let (destination_type, destination, payload) = address(bridge, params, data, encrypted)?;
    let packet = Packet {
        context_flag: bit(params, "context_flag")?,
        propagation: if bit(params, "transport_type")? {
            Propagation::Transport
        } else {
            Propagation::Broadcast
        },
        hops: params.optional("hops")?.unwrap_or(0),
        transport_id: transport_id(params, packet_type)?,
        ..Packet::new(packet_type, destination_type, destination, context, &payload)
    };
    let raw = packet.pack();
    if raw.len() > MTU {
        return Err(MisuseError::TooLarge { size: raw.len(), limit: MTU }.into());
    }
    let mut answer = describe(&packet);
    answer["raw"] = hex::encode(raw).into();
    Ok(answer)
}

/// A new destination of the type that is asked for, and what a packet with `data` for it carries.
fn address(
    bridge: &mut Bridge,
    params: &Params,
    data: Vec<u8>,
    encrypted: bool,
) -> Result<(DestinationType, DestinationHash, Vec<u8>), Failure> {
    let name = name_hash(NAME);
    let kind: Option<String> = params.optional("dest_type")?;
    match kind.as_deref().unwrap_or("plain") {
        "plain" => Ok((DestinationType::Plain, plain_destination_hash(name), data)),
        "single" => {
            let identity = Identity::generate(&mut bridge.random);
            let payload = if encrypted {
                let ciphertext = identity.public().encrypt(&data, None, &mut bridge.random);
                ciphertext.ok_or_else(|| Failure::new("the key is of low order"))?
            } else {
                data
            };
            Ok((DestinationType::Single, destination_hash(name, identity.hash()), payload))
        }
        "group" => {
            let key = GroupKey::generate(&mut bridge.random);
            let payload = if encrypted { key.encrypt(&data, &mut bridge.random) } else { data };
            Ok((DestinationType::Group, plain_destination_hash(name), payload))
        }
        other => Err(Failure::new(format!("dest_type must be plain, single or group, not {other}"))),
    }
}

/// The transport node that a type 2 header names; `None` for a type 1 header.
fn transport_id(params: &Params, packet_type: PacketType) -> Result<Option<IdentityHash>, Failure> {
    let header: Option<Header> = params.optional("header_type")?;
    match header.unwrap_or(Header::Type1) {
        Header::Type1 => Ok(None),
        // As in the reference: of one's own packets, only announces are rebroadcast.
        Header::Type2 if packet_type == PacketType::Announce => {
            Ok(Some(IdentityHash::from_bytes(params.get("transport_id")?)))
        }
        Header::Type2 => Err(Failure::new("only announces are built with a type 2 header")),
    }
}

enum Header {
    Type1,
    Type2,
}

impl Param for Header {
    fn expected() -> String {
        "1, 2, HEADER_1 or HEADER_2".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        match (value.as_u64(), value.as_str()) {
            (Some(1), _) | (_, Some("HEADER_1")) => Some(Self::Type1),
            (Some(2), _) | (_, Some("HEADER_2")) => Some(Self::Type2),
            _ => None,
        }
    }
}

fn bit(params: &Params, name: &str) -> Result<bool, Failure> {
    match params.optional::<u8>(name)? {
        None | Some(0) => Ok(false),
        Some(1) => Ok(true),
        Some(_) => Err(Failure::new(format!("{name} must be 0 or 1"))),
    }
}

fn packet_type(number: u8) -> Result<PacketType, Failure> {
    let types = [PacketType::Data, PacketType::Announce, PacketType::LinkRequest, PacketType::Proof];
    let named = types.into_iter().find(|packet_type| *packet_type as u8 == number);
    named.ok_or_else(|| Failure::new("packet_type must be from 0 to 3"))
}

fn describe(packet: &Packet<'_>) -> Value {
    json!({
        "flags": packet.flags(),
        "hops": packet.hops,
        "header_type": u8::from(packet.transport_id.is_some()),
        "context_flag": u8::from(packet.context_flag),
        "transport_type": packet.propagation as u8,
        "destination_type": packet.destination_type as u8,
        "packet_type": packet.packet_type as u8,
        "transport_id": packet.transport_id,
        "destination_hash": packet.address,
        "context": packet.context.to_byte(),
        "data": hex::encode(packet.payload),
        "hash": packet.hash(),
    })
}

fn unpack(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let raw: Vec<u8> = params.get("raw")?;
    let Ok(packet) = Packet::parse(&raw) else { return Ok(json!({"unpacked": false})) };
    let mut answer = describe(&packet);
    answer["unpacked"] = true.into();
    Ok(answer)
}

fn hash(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    Ok(json!({"hash": Packet::parse(&params.get::<Vec<u8>>("raw")?)?.hash()}))
}

fn constants(_: &mut Bridge, _: &Params) -> Result<Value, Failure> {
    Ok(json!({
        "mtu": MTU,
        "header_minsize": HEADER_MIN,
        "header_maxsize": HEADER_MAX,
        "mdu": MDU,
        "ifac_min_size": CodeSize::LEAST.bytes(),
        "packet_mdu": MDU,
        "packet_plain_mdu": MDU,
        "packet_encrypted_mdu": ENCRYPTED_MDU,
        "link_mdu": link_mdu(MTU),
        "hashlength": PacketHash::LEN * 8,
        "siglength": PublicIdentity::SIGNATURE_LEN * 8,
        "truncated_hashlength": DestinationHash::LEN * 8,
        "keysize": PublicIdentity::LEN * 8,
        "name_hash_length": NameHash::LEN * 8,
        "token_overhead": Token::OVERHEAD,
        "aes128_blocksize": Token::BLOCK,
    }))
}

fn context_constants(_: &mut Bridge, _: &Params) -> Result<Value, Failure> {
    Ok(json!({
        "NONE": Context::None.to_byte(),
        "RESOURCE": Context::Resource.to_byte(),
        "RESOURCE_ADV": Context::ResourceAdvertisement.to_byte(),
        "RESOURCE_REQ": Context::ResourceRequest.to_byte(),
        "RESOURCE_HMU": Context::ResourceHashmapUpdate.to_byte(),
        "RESOURCE_PRF": Context::ResourceProof.to_byte(),
        "RESOURCE_ICL": Context::ResourceInitiatorCancel.to_byte(),
        "RESOURCE_RCL": Context::ResourceReceiverCancel.to_byte(),
        "CACHE_REQUEST": Context::CacheRequest.to_byte(),
        "REQUEST": Context::Request.to_byte(),
        "RESPONSE": Context::Response.to_byte(),
        "PATH_RESPONSE": Context::PathResponse.to_byte(),
        "COMMAND": Context::Command.to_byte(),
        "COMMAND_STATUS": Context::CommandStatus.to_byte(),
        "CHANNEL": Context::Channel.to_byte(),
        "KEEPALIVE": Context::KeepAlive.to_byte(),
        "LINKIDENTIFY": Context::LinkIdentify.to_byte(),
        "LINKCLOSE": Context::LinkClose.to_byte(),
        "LINKPROOF": Context::LinkProof.to_byte(),
        "LRRTT": Context::LinkRtt.to_byte(),
        "LRPROOF": Context::LinkRequestProof.to_byte(),
    }))
}
