//! What is asked without a link costs on the air, beside what `bytes` counts on one: a packet there and a packet back,
//! for one or for all who are near.

use rmpv::Value;
use roost::api::linkless::{
    BROADCAST_NAME, Broadcast, BroadcastQuery, CLIENT_NAME, GroupTag, Query, QueryId, Reply, Who, group_name,
};
use roost::rns::broadcast::{GroupKey, GroupSpec};
use roost::rns::destination::{DestinationSpec, plain_destination_hash};
use roost::rns::event::{Event, ProofToken};
use roost::rns::identity::Identity;
use roost::rns::node::Came;
use roost::server::{Effect, InboundBroadcast, InboundQuery, Input};

use crate::bytes::{House, five, head, line, named, texts};
use crate::network::{group_of, identity};
use crate::pair::SECOND;

impl House {
    /// Hands the server what has come, and carries out what it wants then.
    fn give(&mut self, input: Input) {
        for effect in self.handle(input) {
            self.network.call(self.host, |node, now| match effect {
                Effect::Reply { came, to, data } => {
                    node.reply(now, came, &to, &data).unwrap();
                }
                Effect::Broadcast { interface, audience, destination, payload } => {
                    node.broadcast_on(interface, audience, destination, &payload).unwrap();
                }
                _ => {}
            });
        }
    }

    /// What has come to the host is for the server.
    fn serve(&mut self) {
        self.network.run_for(SECOND);
        for event in self.network.events(self.host) {
            match event {
                Event::Packet { destination, data, hops, proof: ProofToken::Packet { interface, .. } } => {
                    let came = Came { interface, hops };
                    self.give(Input::Query(InboundQuery { destination, came, data }));
                }
                Event::PlainPacket { interface, data, .. } => {
                    self.give(Input::Broadcast(InboundBroadcast { interface, data }));
                }
                _ => {}
            }
        }
        self.network.run_for(SECOND);
    }

    /// A member asks in one packet; the texts of the answer.
    fn query(&mut self, member: &Identity, who: Who) -> Vec<String> {
        let client = DestinationSpec { full_name: CLIENT_NAME.to_owned(), ..group_of(member.clone(), "") };
        let id =
            QueryId::from_bytes([who.identity().as_bytes()[0], 2, 3, u8::from(matches!(who, Who::Key(_)))]);
        let query = Query { id, who, limit: 5, blocks: 0, since: None };
        let group = self.group;
        self.network.call(self.client, |node, now| {
            node.register_destination(client);
            node.send_packet(now, group, &query.encode()).unwrap();
        });
        self.serve();
        let answer = self.network.events(self.client).into_iter().find_map(|event| match event {
            Event::Packet { data, .. } => Reply::parse(&data),
            _ => None,
        });
        let answer = answer.expect("an answer");
        assert_eq!(answer.id, id);
        texts(&answer.body)
    }

    /// The key of the group's broadcast, which a member has fetched on a link.
    fn broadcast_key(&mut self, member: &Identity) -> (u64, [u8; 64]) {
        self.operate("set", "broadcast on");
        let answer = self.ask(member, "/api/v1/broadcast", &Value::Nil);
        let get = |name| named(&answer, name).unwrap_or_else(|| panic!("{answer}"));
        (get("epoch").as_u64().unwrap(), get("key").as_slice().unwrap().try_into().unwrap())
    }

    /// A member asks for all who are near; the texts of the answer.
    fn ask_aloud(&mut self, (epoch, key): (u64, [u8; 64])) -> Vec<String> {
        let group = self.server.hosted_groups().pop().unwrap().identity.hash();
        let spec = GroupSpec {
            identity: group,
            full_name: group_name(epoch),
            key: GroupKey::from_bytes(&key).unwrap(),
        };
        let query = BroadcastQuery::new(GroupTag::of(self.group), (epoch, &key), 5, None);
        self.network.call(self.host, |node, _| node.register_plain(BROADCAST_NAME));
        self.network.call(self.client, |node, _| {
            node.register_group(spec);
            let name = roost::rns::destination::name_hash(BROADCAST_NAME);
            node.send_plain(plain_destination_hash(name), &query.encode()).unwrap();
        });
        self.serve();
        let heard = self.network.events(self.client).into_iter().find_map(|event| match event {
            Event::GroupPacket { data, .. } => Broadcast::parse(&data),
            _ => None,
        });
        match heard {
            Some(Broadcast::Messages(body)) => texts(&body),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_latest_five_messages_without_a_link_cost_no_more_than_was_promised() {
    let mut table = head("What the latest five messages of 80 characters cost without a link.");
    let (mut house, member) = (House::new(&five()), identity(20));
    assert_eq!(house.query(&member, Who::Known(member.hash())), five());
    line(&mut table, "one packet there, one back", &house.frames(), Some(486));
    assert_eq!(house.query(&member, Who::Key(*member.public().as_bytes())), five());
    line(&mut table, "the same of somebody who brings their key", &house.frames(), None);
    let key = house.broadcast_key(&member);
    house.frames();
    assert_eq!(house.ask_aloud(key), five());
    line(&mut table, "one asks and all who are near are answered", &house.frames(), Some(352));
    insta::assert_snapshot!(table);
}
