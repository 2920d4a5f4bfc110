//! The server driven as its thread drives it, in virtual time: a house with one group, and people who call and write.

mod acknowledge;
mod broadcasts;
mod budgets;
mod commands;
mod emissions;
mod faults;
mod founding;
mod golden;
mod groups;
mod history;
mod joining;
mod knocking;
mod languages;
mod messages;
mod moderation;
mod notices;
mod outbox;
mod permissions;
mod propagation;
mod queries;
mod ratchets;
mod requests;
mod roles;
mod small;
mod stamps;
mod threads;

use crate::group::event::{IdentityBanned, RoleAssigned};
use std::time::Duration;

use rmpv::Value;

use super::{Effect, HostedGroup, Input, SendOutcome, Sent, Server};
use crate::group::{Caller, GroupEvent, GroupId, Head, Role};
use crate::lxmf::{DeliveryToken, Message, OutboundMessage, Road, SignedMessage, StampState};
use crate::rns::event::{InboundRequest, ProofToken};
use crate::rns::hash::{LinkId, PacketHash, PathHash, RequestId, sha256, truncated_sha256};
use crate::rns::identity::Identity;
use crate::rns::msgpack;
use crate::rns::random::Random;
use crate::rns::time::{Instant, Now, UnixTime};
use crate::store::{Store, Transaction};

/// `Link.MDU` at the MTU of 500.
const MDU: usize = 431;
/// A morning in 2026.
const START: i64 = 1_795_000_000;

/// What becomes of the server's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Network {
    Delivers,
    /// Nothing is heard of them until the test says so.
    Silent,
}

struct House {
    server: Server,
    network: Network,
    group: HostedGroup,
    now: Now,
    counter: u64,
}

fn person(name: &str) -> Identity {
    Identity::generate(&mut Random::from_seed(sha256(&[name.as_bytes()])))
}

fn start() -> Now {
    Now { instant: Instant::from_micros(0), unix: UnixTime::from_micros(START * 1_000_000) }
}

/// A map with names as keys.
fn named(fields: &[(&str, Value)]) -> Value {
    Value::Map(fields.iter().map(|(name, value)| (Value::from(*name), value.clone())).collect())
}

/// The value of a field in a named answer.
fn get<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let found = answer.as_map().and_then(|map| map.iter().find(|(key, _)| key.as_str() == Some(name)));
    found.map_or(&Value::Nil, |(_, value)| value)
}

/// What a message of ours says.
fn said(sent: &OutboundMessage) -> Message {
    let signed = SignedMessage::from_parts(sent.destination, sent.source, [0; 64], &sent.payload);
    signed.expect("we send what can be read").message
}

fn bytes(value: &[u8]) -> Value {
    Value::Binary(value.to_vec())
}

impl House {
    fn new() -> Self {
        Self::with_store(Store::open_in_memory().unwrap())
    }

    fn with_store(store: Store) -> Self {
        let server = Server::with_store(store, &person("host"), None, start(), [7; 32]).unwrap();
        let group = server.hosted_groups().pop().unwrap();
        Self { server, network: Network::Delivers, group, now: start(), counter: 0 }
    }

    fn wait(&mut self, seconds: u32) {
        let duration = Duration::from_secs(u64::from(seconds));
        self.now.instant = self.now.instant.after(duration);
        let micros = self.now.unix.as_micros() + i64::from(seconds) * 1_000_000;
        self.now.unix = UnixTime::from_micros(micros);
    }

    fn gid(&self) -> GroupId {
        self.server.groups[0].gid
    }

    fn handle(&mut self, mut inputs: Vec<Input>) -> Vec<Effect> {
        let mut effects = Vec::new();
        while !inputs.is_empty() {
            inputs = self.server.handle_inputs(self.now, inputs);
            effects.extend(std::iter::from_fn(|| self.server.poll_effect()));
        }
        if self.network == Network::Delivers {
            self.deliver_all(&mut effects);
        }
        effects
    }

    /// Tells the server that all its messages have arrived, and those it sends then, until none is left.
    fn deliver_all(&mut self, effects: &mut Vec<Effect>) {
        let mut told = 0;
        loop {
            let sent = effects.iter().skip(told).filter_map(|effect| match effect {
                Effect::Send(message) => Some(Sent { hash: message.hash(), outcome: SendOutcome::Delivered }),
                _ => None,
            });
            let sent: Vec<_> = sent.collect();
            if sent.is_empty() {
                return;
            }
            told = effects.len();
            assert!(self.server.handle_inputs(self.now, vec![Input::Sent(sent)]).is_empty());
            self.server.handle_timeout(self.now);
            effects.extend(std::iter::from_fn(|| self.server.poll_effect()));
        }
    }

    /// In a transaction of its own.
    fn with<T>(&mut self, work: impl FnOnce(&Transaction<'_>, GroupId) -> T) -> T {
        let gid = self.gid();
        let transaction = self.server.store.begin().unwrap();
        let value = work(&transaction, gid);
        transaction.commit().unwrap();
        value
    }

    fn head(&mut self) -> Head {
        self.with(|store, gid| store.head(gid).unwrap().unwrap())
    }

    fn apply(&mut self, event: &GroupEvent) {
        let now = self.now.unix;
        self.with(|store, gid| {
            let head = store.head(gid).unwrap();
            store.apply(gid, head.as_ref(), event, now, [9; 16]).unwrap();
        });
    }

    fn ban(&mut self, who: &Identity) {
        let by = Caller::Operator.identity();
        self.apply(&GroupEvent::IdentityBanned(IdentityBanned::new(
            (who.hash(), None, None),
            "spam".into(),
            by,
            None,
            &[],
        )));
    }

    /// Makes a member something else, as the operator would.
    fn appoint(&mut self, who: &Identity, role: Role) {
        self.apply(&RoleAssigned { member: who.hash(), role, by: None }.into());
    }

    fn request(&mut self, caller: Option<&Identity>, path: &str, data: Vec<u8>, link_mdu: usize) -> Input {
        self.counter += 1;
        Input::Request(InboundRequest {
            link: LinkId::from_bytes([1; 16]),
            destination: self.group.group,
            request_id: RequestId::from_bytes(truncated_sha256(&[&self.counter.to_be_bytes()])),
            path_hash: PathHash::of(path),
            data,
            requested_at: self.now.unix,
            caller: caller.map(|caller| caller.public().clone()),
            link_mdu,
            air: None,
        })
    }

    /// The packed answer to a packed request.
    fn ask_packed(&mut self, caller: Option<&Identity>, path: &str, data: Vec<u8>) -> Vec<u8> {
        let request = self.request(caller, path, data, MDU);
        match self.handle(vec![request]).into_iter().next() {
            Some(Effect::Respond { data, .. }) => data,
            other => panic!("no answer but {other:?}"),
        }
    }

    fn ask(&mut self, caller: Option<&Identity>, path: &str, fields: &[(&str, Value)]) -> Value {
        let answer = self.ask_packed(caller, path, msgpack::encode(&named(fields)));
        msgpack::decode(&answer).unwrap()
    }

    fn join(&mut self, who: &Identity, nick: &str) -> Value {
        self.ask(Some(who), "/api/v1/join", &[("nick", nick.into())])
    }

    fn latest(&mut self, who: &Identity) -> Vec<Value> {
        let fields = [("limit", 1000.into()), ("max_bytes", 1_000_000.into())];
        let answer = self.ask(Some(who), "/api/v1/messages", &fields);
        get(&answer, "messages").as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    }

    fn texts(&mut self, who: &Identity) -> Vec<String> {
        self.latest(who).iter().map(|item| get(item, "text").as_str().unwrap().to_owned()).collect()
    }

    fn signed(&self, author: &Identity, text: &str) -> SignedMessage {
        let message = Message {
            time: self.now.unix,
            title: Vec::new(),
            content: text.as_bytes().to_vec(),
            fields: vec![0x80],
        };
        SignedMessage::sign(message, self.group.delivery, author)
    }

    /// A delivery of `message`: each has another proof token.
    fn delivery(&mut self, author: &Identity, message: &SignedMessage) -> (Input, DeliveryToken) {
        self.counter += 1;
        let link = LinkId::from_bytes([2; 16]);
        let packet = PacketHash::from_bytes(sha256(&[&self.counter.to_be_bytes()]));
        let proof = DeliveryToken::from(ProofToken::LinkPacket { link, packet });
        let input = Input::Message {
            message: message.clone(),
            author: author.public().clone(),
            road: Road::Link,
            stamp: StampState::NotAsked,
            proof: proof.clone(),
        };
        (input, proof)
    }

    /// Writes to the group: was it proved, and what was sent then?
    fn write(&mut self, author: &Identity, text: &str) -> (bool, Vec<OutboundMessage>) {
        self.wait(1);
        let message = self.signed(author, text);
        self.deliver(author, &message)
    }

    fn deliver(&mut self, author: &Identity, message: &SignedMessage) -> (bool, Vec<OutboundMessage>) {
        let (input, proof) = self.delivery(author, message);
        self.deliver_input(input, &proof)
    }

    fn deliver_input(&mut self, input: Input, proof: &DeliveryToken) -> (bool, Vec<OutboundMessage>) {
        let mut proved = None;
        let mut sent = Vec::new();
        for effect in self.handle(vec![input]) {
            match effect {
                Effect::Accept(token) if token == *proof => proved = Some(true),
                Effect::Refuse(token) if token == *proof => proved = Some(false),
                Effect::Send(message) => sent.push(message),
                Effect::Host { .. } | Effect::Reannounce { .. } => {}
                Effect::CloseLinks { .. } => {}
                other => panic!("unexpected {other:?}"),
            }
        }
        (proved.expect("every delivery is proved or refused"), sent)
    }

    /// The one answer in chat.
    fn answer(&mut self, author: &Identity, text: &str) -> String {
        let (proved, sent) = self.write(author, text);
        assert!(proved, "a command is carried out");
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].destination, crate::lxmf::message::delivery_destination(author.hash()));
        assert_eq!(sent[0].source, self.group.delivery);
        String::from_utf8(said(&sent[0]).content).unwrap()
    }
}
