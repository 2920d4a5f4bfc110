//! Golden vectors of stream data and its envelope.

use crate::rns::link::channel::envelope::Envelope;
use crate::rns::link::channel::{MessageType, Sequence, StreamChunk, StreamEnd, StreamId, pack_chunk};
use crate::rns::link::tests::{bytes, vector};
use crate::rns::node::Compression;

#[test]
fn stream_data_is_packed_and_read_as_by_the_reference() {
    for name in ["stream_plain", "stream_eof", "stream_compressed"] {
        let vector = vector(name);
        let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
        let stream = StreamId::new(u16::try_from(inputs["stream_id"].as_u64().unwrap()).unwrap()).unwrap();
        let end = if inputs["eof"].as_bool().unwrap() { StreamEnd::Last } else { StreamEnd::More };
        let data = bytes(&expected["stream_data"]);
        let message = bytes(&expected["message"]);
        let chunk = StreamChunk { stream, end, data: data.clone() };
        assert_eq!(StreamChunk::parse(&message), Ok(chunk), "{name}");
        let packed = pack_chunk(stream, &data, end, 425, Compression::Allowed);
        assert_eq!(packed, (message.clone(), data.len()), "{name}");

        let sequence = Sequence(u16::try_from(inputs["sequence"].as_u64().unwrap()).unwrap());
        let envelope = Envelope { message_type: MessageType::STREAM_DATA, sequence, body: &message };
        let packed = bytes(&expected["envelope"]);
        assert_eq!(envelope.pack(), packed, "{name}");
        assert_eq!(Envelope::parse(&packed), Ok(envelope), "{name}");
    }
}
