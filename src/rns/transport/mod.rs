//! Finding the way: paths to destinations, requests for them, and what has been seen already.
//! Not forwarding for others: this node is the end of every path it is on.

pub(crate) mod hashlist;
pub(crate) mod path_request;
pub(crate) mod path_table;

pub use path_request::PathRequest;
