//! From a tool's name and arguments to its answer, whoever asks and over whatever protocol.
//!
//! This room may use the client, the table and its notation. It knows no MCP and no command
//! line: the server, `call` and `export` all use it, each in its own way. What it knows beside
//! operations is the operator: advice that names a flag is written here.
//!
//! When the process starts, [`policy`] says what the operator decided and [`selection`] which
//! operations somebody wants; with [`access`] that makes the [`catalog`]. A call then passes these
//! files in this order:
//!
//! 1. [`toolbox`]: a name and its arguments become a call of an operation that the [`catalog`] has, or
//!    an answer of a built-in tool ([`whoami`], [`discovery`] with [`finding`] and [`search`](mod@search)), or
//!    several calls at once ([`many`]).
//! 2. [`validation`]: arguments are coerced, once; what comes out is a [`ValidCall`].
//! 3. [`confirmation`]: what a user has to be asked first, in words. Asking is up to the caller.
//! 4. [`execution`]: one request, or the pages that it takes ([`paging`]); a [`question`] about a list is
//!    answered from its pages ([`scan`]).
//! 5. [`sending`]: ready to keep what comes ([`redaction`], [`secret_file`]), sent by the client, read
//!    ([`reply_parsing`], [`sanitize`](mod@sanitize)), redacted, and written down ([`audit`]). What fails
//!    is explained ([`advice`]).
//! 6. [`projection`], [`truncation`], [`output`]: no more than what was asked for, no longer than is
//!    useful, and, where that was published, in the shape that was published. Of what writes answer
//!    [`brief`] leaves the change, and [`facts`] adds what WorkOS does not say.
//!
//! What several of them need: [`background_writer`] writes files and holds up nobody, [`walk`] goes through values beside their schema, [`path`] leads to one place in them and
//! [`sightings`] tells where nothing is, [`duplicate_names`]
//! finds names that stand twice in JSON text, [`answer`] is what comes out in the end, [`error`] what comes out
//! instead, [`suggestion`] knows the name that was meant, [`limits`] what the API cannot do, [`event_types`] which
//! type of events was meant, [`json_schema`] and [`description`] say what a tool looks like to a model.
//!
//! [`ValidCall`]: validation::ValidCall

pub mod access;
pub mod advice;
pub mod answer;
pub mod audit;
pub mod background_writer;
pub mod brief;
pub mod catalog;
pub mod clearing;
pub mod confirmation;
pub mod description;
pub mod discovery;
pub mod duplicate_names;
pub mod error;
pub mod event_types;
pub mod execution;
pub mod facts;
pub mod finding;
pub mod json_schema;
pub mod limits;
pub mod many;
pub mod output;
pub mod paging;
pub mod path;
pub mod policy;
pub mod projection;
pub mod question;
pub mod redaction;
pub mod reply_parsing;
pub mod sanitize;
pub mod scan;
pub mod search;
pub mod secret_file;
pub mod selection;
pub mod sending;
pub mod sightings;
pub mod suggestion;
pub mod toolbox;
pub mod truncation;
pub mod validation;
pub mod walk;
pub mod whoami;
