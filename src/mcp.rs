//! The Model Context Protocol over the tools: rmcp's side of this program.
//!
//! This room may use the tools and what is below them. It runs no operation by itself and parses no
//! flag; where a client or its user has to be told which flag an operator can set, it says so.
//!
//! - [`stdio`] is the transport: lines, their limits and their end. Another one would stand beside it.
//! - [`handler`] answers the requests that rmcp reads from it.
//! - [`listing`] and [`instructions`] are what a client learns before its first call.
//! - [`confirmation`] asks the user through the client.

pub mod confirmation;
pub mod handler;
pub mod instructions;
pub mod listing;
pub mod stdio;
