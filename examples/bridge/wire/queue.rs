//! A queue of what was delivered, bounded: a harness that does not fetch loses the oldest.
//! Not shared between threads; it belongs to the world.

use std::collections::VecDeque;

/// More than any harness leaves lying.
const MOST: usize = 4096;

/// What waits to be fetched.
#[derive(Debug)]
pub(super) struct Queue<T>(VecDeque<T>);

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Queue<T> {
    pub(super) fn push(&mut self, item: T) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(item);
    }

    /// Everything, if there is anything.
    pub(super) fn drain(&mut self) -> Option<Vec<T>> {
        (!self.0.is_empty()).then(|| self.0.drain(..).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn last(&self) -> Option<&T> {
        self.0.back()
    }

    pub(super) fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.0.iter_mut()
    }
}
