//! What is asked of a group's server: a path, and packed fields under their numbers.
//! Not what is answered.

use rmpv::Value;

use super::errand::JoinWish;
use super::road;
use crate::api::body::Format;
use crate::api::budget::MAX_LIMIT;
use crate::api::fields;
use crate::rns::hash::DestinationHash;
use crate::rns::msgpack;

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    /// What is asked for.
    pub(super) path: &'static str,
    /// Must the server know who asks?
    pub(super) asker: Asker,
    data: Data,
}

#[derive(Debug, Clone, PartialEq)]
enum Data {
    Fields(Vec<(&'static str, Value)>),
    /// The short form: `format`, `limit` and `since`.
    Short(Vec<Value>),
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// Anybody.
    Anybody,
    /// This member, who proves it on the link.
    Myself,
}

impl Question {
    fn by(asker: Asker, path: &'static str, fields: Vec<(&'static str, Value)>) -> Self {
        Self { path, asker, data: Data::Fields(fields) }
    }

    /// What the group is.
    pub(super) fn info() -> Self {
        Self::by(Asker::Anybody, "/api/v1/info", Vec::new())
    }

    /// To become a member. What is left out of the answer this client says itself.
    pub(super) fn join(wish: &JoinWish, work: Option<Vec<u8>>) -> Self {
        let texts = [("nick", &wish.nick), ("code", &wish.code), ("text", &wish.text)];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, Value::from(text.as_deref()?))));
        let work = work.map(|work| ("work", Value::Binary(work)));
        let short = [("short", Value::from(true))];
        Self::by(Asker::Myself, JOIN, texts.chain(work).chain(short).collect())
    }

    /// The latest messages.
    pub(super) fn latest(limit: u32) -> Self {
        let data = Data::Short(vec![Format::Compact.number().into(), limit.into()]);
        Self { path: MESSAGES, asker: Asker::Myself, data }
    }

    /// What has changed since a cursor, in so many bytes; in one packet, if nothing is said.
    pub(super) fn changes(since: Value, max_bytes: Option<u32>) -> Self {
        let Some(most) = max_bytes else {
            let data = Data::Short(vec![Format::Compact.number().into(), Value::Nil, since]);
            return Self { path: MESSAGES, asker: Asker::Myself, data };
        };
        let fields = [("format", Format::Compact.number().into()), ("since", since)];
        let bounds = [("limit", MAX_LIMIT.into()), ("max_bytes", most.into())];
        Self::by(Asker::Myself, MESSAGES, fields.into_iter().chain(bounds).collect())
    }

    /// Who the members after this one are.
    pub(super) fn members(after: u32, max_bytes: Option<u32>) -> Self {
        let mut fields = vec![("after", after.into())];
        if let Some(most) = max_bytes {
            fields.extend([("limit", MAX_LIMIT.into()), ("max_bytes", most.into())]);
        }
        Self::by(Asker::Myself, "/api/v1/members", fields)
    }

    /// To say something that is signed.
    pub(super) fn post(payload: &[u8], signature: &[u8]) -> Self {
        let bytes = |bytes: &[u8]| Value::Binary(bytes.to_vec());
        let fields = vec![("payload", bytes(payload)), ("signature", bytes(signature))];
        Self::by(Asker::Myself, POST, fields)
    }

    /// To be told of what is new, or not any more.
    pub(super) fn notify(mode: &str, ping: Option<DestinationHash>) -> Self {
        let ping = ping.map(|ping| ("ping", Value::Binary(ping.as_bytes().to_vec())));
        let fields = [("notify", Value::from(mode))].into_iter().chain(ping).collect();
        Self::by(Asker::Myself, NOTIFY, fields)
    }

    /// Most bytes of an answer, as far as that is known: then it is not waited for longer than they take. A refusal is as
    /// long as two sentences.
    pub(super) fn most_answer(&self) -> usize {
        match self.path {
            POST | NOTIFY => SHORT_ANSWER,
            // What does not fit a packet is advertised in one that is smaller, and then has timeouts of its own.
            _ => road::LINK_MDU,
        }
    }

    /// As it travels: under numbers, so that the answer has numbers, too.
    pub(super) fn packed(&self, speaks: Option<&str>) -> Vec<u8> {
        let fields = match &self.data {
            Data::Fields(fields) => fields,
            Data::Short(values) => return msgpack::encode(&Value::Array(values.clone())),
        };
        let speaks = speaks.map(|language| ("lang", Value::from(language)));
        let pairs = fields.iter().cloned().chain(speaks);
        let mut pairs: Vec<_> =
            pairs.filter_map(|(name, value)| Some((Value::from(fields::number(name)?), value))).collect();
        if pairs.is_empty() {
            pairs.push((1.into(), 1.into()));
        }
        msgpack::encode(&Value::Map(pairs))
    }
}

const MESSAGES: &str = "/api/v1/messages";
const JOIN: &str = "/api/v1/join";
const POST: &str = "/api/v1/messages/post";
const NOTIFY: &str = "/api/v1/notify";
/// Two sentences, or a number and one.
const SHORT_ANSWER: usize = 240;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_questions_leave_a_request_at_its_shortest() {
        // Up to three bytes of data a request is 99 bytes on the wire (page 23 §1 of the protocol).
        assert_eq!(Question::info().packed(None), [0x81, 1, 1]);
        assert_eq!(Question::latest(5).packed(Some("de")), [0x92, 3, 5]);
        assert_eq!(Question::changes(7.into(), None).packed(None), [0x93, 3, 0xc0, 7]);
    }

    #[test]
    fn every_field_has_a_number() {
        let wish = JoinWish { nick: Some("a".into()), code: Some("b".into()), text: Some("c".into()) };
        for (question, fields) in [
            (Question::join(&wish, Some(vec![1])), 6),
            (Question::changes(7.into(), Some(1_000)), 5),
            (Question::members(0, Some(1_000)), 4),
            (Question::post(&[1], &[2]), 3),
            (Question::notify("all", Some(DestinationHash::from_bytes([1; 16]))), 3),
        ] {
            let packed = msgpack::decode(&question.packed(Some("de"))).unwrap();
            assert_eq!(packed.as_map().unwrap().len(), fields, "{question:?}");
        }
    }
}
