//! Tests of the parts of a channel that need no link: golden vectors, order, stream chunks.
//! Not how two ends get along; that is tested with the link.

mod order;
mod stream;
mod vectors;
