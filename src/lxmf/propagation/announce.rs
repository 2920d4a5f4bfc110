//! What the announce of an `lxmf.propagation` says: whether the node is active, what it takes, and what that costs.
//! Not the announce itself; the node builds and checks it.

use rmpv::Value;

use crate::rns::msgpack;
use crate::rns::time::UnixTime;

/// `PN_META_VERSION`: of the program.
const META_VERSION: u64 = 0x00;
/// `PN_META_NAME`: of the node.
const META_NAME: u64 = 0x01;
/// `PN_META_IMPLEMENTATION`: which program.
const META_IMPLEMENTATION: u64 = 0xfe;
/// Longest name that is read or said, in bytes.
const MAX_NAME: usize = 64;

/// What a propagation node says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeAnnounce {
    /// When it said so, by its clock; orders what it says.
    pub time: UnixTime,
    /// Whether it takes new peers. One that does not may still serve clients.
    pub state: NodeState,
    /// Largest entry that peers may send, in kB.
    pub message_limit: u64,
    /// Largest transfer, in kB.
    pub sync_limit: u64,
    /// Leading zero bits that the propagation stamp of an upload should have.
    pub stamp_cost: u8,
    /// So many bits less are taken, too.
    pub flexibility: u8,
    /// Leading zero bits that a peering key must have.
    pub peering_cost: u8,
    /// Its name, if it has one.
    pub name: Option<String>,
}

/// Does a node take new peers?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeState {
    /// It does.
    Active,
    /// It is switched off, or has only the peers that it was told of.
    Inactive,
}

impl NodeAnnounce {
    /// The least value of a propagation stamp that is taken.
    pub const fn least_value(&self) -> u8 {
        self.stamp_cost.saturating_sub(self.flexibility)
    }

    /// The app data, in the form since lxmf 0.9.
    pub fn encode(&self) -> Vec<u8> {
        let mut metadata = vec![
            (Value::from(META_IMPLEMENTATION), Value::from("roost")),
            (Value::from(META_VERSION), Value::from(env!("CARGO_PKG_VERSION"))),
        ];
        metadata.extend(
            self.name.as_ref().map(|name| (Value::from(META_NAME), Value::Binary(name.as_bytes().to_vec()))),
        );
        msgpack::encode(&Value::Array(vec![
            Value::from(false),
            Value::from(self.time.as_secs()),
            Value::from(self.state == NodeState::Active),
            Value::from(self.message_limit),
            Value::from(self.sync_limit),
            Value::Array([self.stamp_cost, self.flexibility, self.peering_cost].map(Value::from).to_vec()),
            Value::Map(metadata),
        ]))
    }

    /// Reads app data; `None` if it is not what a current node says, for then its costs are not known either.
    pub fn decode(app_data: &[u8]) -> Option<Self> {
        let Ok(Value::Array(elements)) = msgpack::decode(app_data) else { return None };
        let [_, time, state, message_limit, sync_limit, Value::Array(costs), Value::Map(metadata), ..] =
            elements.as_slice()
        else {
            return None;
        };
        let [stamp_cost, flexibility, peering_cost, ..] = costs.as_slice() else { return None };
        Some(Self {
            time: UnixTime::from_micros(whole(time)?.saturating_mul(1_000_000)),
            state: state_of(state)?,
            message_limit: u64::try_from(whole(message_limit)?).unwrap_or(0),
            sync_limit: u64::try_from(whole(sync_limit)?).unwrap_or(0),
            stamp_cost: cost(stamp_cost)?,
            flexibility: cost(flexibility)?,
            peering_cost: cost(peering_cost)?,
            name: metadata.iter().find(|(key, _)| key.as_u64() == Some(META_NAME)).and_then(|(_, v)| name(v)),
        })
    }
}

/// A number without its fraction: the reference cuts it off, too.
#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, which is what is wanted")]
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => {
            Some(number.as_i64().unwrap_or(if number.as_u64().is_some() { i64::MAX } else { i64::MIN }))
        }
        Value::F64(number) if number.is_finite() => Some(*number as i64),
        Value::F32(number) if number.is_finite() => Some(*number as i64),
        Value::Boolean(yes) => Some(i64::from(*yes)),
        _ => None,
    }
}

/// Bits of work: nobody does more than 255.
fn cost(value: &Value) -> Option<u8> {
    whole(value).map(|cost| u8::try_from(cost.max(0)).unwrap_or(u8::MAX))
}

/// The reference compares with true and false, to which 1 and 0 are equal there.
fn state_of(value: &Value) -> Option<NodeState> {
    match (value, value.as_f64()) {
        (Value::Boolean(true), _) | (_, Some(1.0)) => Some(NodeState::Active),
        (Value::Boolean(false), _) | (_, Some(0.0)) => Some(NodeState::Inactive),
        _ => None,
    }
}

/// One short line.
fn name(value: &Value) -> Option<String> {
    let Value::Binary(bytes) = value else { return None };
    let text = std::str::from_utf8(bytes).ok()?;
    let clean: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    let end = clean
        .char_indices()
        .map(|(at, c)| at.saturating_add(c.len_utf8()))
        .take_while(|end| *end <= MAX_NAME);
    let short = clean.get(..end.last()?)?;
    Some(short.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announce() -> NodeAnnounce {
        NodeAnnounce {
            time: UnixTime::from_micros(1_800_000_000_000_000),
            state: NodeState::Active,
            message_limit: 256,
            sync_limit: 2048,
            stamp_cost: 16,
            flexibility: 3,
            peering_cost: 18,
            name: Some("Perch".to_owned()),
        }
    }

    #[test]
    fn what_is_announced_is_read() {
        for announce in [announce(), NodeAnnounce { state: NodeState::Inactive, name: None, ..announce() }] {
            assert_eq!(NodeAnnounce::decode(&announce.encode()), Some(announce));
        }
    }

    #[test]
    fn odd_numbers_stay_in_their_bounds() {
        let with = |limit: Value, cost: Value| {
            let costs = Value::Array(vec![cost.clone(), cost, 300.into()]);
            let metadata = Value::Map(vec![(1.into(), Value::Binary(vec![b'x'; 200]))]);
            NodeAnnounce::decode(&msgpack::encode(&Value::Array(vec![
                false.into(),
                1.into(),
                true.into(),
                limit.clone(),
                limit,
                costs,
                metadata,
            ])))
        };
        let odd = with((-5).into(), (-3).into()).unwrap();
        assert_eq!((odd.message_limit, odd.stamp_cost, odd.peering_cost), (0, 0, 255));
        assert_eq!(odd.name.map(|name| name.len()), Some(MAX_NAME));
        let fraction = with(256.9.into(), 13.5.into()).unwrap();
        assert_eq!((fraction.sync_limit, fraction.stamp_cost), (256, 13));
        assert_eq!(with(u64::MAX.into(), 1.into()).unwrap().sync_limit, u64::try_from(i64::MAX).unwrap());
        for nothing in [Value::Nil, f64::NAN.into(), "ten".into(), Value::Array(Vec::new())] {
            assert_eq!(with(nothing.clone(), 1.into()), None, "{nothing}");
            assert_eq!(with(1.into(), nothing.clone()), None, "{nothing}");
        }
    }
}
