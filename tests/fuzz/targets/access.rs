//! Access codes: what is sealed is opened, what is opened was sealed with the same secret.

use std::sync::LazyLock;

use roost::rns::ifac::{AccessCode, CodeSize};

use crate::bytes::Bytes;
use crate::vectors;

/// A code of one byte is guessed in one of 256 tries, longer ones never.
const SURE: usize = 8;

static CODES: LazyLock<Vec<AccessCode>> = LazyLock::new(|| {
    let sizes = [8, 64, 128, 512];
    let code = |bits| AccessCode::new(Some("testnet"), None, CodeSize::from_bits(bits)?);
    sizes.into_iter().map(|bits| code(bits).expect("a size that may be")).collect()
});

pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let code = &CODES[bytes.below(CODES.len())];
    if bytes.byte() & 1 == 0 {
        let frame = bytes.rest();
        if let Ok(packet) = code.open(frame) {
            assert_eq!(packet.len() + code.size(), frame.len());
            assert_eq!(code.seal(&packet).as_deref(), Some(frame));
        }
        return;
    }
    let (position, change) = (usize::from(bytes.u16()), bytes.byte());
    let mut packet = bytes.rest().to_vec();
    if let Some(flags) = packet.first_mut() {
        // The flag belongs to the interface; a packet has none.
        *flags &= 0x7f;
    }
    let Some(mut frame) = code.seal(&packet) else {
        assert!(packet.len() < 2);
        return;
    };
    // Without a byte behind the header there is nothing to let in.
    assert_eq!(code.open(&frame).ok(), (packet.len() > 2).then_some(packet));
    let position = position % frame.len();
    frame[position] ^= change;
    if change != 0 && code.size() >= SURE {
        assert!(code.open(&frame).is_err(), "byte {position} may be another");
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let sealed = vectors::rns(&["ifac"], &["masked"]).into_iter().map(|frame| (2u8, 0u8, frame));
    let plain = vectors::rns(&["ifac"], &["raw"]).into_iter().map(|packet| (1, 1, packet));
    sealed.chain(plain).map(|(size, mode, bytes)| [&[size, mode, 0, 0, 0][..], &bytes].concat()).collect()
}
