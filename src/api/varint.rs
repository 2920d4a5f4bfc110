//! Whole numbers in as few bytes as they need: LEB128, seven bits in a byte, the lowest first.
//! Not MessagePack's integers.

/// The eighth bit says that more follow.
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

/// Takes a number from the beginning of `bytes`; `None` if there is none, or one of more than 64 bits.
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

/// A difference that is as often below zero as above: 0, -1, 1, -2, 2 … become 0, 1, 2, 3, 4 …
pub(super) const fn zigzag(difference: i64) -> u64 {
    let doubled = difference.unsigned_abs().wrapping_mul(2);
    if difference < 0 { doubled.wrapping_sub(1) } else { doubled }
}

/// The difference that became `number`.
pub(super) const fn unzigzag(number: u64) -> i64 {
    let half = (number >> 1).cast_signed();
    if number & 1 == 1 { !half } else { half }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_small_ones_take_one_byte() {
        for (number, length) in
            [(0, 1), (1, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (1 << 40, 6), (u64::MAX, 10)]
        {
            let mut bytes = Vec::new();
            push(&mut bytes, number);
            assert_eq!(bytes.len(), length, "{number}");
            let mut rest = &bytes[..];
            assert_eq!((pop(&mut rest), rest), (Some(number), &[][..]));
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for bytes in [
            &[][..],
            &[0x80],
            &[0xff; 9],
            &[0xff; 12],
            &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2],
        ] {
            assert_eq!(pop(&mut &bytes[..]), None, "{bytes:02x?}");
        }
    }

    #[test]
    fn differences_come_back_and_small_ones_are_small() {
        for (index, difference) in [0, -1, 1, -2, 2].into_iter().enumerate() {
            assert_eq!(zigzag(difference), u64::try_from(index).unwrap());
        }
        for difference in [0, 1, -1, 63, -64, i64::MAX, i64::MIN, i64::MIN + 1] {
            assert_eq!(unzigzag(zigzag(difference)), difference);
        }
    }
}
