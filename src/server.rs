//! The MCP server: which tools there are, and what a call of one does.

pub mod access;
pub mod answer;
pub mod arguments;
pub mod audit;
pub mod confirm;
pub mod harmless;
pub mod schema;
pub mod secrets;
pub mod tools;
pub mod whoami;

mod handler;
mod instructions;

pub use self::handler::{Server, listed};
pub use self::instructions::instructions;
