//! Cheap mutations of known inputs, from a fixed seed: the same on every machine.
//! Not guided by coverage; that is libFuzzer's work.

use roost::rns::random::Random;

/// Draws inputs.
pub(crate) struct Mutator<'a> {
    inputs: &'a [Vec<u8>],
    random: Random,
}

impl<'a> Mutator<'a> {
    /// Of at least one input.
    pub(crate) fn new(inputs: &'a [Vec<u8>]) -> Self {
        Self { inputs, random: Random::from_seed([42; 32]) }
    }

    /// One input with one to four changes.
    pub(crate) fn draw(&mut self) -> Vec<u8> {
        let mut input = self.pick().clone();
        for _ in 0..=self.below(3) {
            self.change(&mut input);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len());
        let length = self.below(input.len() - at).min(32);
        match self.below(6) {
            0 => input.truncate(at),
            1 => input.insert(at, self.random.bytes::<1>()[0]),
            2 => drop(input.drain(at..at + length)),
            3 => {
                let again = input[at..at + length].to_vec();
                input.splice(at..at, again);
            }
            4 => {
                let other = self.pick();
                let from = self.below(other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    let change = [0x01, 0x80, 0xff, 0x10][usize::from(self.random.bytes::<1>()[0] & 3)];
                    *byte ^= change;
                }
            }
        }
    }

    fn pick(&mut self) -> &'a Vec<u8> {
        let which = self.below(self.inputs.len());
        &self.inputs[which]
    }

    /// A number below `bound`; zero if that is zero.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.random.below(bound as u64)).expect("it is below a usize")
    }
}
