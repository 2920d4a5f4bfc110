//! Rising numbers of events as an event keeps them: how far each is from the one before, so that most take one byte.
//! Not what they are the numbers of.

use serde::{Deserialize, Serialize};

use crate::group::id::Seq;

/// Rising numbers of events.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeqList {
    steps: Vec<u64>,
}

impl SeqList {
    /// These numbers, which must rise.
    pub fn new(seqs: &[Seq]) -> Self {
        let before = std::iter::once(Seq(0)).chain(seqs.iter().copied());
        Self { steps: seqs.iter().zip(before).map(|(seq, before)| seq.0.saturating_sub(before.0)).collect() }
    }

    /// Are there none?
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.steps.len()
    }

    /// The numbers.
    pub fn iter(&self) -> impl Iterator<Item = Seq> + '_ {
        self.steps.iter().scan(0_u64, |seq, step| {
            *seq = seq.checked_add(*step)?;
            Some(Seq(*seq))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_most_take_one_byte() {
        let seqs: Vec<_> = (0..100).map(|n| Seq(1_000_000 + 3 * n)).collect();
        let list = SeqList::new(&seqs);
        assert_eq!(list.iter().collect::<Vec<_>>(), seqs);
        let packed = rmp_serde::to_vec_named(&list).unwrap();
        assert!(packed.len() < 110, "{} bytes", packed.len());
        assert_eq!(rmp_serde::from_slice::<SeqList>(&packed).unwrap(), list);
    }

    #[test]
    fn numbers_that_would_pass_the_last_one_end_the_list() {
        let packed = rmp_serde::to_vec(&[5, u64::MAX, 1]).unwrap();
        let list: SeqList = rmp_serde::from_slice(&packed).unwrap();
        assert_eq!(list.iter().collect::<Vec<_>>(), [Seq(5)]);
    }
}
