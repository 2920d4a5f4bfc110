//! What a group's `meshchat.group` announce says: a MessagePack map with small integer keys.
//! Not the announce of its `lxmf.delivery`, which is LXMF's.

use rmpv::Value;

use crate::api::PROTOCOL_EMITS;
use crate::group::{Settings, VisibilityClass};
use crate::rns::msgpack;

/// Longest name in bytes; the rest of the map fits beside it.
const MAX_NAME: usize = 200;

/// The group's public name.
const NAME: u8 = 1;
/// A sum of [`JOINABLE`] and [`READABLE`].
const FLAGS: u8 = 2;
/// The protocol that answers are written in.
const PROTOCOL: u8 = 3;
/// Keys that are kept free for what an announce will say: where the log stands, what kind of group it is, who can read
/// what is stored, which other hosts have it, and where it has moved to.
#[cfg(test)]
const RESERVED: [(u8, &str); 5] = [(4, "head"), (5, "kind"), (6, "mode"), (7, "hosts"), (8, "moved")];

/// Anybody may join.
const JOINABLE: u8 = 1;
/// Anybody may read messages.
const READABLE: u8 = 2;

/// App data of the announce of a group with these settings.
pub(super) fn app_data(settings: &Settings) -> Vec<u8> {
    let readable = settings.visibility.messages == VisibilityClass::World;
    let flags = JOINABLE + if readable { READABLE } else { 0 };
    let name = crate::command::fit(settings.public_name(), MAX_NAME);
    msgpack::encode(&Value::Map(vec![
        (NAME.into(), name.into()),
        (FLAGS.into(), flags.into()),
        (PROTOCOL.into(), PROTOCOL_EMITS.into()),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Most bytes of app data in an announce that carries a ratchet, or a transport node cannot pass it on.
    const MAX_APP_DATA: usize = 285;

    #[test]
    fn an_announce_fits_and_uses_no_reserved_key() {
        let data = app_data(&Settings::public("ä".repeat(500)));
        assert!(data.len() <= MAX_APP_DATA, "{} bytes", data.len());
        let Ok(Value::Map(pairs)) = msgpack::decode(&data) else { panic!("no map") };
        for (key, _) in pairs {
            let key = key.as_u64().unwrap();
            assert!(key < 128 && RESERVED.iter().all(|(reserved, _)| u64::from(*reserved) != key));
        }
    }

    #[test]
    fn a_hidden_group_does_not_announce_its_name() {
        let mut settings = Settings::public("Secret");
        settings.visibility.info = VisibilityClass::Members;
        let data = app_data(&settings);
        assert!(!data.windows(6).any(|window| window == b"Secret"));
        assert!(data.windows(13).any(|window| window == b"Private Group"));
    }
}
