//! Vectors of LXMF, made with the Python packages `lxmf` 1.2.1 and `rns` 1.5.7.
//! Requests to propagation nodes and pages are in the file too, but not checked yet.

use std::collections::BTreeMap;

use roost::lxmf::propagation::entry::{pack_container, unpack_container};
use roost::lxmf::propagation::get::{pack_entries, pack_ids};
use roost::lxmf::propagation::offer::key_is_valid;
use roost::lxmf::propagation::{
    GetRequest, NodeAnnounce, NodeRefusal, Offer, OfferAnswer, StampedEntry, TransientId,
};
use roost::lxmf::stamp::{Purpose, Workblock};
use roost::lxmf::ticket::{Grant, Issue, Ticket};
use roost::lxmf::{
    DeliveryAnnounce, Event, Message, MessageHash, Road, Router, SignedMessage, UnverifiedMessage,
    delivery_destination,
};
use roost::rns::Node;
use roost::rns::destination::name_hash;
use roost::rns::error::DropReason;
use roost::rns::hash::{DestinationHash, PathHash};
use roost::rns::identity::Identity;
use roost::rns::node::Compression;
use roost::rns::random::Random;
use roost::rns::time::{Now, UnixTime};
use serde_json::Value;

/// Bytes in front of the payload: two addresses and a signature.
const HEAD: usize = 96;

fn load() -> Value {
    let file: Value = serde_json::from_str(include_str!("lxmf.json")).unwrap();
    assert_eq!(file["meta"]["reference"]["lxmf"], "1.2.1");
    file
}

fn list<'a>(file: &'a Value, section: &str) -> &'a Vec<Value> {
    let list = file[section].as_array().unwrap();
    assert!(!list.is_empty(), "nothing in {section}");
    list
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).unwrap()
}

fn bytes_if_any(value: &Value) -> Option<Vec<u8>> {
    (!value.is_null()).then(|| bytes(value))
}

fn identity(file: &Value, name: &Value) -> Identity {
    let private = bytes(&file["identities"][text(name)]["private_key"]);
    Identity::from_private_bytes(&private.try_into().unwrap())
}

#[test]
fn identities_have_the_delivery_destinations_of_the_reference() {
    let file = load();
    for (name, expected) in file["identities"].as_object().unwrap() {
        let identity = identity(&file, &Value::from(name.as_str()));
        assert_eq!(identity.hash().to_string(), text(&expected["identity_hash"]), "{name}");
        assert_eq!(
            delivery_destination(identity.hash()).to_string(),
            text(&expected["lxmf.delivery"]),
            "{name}"
        );
    }
}

#[test]
fn name_and_path_hashes_match() {
    let file = load();
    for (name, expected) in file["name_hashes"].as_object().unwrap() {
        assert_eq!(name_hash(name).to_string(), text(expected), "{name}");
    }
    for (path, expected) in file["path_hashes"].as_object().unwrap() {
        assert_eq!(PathHash::of(path).to_string(), text(expected), "{path}");
    }
}

#[test]
fn signing_gives_the_bytes_of_the_reference() {
    let file = load();
    for vector in list(&file, "messages") {
        let name = text(&vector["name"]);
        let source = identity(&file, &vector["source"]);
        let destination = delivery_destination(identity(&file, &vector["destination"]).hash());
        let time = u64::from_str_radix(text(&vector["timestamp"]["f64"]), 16).unwrap();
        let message = Message {
            time: UnixTime::from_secs_f64(f64::from_bits(time)),
            title: bytes(&vector["title"]),
            content: bytes(&vector["content"]),
            fields: bytes(&vector["fields_msgpack"]),
        };
        let mut signed = SignedMessage::sign(message, destination, &source);
        assert_eq!(hex::encode(&signed.payload), text(&vector["payload4"]), "{name}");
        assert_eq!(signed.hash.to_string(), text(&vector["hash"]), "{name}");
        assert_eq!(hex::encode(signed.signature), text(&vector["signature"]), "{name}");
        signed.stamp = bytes_if_any(&vector["stamp"]);
        assert_eq!(hex::encode(signed.pack()), text(&vector["packed"]), "{name}");

        let packed = bytes(&vector["packed"]);
        assert_eq!(hex::encode(&packed[HEAD..]), text(&vector["payload"]), "{name}");
        let unpacked = UnverifiedMessage::unpack(&packed).unwrap().verified_by(source.public());
        assert_eq!(unpacked, Ok(signed), "{name}");
    }
}

#[test]
fn odd_encodings_get_the_verdict_of_the_reference() {
    let file = load();
    for vector in list(&file, "raw_messages") {
        let name = text(&vector["name"]);
        let expected = &vector["reference_result"];
        let unpacked = UnverifiedMessage::unpack(&bytes(&vector["packed"]));
        if expected["accepted"] == false {
            assert_eq!(unpacked.unwrap_err(), DropReason::MalformedMsgpack, "{name}");
            continue;
        }
        let unpacked = unpacked.unwrap();
        let known = ["alice", "bob", "group", "stranger"].map(|name| identity(&file, &Value::from(name)));
        let author = known
            .iter()
            .find(|identity| delivery_destination(identity.hash()) == unpacked.source())
            .unwrap_or_else(|| panic!("{name}: nobody in the file sent it"));
        let verified = unpacked.verified_by(author.public());
        // The reference tries one reading of a stamped message and we try two. And it knows no stranger.
        let validated = expected["signature_validated"] == true
            || name == "noncanonical_5_hash_over_wire_prefix"
            || expected["unverified_reason"] == 1;
        match verified {
            Ok(message) => {
                assert!(validated, "{name}");
                assert_eq!(message.hash.to_string(), text(&vector["signer_hash"]), "{name}");
                assert_eq!(message.stamp, bytes_if_any(&expected["stamp"]), "{name}");
            }
            Err(reason) => {
                assert!(!validated, "{name}");
                assert_eq!(reason, DropReason::BadSignature, "{name}");
            }
        }
    }
}

#[test]
fn opportunistic_packets_of_the_reference_are_decrypted_and_verified() {
    let file = load();
    for vector in list(&file, "opportunistic_encrypted") {
        let name = text(&vector["name"]);
        let recipient = identity(&file, &vector["destination"]);
        let ratchets: Vec<[u8; 32]> =
            bytes_if_any(&vector["ratchet_private"]).map(|key| key.try_into().unwrap()).into_iter().collect();
        let plaintext = recipient.decrypt(&bytes(&vector["ciphertext"]), &ratchets, false).unwrap();
        assert_eq!(hex::encode(&plaintext), text(&vector["plaintext"]), "{name}");

        let destination: DestinationHash = delivery_destination(recipient.hash());
        let packed = [&destination.as_bytes()[..], &plaintext].concat();
        let author = identity(&file, &Value::from("alice"));
        let message = UnverifiedMessage::unpack(&packed).unwrap().verified_by(author.public()).unwrap();
        assert_eq!(message.hash.to_string(), text(&vector["message_hash"]), "{name}");
    }
}

#[test]
fn delivery_announces_are_written_as_the_reference_writes_them() {
    let file = load();
    for vector in list(&file, "delivery_announce_app_data") {
        let announce = DeliveryAnnounce {
            display_name: vector["display_name"].as_str().map(str::to_owned),
            stamp_cost: vector["stamp_cost_setting"].as_u64().map(|cost| u8::try_from(cost).unwrap()),
            compression: Compression::Allowed,
        };
        assert_eq!(hex::encode(announce.encode()), text(&vector["app_data"]));
    }
}

#[test]
fn delivery_announces_of_all_times_are_read_as_the_reference_reads_them() {
    let file = load();
    let written = list(&file, "delivery_announce_app_data").iter();
    for vector in written.chain(list(&file, "delivery_announce_decode")) {
        let app_data = bytes(&vector["app_data"]);
        let announce = DeliveryAnnounce::decode(&app_data);
        let expected = &vector["decoded"];
        assert_eq!(announce.display_name.as_deref(), expected["name"].as_str(), "{vector}");
        assert_eq!(announce.stamp_cost.map(u64::from), expected["stamp_cost"].as_u64(), "{vector}");
        // Unknown counts as yes, as it does in the reference's router.
        let expected = if expected["compression"] == false { Compression::Off } else { Compression::Allowed };
        assert_eq!(announce.compression, expected, "{vector}");
    }
}

#[test]
fn announces_of_propagation_nodes_are_read_as_the_reference_reads_them() {
    for case in list(&load(), "propagation_announce_app_data") {
        let (name, read) = (text(&case["case"]), NodeAnnounce::decode(&bytes(&case["app_data"])));
        assert_eq!(read.is_some(), case["valid"].as_bool().unwrap(), "{name}");
        let Some(read) = read else { continue };
        if !case["stamp_cost"].is_null() {
            assert_eq!(u64::from(read.stamp_cost), case["stamp_cost"].as_u64().unwrap(), "{name}");
            assert_eq!(read.name.as_deref(), case["name"].as_str(), "{name}");
        }
    }
}

#[test]
fn entries_and_their_containers_match() {
    let file = load();
    for case in list(&file, "propagated") {
        let name = text(&case["name"]);
        let packed = bytes(&case["propagation_packed"]);
        let stamped = bytes(&case["lxmf_data_with_stamp"]);
        assert_eq!(unpack_container(&packed, 1).unwrap(), [&stamped[..]], "{name}");
        let time = UnixTime::from_secs_f64(case["timebase"]["approx"].as_f64().unwrap());
        assert_eq!(pack_container(time, [&stamped[..]]), packed, "{name}");
        let entry = StampedEntry::parse(&stamped).unwrap();
        assert_eq!(entry.entry(), bytes(&case["lxmf_data"]), "{name}");
        assert_eq!(entry.stamp()[..], bytes(&case["propagation_stamp"]), "{name}");
        assert_eq!(entry.id().to_string(), text(&case["transient_id"]), "{name}");
        assert_eq!(
            entry.recipient(),
            delivery_destination(identity(&file, &case["destination"]).hash()),
            "{name}"
        );
    }
}

#[test]
fn paper_of_the_reference_is_read() {
    let file = load();
    let now = Now::default();
    for case in list(&file, "paper") {
        let packed = bytes(&case["packed"]);
        let recipient =
            file["identities"].as_object().unwrap().keys().map(|name| identity(&file, &name.as_str().into()));
        let recipient = recipient
            .into_iter()
            .find(|identity| delivery_destination(identity.hash()).as_bytes()[..] == packed[..16])
            .expect("one of the identities");
        let (mut node, mut router) = (Node::new([1; 32]), Router::new());
        router.register(&mut node, recipient, "Reader", Vec::new());
        for name in file["identities"].as_object().unwrap().keys() {
            node.learn(now, name_hash("lxmf.delivery"), identity(&file, &name.as_str().into()).public());
        }
        router.read_paper(now, &mut node, text(&case["uri"])).unwrap();
        let Some(Event::Received { message, road: Road::Paper, .. }) = router.poll_event() else {
            panic!("{}", case["name"]);
        };
        assert_eq!(message.hash.to_string(), text(&case["message_hash"]));
    }
}

#[test]
fn propagation_nodes_refuse_with_the_numbers_of_the_reference() {
    let file = load();
    let signals = &file["signals"];
    assert_eq!(NodeRefusal::InvalidStamp.signal(), bytes(&signals["invalid_stamp_packet"]));
    assert_eq!(
        NodeRefusal::of_signal(&bytes(&signals["invalid_stamp_packet"])),
        Some(NodeRefusal::InvalidStamp)
    );
    let named = [
        ("ERROR_NO_IDENTITY", NodeRefusal::NoIdentity),
        ("ERROR_NO_ACCESS", NodeRefusal::NoAccess),
        ("ERROR_INVALID_KEY", NodeRefusal::InvalidKey),
        ("ERROR_INVALID_DATA", NodeRefusal::InvalidData),
        ("ERROR_INVALID_STAMP", NodeRefusal::InvalidStamp),
        ("ERROR_THROTTLED", NodeRefusal::Throttled),
        ("ERROR_NOT_FOUND", NodeRefusal::NotFound),
        ("ERROR_TIMEOUT", NodeRefusal::Timeout),
    ];
    assert_eq!(signals["error_codes"].as_object().unwrap().len(), named.len());
    for (name, refusal) in named {
        assert_eq!(signals["error_codes"][name].as_u64(), Some(u64::from(refusal.code())), "{name}");
        assert_eq!(NodeRefusal::of(&refusal.code().into()), Some(refusal), "{name}");
    }
}

fn purpose(kind: &Value) -> Purpose {
    match text(kind) {
        "delivery" => Purpose::Delivery,
        "propagation" => Purpose::Propagation,
        "peering" => Purpose::Peering,
        other => panic!("{other} is no purpose"),
    }
}

#[test]
fn stamps_have_the_value_that_the_reference_gives_them() {
    let file = load();
    let mut workblocks = BTreeMap::new();
    for vector in file["stamps"]["cases"].as_array().unwrap() {
        let (purpose, material) = (purpose(&vector["kind"]), bytes(&vector["material"]));
        let workblock = workblocks
            .entry((purpose, material.clone()))
            .or_insert_with(|| Workblock::new(&material, purpose));
        let stamp = bytes(&vector["stamp"]);
        assert_eq!(u64::from(workblock.value(&stamp)), vector["value"].as_u64().unwrap(), "{vector}");
        let accepts = |cost: &Value| workblock.accepts(&stamp, u8::try_from(cost.as_u64().unwrap()).unwrap());
        assert!(accepts(&vector["valid_at_cost"]) && !accepts(&vector["invalid_at_cost"]), "{vector}");
    }
    assert!(workblocks.len() > 2);
}

#[test]
fn tickets_live_as_long_as_the_references_and_make_the_same_stamps() {
    let file = load();
    let vector = &file["tickets"];
    let ticket = Ticket::from_bytes(bytes(&vector["ticket"]).try_into().unwrap());
    let message = MessageHash::from_hex(text(&vector["message_id"])).unwrap();
    let stamp = bytes(&vector["stamp"]);
    assert_eq!(ticket.stamp(message).to_vec(), stamp);
    assert!(ticket.made(&stamp, message));

    let mut random = Random::from_seed([1; 32]);
    let (mut newest, mut delivered) = (None::<Grant>, None);
    let mut first = None;
    for step in vector["lifecycle"].as_array().unwrap() {
        let now = UnixTime::from_secs_f64(step["at"].as_f64().unwrap());
        let event = text(&step["event"]);
        if event.starts_with("expiry reached") {
            let first: &Grant = first.as_ref().unwrap();
            let just_before = UnixTime::from_micros(now.as_micros() - 1);
            assert!(first.holds(just_before) && !first.holds(now));
            continue;
        }
        if event.contains("day after") && delivered.is_none() {
            // The recording delivered one a day before this step, or a second less.
            let (day, short) = (86_400_000_000, i64::from(event.starts_with("less")) * 1_000_000);
            delivered = Some(UnixTime::from_micros(now.as_micros() - day + short));
        }
        match (text(&step["result"]), Issue::decide(newest.clone(), delivered, now, &mut random)) {
            ("new" | "new ticket", Issue::New(grant)) => {
                assert_eq!(grant.expires.as_micros() - now.as_micros(), 1_814_400_000_000, "{event}");
                first.get_or_insert_with(|| grant.clone());
                newest = Some(grant);
            }
            ("same ticket", Issue::Again(_)) | ("none", Issue::Nothing) => {}
            (expected, found) => panic!("{event}: {expected} and not {found:?}"),
        }
    }
}

/// The data of a packed request: what follows its time and the hash of its path.
fn request_data(case: &Value) -> Vec<u8> {
    bytes(&case["request"]).split_off(28)
}

/// The value of a packed answer: what follows the id of the request.
fn response_value(case: &Value) -> Vec<u8> {
    bytes(&case["response"]).split_off(19)
}

#[test]
fn what_clients_ask_a_propagation_node_is_read_and_answered_in_the_bytes_of_the_reference() {
    for case in list(&load(), "get_exchanges") {
        let (label, value) = (text(&case["label"]), response_value(case));
        let request = GetRequest::parse(&request_data(case)).unwrap();
        let is_list = label.starts_with("list");
        assert_eq!(request == GetRequest::List, is_list, "{label}");
        let answer = &case["response_value"];
        let Some(items) = answer["array"].as_array() else {
            let code = answer["int"].as_u64().unwrap();
            let refusal = NodeRefusal::of(&code.into()).unwrap();
            assert_eq!(refusal.answer(), value, "{label}");
            continue;
        };
        let items: Vec<_> = items.iter().map(|item| bytes(&item["bin"])).collect();
        let packed = if is_list {
            let ids: Vec<_> = items.iter().map(|id| TransientId::from_slice(id).unwrap()).collect();
            pack_ids(&ids)
        } else {
            pack_entries(items)
        };
        assert_eq!(packed, value, "{label}");
    }
}

#[test]
fn offers_of_peers_their_keys_and_the_answers_match() {
    let file = load();
    let offers = &file["offer_exchanges"];
    let [responder, initiator] =
        [&offers["responder"], &offers["initiator"]].map(|name| identity(&file, name).hash());
    let cost = u8::try_from(offers["peering_cost"].as_u64().unwrap()).unwrap();
    let key = bytes(&offers["peering_key"]);
    assert!(
        key_is_valid(responder, initiator, &key, cost) && !key_is_valid(initiator, responder, &key, cost)
    );
    for case in offers["exchanges"].as_array().unwrap() {
        let (label, data, value) = (text(&case["label"]), request_data(case), response_value(case));
        let offer = Offer::parse(&data).unwrap();
        assert_eq!(offer.pack(), data, "{label}");
        assert_eq!(
            key_is_valid(responder, initiator, &offer.key, cost),
            label != "bad peering key",
            "{label}"
        );
        let answer = OfferAnswer::decode(&value).unwrap();
        assert_eq!(answer.encode(), value, "{label}");
        if let OfferAnswer::Some(wanted) = answer {
            assert!(wanted.iter().all(|id| offer.ids.contains(id)), "{label}");
        }
    }
}

#[test]
fn what_one_node_gives_another_is_unpacked() {
    let file = load();
    let body = bytes(&file["sync_transfer"]["body"]);
    let entries = unpack_container(&body, 10).unwrap();
    let stored: Vec<_> =
        list(&file, "propagated").iter().map(|case| bytes(&case["lxmf_data_with_stamp"])).collect();
    assert!(entries.len() > 1 && entries.iter().all(|entry| stored.iter().any(|stored| stored == entry)));
}
