//! The MCP server: which tools there are, and what a call of one does.

pub mod access;
pub mod answer;
pub mod arguments;
pub mod audit;
pub mod confirm;
pub mod discovery;
pub mod harmless;
pub mod output;
pub mod pages;
pub mod schema;
pub mod secrets;
pub mod selection;
pub mod shaping;
pub mod size;
pub mod tools;
pub mod whoami;

mod handler;
mod instructions;
mod search;
mod vocabulary;

pub use self::handler::{Server, listed};
pub use self::instructions::instructions;
