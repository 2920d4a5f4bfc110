//! The server as the keeper of a propagation node's entries.

use super::*;
use crate::lxmf::propagation::entry::recipient;
use crate::lxmf::propagation::get::pack_ids;
use crate::lxmf::propagation::storage::{Deposit, KeptOwn, OfferTerms, Quota, StoreNews, StoreTask};
use crate::lxmf::propagation::{GetRequest, StampedEntry, TransientId};
use crate::rns::hash::DestinationHash;

const PEER: DestinationHash = DestinationHash::from_bytes([9; 16]);
const ANY: OfferTerms = OfferTerms { least_value: 0, message_limit: u64::MAX, sync_limit: u64::MAX };

fn entry(number: u8, len: usize) -> StampedEntry {
    StampedEntry::parse(&vec![number; len]).unwrap()
}

fn link(number: u8) -> LinkId {
    LinkId::from_bytes([number; 16])
}

fn proof(number: u8) -> ProofToken {
    ProofToken::LinkPacket { link: link(number), packet: PacketHash::from_bytes([number; 32]) }
}

fn node_with(quota: u64) -> House {
    let mut house = House::new();
    let quota = Quota { bytes: quota, entries: 100 };
    assert_eq!(house.task(StoreTask::Start { peers: vec![PEER], quota }), []);
    house
}

impl House {
    fn task(&mut self, task: StoreTask) -> Vec<Effect> {
        self.handle(vec![Input::Propagation(task)])
    }

    fn leave(&mut self, entries: &[StampedEntry], from: Option<DestinationHash>) -> Vec<Effect> {
        let entries = entries.iter().map(|entry| (entry.clone(), 16)).collect();
        self.task(StoreTask::Deposit(Deposit { entries, proof: Some(proof(1)), from }))
    }

    fn get(&mut self, recipient: DestinationHash, request: GetRequest, most: u64) -> Vec<u8> {
        let request_id = RequestId::from_bytes([1; 16]);
        let effects = self.task(StoreTask::Get { link: link(2), request_id, recipient, request, most });
        let [Effect::Respond { data, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        data.clone()
    }

    fn fetch(&mut self, wants: &[TransientId], haves: &[TransientId], limit: Option<u64>) -> Vec<Vec<u8>> {
        let request = GetRequest::Fetch { wants: wants.to_vec(), haves: haves.to_vec(), limit };
        let to = DestinationHash::from_bytes([1; 16]);
        let answer = msgpack::decode(&self.get(to, request, 10_000)).unwrap();
        answer.as_array().unwrap().iter().map(|entry| entry.as_slice().unwrap().to_vec()).collect()
    }

    fn offered(&mut self) -> Vec<TransientId> {
        let effects = self.task(StoreTask::Prepare { peer: PEER, terms: ANY });
        let [Effect::Propagation(StoreNews::Prepared { ids, .. })] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        ids.clone()
    }
}

#[test]
fn what_is_left_is_proved_told_to_peers_and_handed_out_without_its_stamp() {
    let mut house = node_with(1_000_000);
    let left = entry(1, 300);
    let accepted = Effect::Accept(proof(1).into());
    assert_eq!(
        house.leave(std::slice::from_ref(&left), None),
        [accepted.clone(), Effect::Propagation(StoreNews::Waiting { except: None })]
    );
    assert_eq!(house.leave(std::slice::from_ref(&left), None), [accepted], "left again it is proved again");
    let to = recipient(left.bytes()).unwrap();
    assert_eq!(house.get(to, GetRequest::List, 10_000), pack_ids(&[left.id()]));
    assert_eq!(house.get(PEER, GetRequest::List, 10_000), pack_ids(&[]));
    assert_eq!(house.fetch(&[left.id(), left.id()], &[], None), [left.entry().to_vec()]);
    assert_eq!(house.fetch(&[], &[left.id()], None), [] as [Vec<u8>; 0]);
    assert_eq!(house.get(to, GetRequest::List, 10_000), pack_ids(&[]), "purged");
    house.leave(std::slice::from_ref(&left), None);
    assert_eq!(house.get(to, GetRequest::List, 10_000), pack_ids(&[]), "and not kept once more");
}

#[test]
fn nobody_fetches_or_purges_what_is_for_others() {
    let mut house = node_with(1_000_000);
    let theirs = entry(5, 300);
    house.leave(std::slice::from_ref(&theirs), None);
    assert_eq!(house.fetch(&[theirs.id()], &[theirs.id()], None), [] as [Vec<u8>; 0]);
    let to = recipient(theirs.bytes()).unwrap();
    assert_eq!(house.get(to, GetRequest::List, 10_000), pack_ids(&[theirs.id()]));
}

#[test]
fn an_answer_keeps_to_the_limit_and_what_is_over_stays() {
    let mut house = node_with(1_000_000);
    // All are for the same recipient, whose address they begin with.
    let entries: Vec<_> = [300, 600, 200]
        .into_iter()
        .map(|len| StampedEntry::parse(&[vec![1; 16], vec![7; len - 16]].concat()).unwrap())
        .collect();
    house.leave(&entries, None);
    let wants: Vec<_> = entries.iter().map(StampedEntry::id).collect();
    let lens = |got: Vec<Vec<u8>>| got.iter().map(|entry| entry.len() + 32).collect::<Vec<_>>();
    let exactly = 24 + 316 + 216;
    assert_eq!(lens(house.fetch(&wants, &[], Some(exactly))), [300, 200], "the one between did not fit");
    assert_eq!(lens(house.fetch(&wants, &[], Some(exactly - 1))), [300]);
    assert_eq!(lens(house.fetch(&wants, &[], Some(10))), [] as [usize; 0]);
    assert_eq!(lens(house.fetch(&wants, &[], None)), [300, 600, 200]);
}

#[test]
fn a_full_node_makes_room_and_refuses_what_can_never_fit() {
    let mut house = node_with(1_000);
    house.leave(&[entry(1, 400), entry(2, 500)], None);
    assert!(house.leave(&[entry(3, 300)], None).contains(&Effect::Accept(proof(1).into())));
    house.with(|store, _| {
        let usage = store.propagation_usage().unwrap();
        assert_eq!((usage.entries, usage.bytes), (2, 700), "the largest has made room");
    });
    assert_eq!(house.leave(&[entry(4, 1_001)], None), [Effect::Refuse(proof(1).into())]);
    let mut asleep = House::new();
    assert_eq!(asleep.leave(&[entry(1, 400)], None), [Effect::Refuse(proof(1).into())], "no node, no room");
}

#[test]
fn a_peer_is_offered_what_it_has_not_brought_and_asked_for_what_is_not_here() {
    let mut house = node_with(1_000_000);
    let (ours, theirs) = (entry(1, 300), entry(2, 300));
    house.leave(std::slice::from_ref(&ours), None);
    house.leave(std::slice::from_ref(&theirs), Some(PEER));
    assert_eq!(house.offered(), [ours.id()]);
    let effects =
        house.task(StoreTask::Load { peer: PEER, ids: vec![ours.id(), TransientId::from_bytes([8; 32])] });
    let entries = vec![ours.bytes().to_vec()];
    assert_eq!(effects, [Effect::Propagation(StoreNews::Loaded { peer: PEER, entries })]);
    let ids = vec![ours.id(), theirs.id(), TransientId::from_bytes([3; 32])];
    let request_id = RequestId::from_bytes([1; 16]);
    let effects = house.task(StoreTask::Offered { link: link(3), request_id, ids, peer: PEER });
    let [Effect::Respond { data, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(*data, pack_ids(&[TransientId::from_bytes([3; 32])]));
    assert_eq!(house.offered(), [], "what it offers it has");
}

#[test]
fn a_message_for_our_own_group_is_delivered_here_and_kept_only_until_then() {
    let mut house = node_with(1_000_000);
    let own = [house.group.delivery.as_bytes().as_slice(), &[7; 200]].concat();
    let own = StampedEntry::parse(&own).unwrap();
    let local = Effect::Propagation(StoreNews::Local { id: own.id(), entry: own.entry().to_vec() });
    assert_eq!(
        house.leave(std::slice::from_ref(&own), None),
        [Effect::Accept(proof(1).into()), local.clone()],
        "and peers hear nothing of it"
    );
    assert_eq!(house.task(StoreTask::Expire), [local], "not yet delivered, it is handed out again");
    let anna = person("anna");
    let token = DeliveryToken::Kept(own.id());
    let message = house.signed(&anna, "/help");
    let (mut input, _) = house.delivery(&anna, &message);
    let Input::Message { proof, .. } = &mut input else { panic!("no message") };
    *proof = token.clone();
    assert!(house.handle(vec![input]).contains(&Effect::Accept(token)));
    assert_eq!(house.task(StoreTask::Expire), []);
}

#[test]
fn entries_that_nobody_came_for_go_after_thirty_days() {
    let mut house = node_with(1_000_000);
    house.leave(&[entry(1, 300)], None);
    house.wait(29 * 24 * 60 * 60);
    house.task(StoreTask::Expire);
    house.with(|store, _| assert_eq!(store.propagation_usage().unwrap().entries, 1));
    house.wait(2 * 24 * 60 * 60);
    house.task(StoreTask::Expire);
    house.with(|store, _| assert_eq!(store.propagation_usage().unwrap().entries, 0));
}

#[test]
fn a_message_of_ours_is_kept_for_its_recipient_and_no_peer_that_asks_for_work_is_given_it() {
    let mut house = node_with(1_000);
    let hash = crate::lxmf::MessageHash::from_bytes([6; 32]);
    let outcome = |house: &mut House, entry: StampedEntry| {
        let effects = house.task(StoreTask::KeepOwn { hash, entry });
        let [Effect::Propagation(StoreNews::KeptOwn { hash: kept, outcome })] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        assert_eq!(*kept, hash);
        *outcome
    };
    assert_eq!(outcome(&mut house, entry(1, 300)), KeptOwn::Kept);
    assert_eq!(outcome(&mut house, entry(1, 300)), KeptOwn::Kept, "asked again");
    assert_eq!(outcome(&mut house, entry(2, 1_001)), KeptOwn::NoRoom);
    assert_eq!(house.fetch(&[entry(1, 300).id()], &[], None).len(), 1);
    let terms = OfferTerms { least_value: 1, ..ANY };
    let effects = house.task(StoreTask::Prepare { peer: PEER, terms });
    assert_eq!(effects, [Effect::Propagation(StoreNews::Prepared { peer: PEER, ids: Vec::new() })]);
}
