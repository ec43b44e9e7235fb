//! The MCP server: which tools there are, and what a call of one does.

pub mod arguments;
