//! Many signatures checked at once, which costs half of what they cost one by one.
//! Not for links and proofs: there one signature comes alone, and is checked strictly.

use ed25519_dalek::{Signature, Verifier, VerifyingKey, verify_batch};

/// A signature that is to be checked, with all that it takes.
///
/// As in the reference, which checks by RFC 8032 without cofactor and without looking for points of low order; but a
/// key of low order is refused, for anybody can sign with it. A batch is checked as one random sum. It may accept
/// what a check alone refuses, if a point of low order was added to `R`; only the holder of the private key can make
/// such a signature, so all that it could forge is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignatureCheck {
    /// The Ed25519 public key.
    pub(crate) key: [u8; 32],
    /// What was signed.
    pub(crate) message: Vec<u8>,
    /// The signature.
    pub(crate) signature: [u8; 64],
}

impl SignatureCheck {
    /// Checks this one alone.
    pub(crate) fn passes(&self) -> bool {
        self.key().is_some_and(|key| self.passes_with(&key))
    }

    fn key(&self) -> Option<VerifyingKey> {
        VerifyingKey::from_bytes(&self.key).ok().filter(|key| !key.is_weak())
    }

    fn passes_with(&self, key: &VerifyingKey) -> bool {
        key.verify(&self.message, &Signature::from_bytes(&self.signature)).is_ok()
    }
}

/// Checks many; the answers are in the order of `checks`. A batch that holds a bad one is checked one by one after
/// all, so that who sends bad ones can make it half as dear again, and not more.
pub(crate) fn check_all<'a>(checks: impl IntoIterator<Item = &'a SignatureCheck>) -> Vec<bool> {
    let checks: Vec<_> = checks.into_iter().map(|check| (check, check.key())).collect();
    let usable = || checks.iter().filter_map(|(check, key)| Some((*check, (*key)?)));
    let messages: Vec<&[u8]> = usable().map(|(check, _)| &check.message[..]).collect();
    let signatures: Vec<_> = usable().map(|(check, _)| Signature::from_bytes(&check.signature)).collect();
    let keys: Vec<_> = usable().map(|(_, key)| key).collect();
    let all_pass = keys.len() > 1 && verify_batch(&messages, &signatures, &keys).is_ok();
    checks.iter().map(|(check, key)| key.is_some_and(|key| all_pass || check.passes_with(&key))).collect()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    fn good(n: u8) -> SignatureCheck {
        let key = SigningKey::from_bytes(&[n; 32]);
        let message = vec![n; 100];
        SignatureCheck {
            key: key.verifying_key().to_bytes(),
            signature: key.sign(&message).to_bytes(),
            message,
        }
    }

    #[test]
    fn a_batch_finds_exactly_the_bad_ones() {
        let mut checks: Vec<_> = (0..40).map(good).collect();
        assert_eq!(check_all(&checks), [true; 40]);
        checks[3].message[0] ^= 1;
        checks[17].signature[40] ^= 1;
        checks[39].key = good(1).key;
        // No point of the curve has this y, and no S may be so large.
        checks[20].key = [2; 32];
        checks[21].signature = [255; 64];
        let bad: Vec<_> =
            check_all(&checks).iter().enumerate().filter(|(_, good)| !**good).map(|(n, _)| n).collect();
        assert_eq!(bad, [3, 17, 20, 21, 39]);
        assert!(checks.iter().enumerate().all(|(n, check)| check.passes() != bad.contains(&n)));
    }

    #[test]
    fn none_and_one_are_batches_too() {
        assert!(check_all(&[]).is_empty());
        assert_eq!(check_all(&[good(1)]), [true]);
        let forged = SignatureCheck { message: Vec::new(), ..good(1) };
        assert_eq!(check_all(&[forged]), [false]);
    }

    #[test]
    fn a_key_that_anybody_can_sign_for_is_refused_alone_and_in_a_batch() {
        // The neutral point as key and as R, and S = 0: the equation holds for any message.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&neutral);
        let weak = SignatureCheck { key: neutral, message: b"anything".to_vec(), signature };
        let key = VerifyingKey::from_bytes(&neutral).unwrap();
        assert!(weak.passes_with(&key), "the equation is what it is");
        assert!(!weak.passes());
        assert_eq!(check_all(&[good(1), weak.clone(), good(2)]), [true, false, true]);
        assert_eq!(check_all(&[weak.clone(), weak]), [false, false]);
    }
}
