//! Numbers in as few bytes as they need: seven bits in a byte, the lowest first; the eighth says that more follow.
//! Not signed ones.

/// Writes a number.
pub(super) fn push(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = (number & 0x7f).to_le_bytes();
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

/// Takes a number from the front; `None` if none is there.
pub(super) fn pop(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        number |= bits.checked_mul(1_u64.checked_shl(shift)?)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The number that is all there is.
pub(super) fn only(mut bytes: &[u8]) -> Option<u64> {
    pop(&mut bytes).filter(|_| bytes.is_empty())
}
