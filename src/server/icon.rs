//! The group's icon in what it sends, so that clients show it beside the group's name.
//! Not the icons of authors: those stay behind, for a client would take them for the group's.

use rmpv::Value;

use crate::group::fields::id;
use crate::group::showing::Icon;
use crate::lxmf::Message;
use crate::rns::msgpack;

/// Most bytes of a payload that fits one packet with a stamp in it (page 10 §5): for an icon no message needs a link.
const ROOM: usize = 303 - 34;

/// The same message, with the icon if there is one and it has room.
pub(super) fn with_icon(icon: Option<&Icon>, message: Message) -> Message {
    let Some(field) = icon.map(field) else { return message };
    if message.payload().len().saturating_add(field.len()) > ROOM {
        return message;
    }
    match message.fields.split_first() {
        // The header of a short map, one entry longer.
        Some((header @ 0x80..=0x8e, rest)) => {
            let fields = [&[header.saturating_add(1)], rest, &field].concat();
            Message { fields, ..message }
        }
        _ => message,
    }
}

/// The field's number and its value: a name and two colours.
fn field(icon: &Icon) -> Vec<u8> {
    let colour = |colour: [u8; 3]| Value::Binary(colour.to_vec());
    let value = vec![icon.name().into(), colour(icon.foreground()), colour(icon.background())];
    [msgpack::encode(&id::ICON.into()), msgpack::encode(&Value::Array(value))].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::time::UnixTime;

    fn message(len: usize, fields: &[u8]) -> Message {
        let time = UnixTime::from_micros(1_000_000);
        Message { time, title: Vec::new(), content: vec![b'x'; len], fields: fields.to_vec() }
    }

    fn fields(message: &Message) -> Vec<(Value, Value)> {
        let Ok(Value::Map(pairs)) = msgpack::decode(&message.fields) else { panic!("no map") };
        pairs
    }

    #[test]
    fn an_icon_goes_along_with_what_has_room_for_it() {
        let icon: Icon = "fish 010203 0a0b0c".parse().unwrap();
        let sent = with_icon(Some(&icon), message(10, &[0x81, 0x0f, 2]));
        let triple = vec!["fish".into(), Value::Binary(vec![1, 2, 3]), Value::Binary(vec![10, 11, 12])];
        assert_eq!(fields(&sent), [(0x0f.into(), 2.into()), (0x04.into(), Value::Array(triple))]);
        for len in 0..400 {
            let (without, with) = (message(len, &[0x80]), with_icon(Some(&icon), message(len, &[0x80])));
            assert!(with == without || with.payload().len() <= ROOM);
        }
        assert_eq!(with_icon(Some(&icon), message(240, &[0x80])), message(240, &[0x80]));
        assert_eq!(with_icon(None, message(1, &[0x80])), message(1, &[0x80]));
    }
}
