//! Roost: a group server for Reticulum mesh networks.
//!
//! ```text
//!             ┌──────────────── tokio ────────────────┐        ┌────────── one plain thread ───────────┐
//!   tcp   ──▶ │ interface  ⇄  daemon::node_task       │ inputs │ daemon::server_thread                 │
//!             │               owns rns::Node          │ ─────▶ │ owns server::Server                   │
//!             │               owns lxmf::Router       │ ◀───── │   (group rules, api, command, SQLite) │
//!             └───────────────────────────────────────┘ effects└───────────────────────────────────────┘
//! ```
//!
//! Two owners, two bounded queues, no lock around domain state. Everything inside the boxes is synchronous, takes
//! `now`, and has the same verbs: `handle_*` for inputs, `poll_*` for outputs. The server applies all inputs that
//! wait in one transaction, commits, and only then releases the effects: proofs, answers, messages.
//! The node hands out what takes long, the signatures of announces, as jobs; a third thread does them in batches. So does
//! the router with stamps; a thread for each processor but one does them in small steps that take turns.
//!
//! | Module | What it is | May use, of ours |
//! |---|---|---|
//! | [`rns`] | Reticulum, sans-I/O | – |
//! | [`lxmf`] | messages on top of it, sans-I/O | `rns` |
//! | [`interface`] | sockets and framing | `rns` |
//! | [`group`] | what a group is and what its rules decide, pure | `rns::{hash,msgpack,time}` |
//! | [`store`] | SQLite, the only SQL | `group`, `rns::{hash,time}` |
//! | [`notify`] | who is told that there is something new, when, in which words | `group`, `store`, `rns::{hash,time}` |
//! | [`api`] | request handlers, typed, without transport | `group`, `store`, `rns::{air,hash,msgpack,time}` |
//! | [`command`] | the words people type | `api`, `group`, `rns::{hash,time}` |
//! | [`server`] | inputs in, one transaction, effects out | `api`, `command`, `notify`, `store`, `group`, types of `lxmf`, `rns` |
//! | [`client`] | a member: joins, fetches, says, listens, for few bytes; sans-I/O | `api`, `store`, `group`, `lxmf`, `rns` |
//! | [`config`] | `server.toml`, and reading the reference's | `interface` |
//! | [`daemon`] | threads, queues, clock, data directory | everything above |
//! | [`cli`] | the command line | `daemon`, `config` |
//!
//! `tests/it/layers.rs` holds the code to this table.

pub mod api;
pub mod cli;
pub mod client;
pub mod command;
pub mod config;
pub mod daemon;
pub mod group;
pub mod interface;
pub mod lxmf;
pub mod notify;
pub mod rns;
pub mod server;
pub mod store;
