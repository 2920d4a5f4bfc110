//! What datagrams have in common that each carry one frame.
//! Not sockets.

use super::{Counters, Loss};
use crate::rns::packet::HEADER_MIN;

/// Can this be a packet? Counts it if not.
pub(super) fn fits(frame: &[u8], max_frame: usize, counters: &Counters) -> bool {
    if frame.len() > max_frame {
        counters.add(Loss::FrameTooLong);
    } else if frame.len() <= HEADER_MIN {
        counters.add(Loss::FrameTooShort);
    } else {
        return true;
    }
    false
}
