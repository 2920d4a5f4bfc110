//! What programs ask a shared instance, read from the MessagePack that they send.
//! Not the answers.

use rmpv::Value;

use crate::rns::error::DropReason;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::msgpack;

/// A question, or an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::daemon) enum Question {
    /// The paths of at most so many hops.
    Paths {
        /// All if `None`.
        max_hops: Option<u64>,
    },
    /// The interfaces and their traffic.
    Interfaces,
    /// How often others announce themselves.
    Rates,
    /// The name of the interface that leads to a destination.
    NextHopInterface(DestinationHash),
    /// The next transport node on the way there.
    NextHop(DestinationHash),
    /// How long a packet may take to the next node on the way there.
    FirstHopTimeout(DestinationHash),
    /// The rate of the slowest interface.
    LowestBitrate,
    /// How long the answer to a path request may take.
    PathTimeout,
    /// How many links run through here.
    Links,
    /// How many of them are up.
    OpenLinks,
    /// Forget the path to a destination.
    DropPath(DestinationHash),
    /// Forget the paths by way of a transport node.
    DropVia(IdentityHash),
    /// Forget the announces that wait to go out.
    DropAnnounceQueues,
    /// About something that Roost hasn't.
    Absent(Absent),
}

/// What is said of what Roost hasn't, as the reference says it where there is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::daemon) enum Absent {
    /// Nothing is known.
    Unknown,
    /// It is not so, or was not done.
    No,
    /// There are none.
    Empty,
}

/// Questions about what Roost hasn't: a key of the request, its value if that matters, and what is said.
const ABSENT: &[(&str, Option<&str>, Absent)] = &[
    ("get", Some("packet_rssi"), Absent::Unknown),
    ("get", Some("packet_snr"), Absent::Unknown),
    ("get", Some("packet_q"), Absent::Unknown),
    ("get", Some("profiling_results"), Absent::Unknown),
    ("get", Some("blackholed_identities"), Absent::Empty),
    ("get", Some("is_blackholed"), Absent::No),
    ("manage", None, Absent::No),
    ("blackhole_identity", None, Absent::No),
    ("unblackhole_identity", None, Absent::No),
    // Hints what to keep in a cache: known destinations are kept by use anyway.
    ("destination_data", None, Absent::No),
    ("identity_data", None, Absent::No),
];

impl Question {
    /// Reads one.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, DropReason> {
        let request = msgpack::decode(bytes)?;
        let field = |name: &str| {
            let fields = request.as_map()?;
            fields.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
        };
        let hash = || {
            let bytes = field("destination_hash").and_then(Value::as_slice);
            bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(DropReason::Malformed)
        };
        let destination = || hash().map(DestinationHash::from_bytes);
        let word = |name: &str| field(name).and_then(Value::as_str);
        Ok(match (word("get"), word("drop")) {
            (Some("path_table"), _) => Self::Paths { max_hops: field("max_hops").and_then(Value::as_u64) },
            (Some("interface_stats"), _) => Self::Interfaces,
            (Some("rate_table"), _) => Self::Rates,
            (Some("next_hop_if_name"), _) => Self::NextHopInterface(destination()?),
            (Some("next_hop"), _) => Self::NextHop(destination()?),
            (Some("first_hop_timeout"), _) => Self::FirstHopTimeout(destination()?),
            (Some("lowest_interface_bitrate"), _) => Self::LowestBitrate,
            (Some("medium_path_timeout"), _) => Self::PathTimeout,
            (Some("link_count"), _) => Self::Links,
            (Some("active_link_count"), _) => Self::OpenLinks,
            (_, Some("path")) => Self::DropPath(destination()?),
            (_, Some("all_via")) => Self::DropVia(hash().map(IdentityHash::from_bytes)?),
            (_, Some("announce_queues")) => Self::DropAnnounceQueues,
            (_, _) => {
                let absent = ABSENT.iter().find(|(key, value, _)| {
                    field(key).is_some_and(|said| value.is_none_or(|value| said.as_str() == Some(value)))
                });
                Self::Absent(absent.ok_or(DropReason::NotServed)?.2)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(fields: &[(&str, Value)]) -> Result<Question, DropReason> {
        let map = fields.iter().map(|(key, value)| (Value::from(*key), value.clone())).collect();
        Question::parse(&msgpack::encode(&Value::Map(map)))
    }

    #[test]
    fn questions_are_read_as_the_reference_asks_them() {
        let hash = Value::from(&[7u8; 16][..]);
        let paths = |hops| parse(&[("get", "path_table".into()), ("max_hops", hops)]);
        assert_eq!(paths(Value::Nil), Ok(Question::Paths { max_hops: None }));
        assert_eq!(paths(3.into()), Ok(Question::Paths { max_hops: Some(3) }));
        let next_hop = parse(&[("get", "next_hop".into()), ("destination_hash", hash.clone())]);
        assert_eq!(next_hop, Ok(Question::NextHop(DestinationHash::from_bytes([7; 16]))));
        let via = parse(&[("drop", "all_via".into()), ("destination_hash", hash.clone())]);
        assert_eq!(via, Ok(Question::DropVia(IdentityHash::from_bytes([7; 16]))));
        let hint = parse(&[("destination_data", "used".into()), ("destination_hash", hash)]);
        assert_eq!(hint, Ok(Question::Absent(Absent::No)));
        let empty = parse(&[("get", "blackholed_identities".into())]);
        assert_eq!(empty, Ok(Question::Absent(Absent::Empty)));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
            key in "get|drop|manage|destination_data",
            word in "[a-z_]{0,20}",
        ) {
            let _ = Question::parse(&bytes);
            let _ = parse(&[(&key, word.into()), ("destination_hash", Value::Binary(bytes))]);
        }
    }

    #[test]
    fn what_is_no_question_has_no_answer() {
        assert_eq!(parse(&[]), Err(DropReason::NotServed));
        assert_eq!(parse(&[("get", "wat".into())]), Err(DropReason::NotServed));
        assert_eq!(parse(&[("drop", "path".into())]), Err(DropReason::Malformed));
        let short = parse(&[("get", "next_hop".into()), ("destination_hash", Value::from(&[7u8; 15][..]))]);
        assert_eq!(short, Err(DropReason::Malformed));
        assert!(Question::parse(b"").is_err() && Question::parse(&[0xdf, 0xff, 0xff, 0xff, 0xff]).is_err());
    }
}
