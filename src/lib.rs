//! The WorkOS API for agents and scripts: a typed client and an MCP server on stdio.
//!
//! - [`api`] declares every operation with its arguments and its answer.
//! - [`client`] sends operations: typed with [`Client::send`](client::Client::send), page by
//!   page with [`Client::items`](client::Client::items).
//! - [`operation`] and [`schema`] are what a declaration is made of.

#[macro_use]
mod macros;

pub mod api;
pub mod cli;
pub mod client;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod operation;
pub mod schema;
pub mod server;
pub mod stdio;
