//! Saying something: as one packet with a proof where that is cheapest, else as a request with an answer. Both carry the
//! same signed message, so what goes on both roads is one post.
//! Not what others see of it.

use super::answer::Posted;
use super::news::{News, Outcome, Stage};
use super::question::Question;
use super::road::{self, Road};
use super::{Client, ClientError, Step};
use crate::lxmf::message::DELIVERY_NAME;
use crate::lxmf::{DeliveryAnnounce, Message, SignedMessage};
use crate::rns::Node;
use crate::rns::destination::name_hash;
use crate::rns::event::Event;
use crate::rns::hash::{DestinationHash, PacketHash};
use crate::rns::packet::ENCRYPTED_MDU;
use crate::rns::time::{Instant, Now};

/// How often a packet is sent before a link is tried, which tells why nothing is proved.
const MOST_PACKETS: u32 = 4;
/// Bytes of a packed message before its payload: two addresses and a signature.
const ADDRESSES: usize = 32;
const HEAD: usize = 96;

/// A post on its way.
#[derive(Debug)]
pub(super) struct Posting {
    text: String,
    /// The complete packed message.
    packed: Vec<u8>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The way must be known first.
    Seeking { delivery: DestinationHash },
    /// In packets of its own.
    Packets { delivery: DestinationHash, sent: Vec<PacketHash>, until: Instant },
    /// On a link.
    Asked,
}

impl Posting {
    pub(super) const fn due(&self) -> Option<Instant> {
        match &self.state {
            State::Packets { until, .. } => Some(*until),
            State::Seeking { .. } | State::Asked => None,
        }
    }
}

impl Client {
    pub(super) fn begin_posting(&mut self, now: Now, node: &mut Node, text: String) {
        match self.prepared(now, text) {
            Ok(posting) => {
                self.step = Step::Posting(posting);
                let told = self.way.seek(now, node);
                self.handle_way(now, node, told);
            }
            Err(error) => self.fail(error),
        }
    }

    /// The signed message: the same bytes as before, if this was said before and never confirmed.
    fn prepared(&mut self, now: Now, text: String) -> Result<Posting, ClientError> {
        let group = self.way.group();
        let delivery = self.cache.group(group)?.ok_or(ClientError::NotKnown(group))?.delivery;
        let content = text.as_bytes().to_vec();
        let message = Message { time: now.unix, title: Vec::new(), content, fields: Vec::new() };
        let packed = SignedMessage::sign(message, delivery, &self.identity).pack();
        let packed = self.cache.unconfirmed(group, &text, packed)?;
        Ok(Posting { text, packed, state: State::Seeking { delivery } })
    }

    /// Sends it, once the way is known.
    pub(super) fn post(&mut self, now: Now, node: &mut Node) {
        let Step::Posting(Posting { text, packed, state }) = &mut self.step else { return };
        let State::Seeking { delivery } = *state else { return };
        let group = self.way.group();
        let fits = packed.len() <= ENCRYPTED_MDU.saturating_add(16);
        let road = match road::is_slow(node, now, group) {
            true if fits && may_go_alone(node, now, group, delivery, text) => {
                road::for_post(packed.len(), self.way.link_state())
            }
            true | false => Road::Link,
        };
        match road {
            Road::Packet => {
                if let Some(known) = node.recall(group) {
                    let identity = known.identity.clone();
                    node.learn(now, name_hash(DELIVERY_NAME), &identity);
                }
                *state = State::Packets { delivery, sent: Vec::new(), until: now.instant };
                self.send_packet(now, node);
            }
            Road::Link => self.post_on_link(now, node),
        }
    }

    fn send_packet(&mut self, now: Now, node: &mut Node) {
        let Step::Posting(Posting { packed, state, .. }) = &mut self.step else { return };
        let State::Packets { delivery, sent, until } = state else { return };
        let again = u32::try_from(sent.len()).unwrap_or(u32::MAX);
        let plaintext = packed.get(16..).unwrap_or_default();
        let packet = (again < MOST_PACKETS).then(|| node.send_packet(now, *delivery, plaintext));
        match packet {
            Some(Ok(packet)) => {
                sent.push(packet);
                let there = road::sealed(road::PACKET, plaintext.len());
                let group = self.way.group();
                let patience = road::patience(node, now, group, there, road::PROOF);
                let jitter = road::jitter(&mut self.random, node, now, group, again);
                *until = now.instant.after(patience.saturating_add(jitter));
                self.news.push_back(News::Stage(Stage::Proof { again }));
            }
            Some(Err(_)) | None => self.post_on_link(now, node),
        }
    }

    /// What is told there is why, too.
    fn post_on_link(&mut self, now: Now, node: &mut Node) {
        let Step::Posting(posting) = &mut self.step else { return };
        posting.state = State::Asked;
        let signature = posting.packed.get(ADDRESSES..HEAD).unwrap_or_default();
        let payload = posting.packed.get(HEAD..).unwrap_or_default();
        let question = Question::post(payload, signature);
        self.ask(now, node, question);
    }

    /// Is it about a packet of ours?
    pub(super) fn handle_proof(&mut self, event: &Event) -> bool {
        let Step::Posting(Posting { text, state: State::Packets { sent, .. }, .. }) = &self.step else {
            return false;
        };
        match event {
            Event::PacketDelivered { packet, .. } if sent.contains(packet) => {
                let settled = self.cache.settle_post(self.way.group(), &text.clone());
                match settled {
                    Ok(()) => self.done(Outcome::Sent { seq: None, held: None }),
                    Err(error) => self.fail(error.into()),
                }
                true
            }
            Event::PacketTimedOut { packet } => sent.contains(packet),
            _ => false,
        }
    }

    pub(super) fn handle_posting_timeout(&mut self, now: Now, node: &mut Node) {
        let Step::Posting(posting) = &self.step else { return };
        if posting.due().is_some_and(|due| due <= now.instant) {
            self.send_packet(now, node);
        }
    }

    pub(super) fn told_posted(&mut self, answer: &[u8], posting: &Posting) {
        let posted = Posted::read(answer);
        // What is refused with a reason will not be said with the next words that happen to be the same.
        let is_settled = !matches!(&posted, Err(ClientError::Refused { code, .. }) if is_for_now(code))
            && !matches!(&posted, Err(ClientError::Strange(_)));
        if is_settled && let Err(error) = self.cache.settle_post(self.way.group(), &posting.text) {
            return self.fail(error.into());
        }
        match posted {
            Ok(Posted { seq, why }) => self.done(Outcome::Sent { seq: Some(seq), held: why }),
            Err(error) => self.fail(error),
        }
    }
}

/// Refusals that may not hold the next time.
fn is_for_now(code: &str) -> bool {
    matches!(code, "unavailable" | "slow_down" | "identify")
}

/// Does a packet without a link get there, and is it taken for what it is? Behind a transport node only if the way to the
/// delivery destination is known, too; where work is asked for with each message it is not; and what begins with a slash
/// would be carried out.
fn may_go_alone(
    node: &Node,
    now: Now,
    group: DestinationHash,
    delivery: DestinationHash,
    text: &str,
) -> bool {
    let announced = node.recall(delivery).and_then(|known| known.app_data.as_deref());
    let asks_for_work = announced.is_some_and(|said| DeliveryAnnounce::decode(said).stamp_cost.is_some());
    (road::is_neighbour(node, now, group) || node.hops_to(delivery).is_some())
        && !asks_for_work
        && !text.trim_start().starts_with('/')
}
