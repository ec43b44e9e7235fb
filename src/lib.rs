//! The WorkOS API for agents and scripts: a typed client, tools over it, and an MCP server.
//!
//! The rooms of this crate. Each may use those listed before it, and none listed after it;
//! `tests/architecture.rs` proves it.
//!
//! - [`schema`] and [`operation`]: what an operation of the WorkOS API is; `macros`, with [`list`], is
//!   the notation in which they are written.
//! - [`api`]: every operation with its arguments and its answer, and their models.
//! - `private_file`: files for their owner alone.
//! - `sandbox`: a small WorkOS in memory, in place of the network.
//! - [`client`]: sends operations: typed with [`Client::send`](client::Client::send), page by page
//!   with [`Client::items`](client::Client::items).
//! - `tools`: from a tool's name and arguments to its answer; knows no protocol.
//! - `mcp`: the Model Context Protocol over those tools.
//! - `cli`: the commands and their settings.
//!
//! The last three come with the feature `server`, which is on by default; without it this
//! crate is the typed client alone.

#[macro_use]
mod macros;

pub mod api;
#[cfg(feature = "server")]
pub mod cli;
pub mod client;
pub mod list;
#[cfg(feature = "server")]
pub mod mcp;
pub mod operation;
mod private_file;
mod sandbox;
pub mod schema;
#[cfg(all(any(test, feature = "fuzzing"), feature = "server"))]
#[doc(hidden)]
pub mod testing;
#[cfg(feature = "server")]
pub mod tools;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
