//! The framings of byte streams: HDLC and KISS.
//! Not the interfaces that use them.

use roost::interface::{hdlc, kiss};
use serde_json::{Value, json};

use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(crate) const COMMANDS: Family = &[
    ("hdlc_escape", hdlc_escape),
    ("hdlc_frame", hdlc_frame),
    ("hdlc_deframe", hdlc_deframe),
    ("hdlc_deframe_stream", hdlc_deframe_stream),
    ("kiss_frame", kiss_frame),
    ("kiss_deframe", kiss_deframe),
    ("kiss_deframe_stream", kiss_deframe_stream),
];

/// `TCPInterface.HW_MTU`, where a harness gives no other.
const HW_MTU: usize = 262_144;

fn hdlc_escape(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let mut escaped = Vec::new();
    hdlc::escape_into(&params.get::<Vec<u8>>("data")?, &mut escaped);
    Ok(json!({"escaped": hex::encode(escaped)}))
}

fn hdlc_frame(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let mut framed = Vec::new();
    hdlc::encode_into(&params.get::<Vec<u8>>("data")?, &mut framed);
    Ok(json!({"framed": hex::encode(framed)}))
}

fn hdlc_deframe(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let framed: Vec<u8> = params.get("framed")?;
    let parts: Vec<&[u8]> = framed.split(|byte| *byte == hdlc::FLAG).collect();
    match parts.as_slice() {
        [_, masked, _, ..] => Ok(json!({"data": hex::encode(hdlc::unescape(masked))})),
        _ => Err(Failure::new("there are no two flags")),
    }
}

fn hdlc_deframe_stream(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let mut decoder = hdlc::Decoder::new(params.optional("hw_mtu")?.unwrap_or(HW_MTU));
    decoder.push(&params.get::<Vec<u8>>("stream")?);
    let frames = std::iter::from_fn(|| decoder.next_frame());
    Ok(json!({"frames": frames.map(hex::encode).collect::<Vec<_>>()}))
}

fn kiss_frame(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let mut framed = Vec::new();
    kiss::encode_into(kiss::CMD_DATA, &params.get::<Vec<u8>>("data")?, &mut framed);
    Ok(json!({"framed": hex::encode(framed)}))
}

/// The frames of a stream that carry packets.
fn kiss_frames(stream: &[u8], hw_mtu: usize) -> impl Iterator<Item = Vec<u8>> + use<> {
    let mut decoder = kiss::Decoder::new(hw_mtu);
    decoder.push(stream);
    std::iter::from_fn(move || decoder.next_frame()).filter(kiss::Frame::is_data).map(|frame| frame.data)
}

fn kiss_deframe(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let data = kiss_frames(&params.get::<Vec<u8>>("framed")?, HW_MTU).next();
    Ok(json!({"data": data.map(hex::encode).ok_or_else(|| Failure::new("there is no data frame"))?}))
}

fn kiss_deframe_stream(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let hw_mtu = params.optional("hw_mtu")?.unwrap_or(HW_MTU);
    let frames = kiss_frames(&params.get::<Vec<u8>>("stream")?, hw_mtu);
    Ok(json!({"frames": frames.map(hex::encode).collect::<Vec<_>>()}))
}
