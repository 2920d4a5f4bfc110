//! Finding the way: paths to destinations, requests for them, what has been seen already, and what a transport node
//! remembers of what it passes on.
//! Not the passing on; the node does that.

pub(crate) mod announce_copy;
pub(crate) mod announce_queue;
pub(crate) mod announce_rates;
pub(crate) mod announce_table;
pub(crate) mod fair;
pub(crate) mod hashlist;
pub(crate) mod ingress;
pub(crate) mod link_table;
pub(crate) mod onward;
pub(crate) mod path_answers;
pub(crate) mod path_request;
pub(crate) mod path_table;
pub(crate) mod relay;
pub(crate) mod repairs;
pub(crate) mod reverse_table;
pub(crate) mod tunnel;

pub use path_request::PathRequest;
pub use tunnel::TunnelOffer;
