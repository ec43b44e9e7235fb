//! What an operation of the WorkOS API is.
//!
//! It is declared once, in `src/api/` with `operations!` (src/macros.rs). The typed client and the tools
//! both read what that declaration says: an [`Operation`] is compile-time data, and nothing is built
//! when the program starts. May use [`crate::schema`] alone. [`words`] are the words of the notation.

mod effect;
#[doc(hidden)]
pub mod words;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use crate::schema::Rule;
use crate::schema::{Field, Location, Schema};

/// An operation as a type: its arguments are the fields, its answer is `Answer`.
pub trait Request: Serialize {
    /// What WorkOS answers.
    type Answer: DeserializeOwned;
    /// All that is known of the operation.
    const OPERATION: Operation;
}

/// An operation whose answer comes in pages.
pub trait Paged: Request {}

/// An operation with its types erased: what the server, the sandbox and the
/// documentation work with.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the table, and none excludes another")]
pub struct Operation {
    /// The tool's name, `create_organization`.
    pub name: &'static str,
    /// What it does; the first sentence stands alone.
    pub description: &'static str,
    /// HTTP method, or [`Method::LINK`].
    pub method: Method,
    /// Path below the base URL, with `{placeholders}` named as WorkOS names the arguments and,
    /// for links, a fixed query.
    pub path: &'static str,
    /// The arguments.
    pub fields: &'static [Field],
    /// The shape of the answer.
    pub answer: Schema,
    /// What the arguments must fulfil together.
    pub rules: &'static [Rule],
    /// What a call does to the data at WorkOS.
    pub effect: Effect,
    /// How the request proves who sends it.
    pub auth: Auth,
    /// Has a JSON body although verb and arguments do not say so.
    pub body: bool,
    /// Something leaves for people outside: an e-mail, a text message.
    pub emails: bool,
    /// WorkOS does it once, however often it is asked under one `Idempotency-Key`.
    pub idempotent: bool,
    /// WorkOS takes no more than so many requests a second.
    pub rate_limit: Option<u32>,
    /// A tool of its own unless somebody asks for others.
    pub everyday: bool,
    /// Reads an answer as its type and writes it again.
    #[cfg(test)]
    pub round_trip: fn(&str) -> serde_json::Result<serde_json::Value>,
}

impl Operation {
    /// The first sentence of what it does.
    pub fn summary(&self) -> &'static str {
        self.description.split_inclusive(". ").next().unwrap_or_default().trim_end()
    }

    /// The path without a fixed query.
    pub fn route(&self) -> &'static str {
        self.path.split_once('?').map_or(self.path, |(path, _)| path)
    }

    /// Where this argument goes.
    pub fn destination(&self, field: &Field) -> Destination {
        match field.location {
            Location::Query => Destination::Query,
            Location::Header(name) => Destination::Header(name),
            Location::Bearer => Destination::Bearer,
            Location::Pkce => Destination::Pkce,
            Location::ByVerb if self.placeholders().any(|name| name == field.api_name) => Destination::Path,
            Location::ByVerb => match self.method {
                Method::DELETE if self.body => Destination::Body,
                Method::GET | Method::DELETE | Method::LINK => Destination::Query,
                Method::POST | Method::PUT | Method::PATCH => Destination::Body,
            },
        }
    }

    /// Whether the request has a JSON body, even an empty one.
    pub fn has_body(&self) -> bool {
        self.body
            || self.auth == Auth::ClientSecret
            || self.rules.iter().any(|rule| matches!(rule, Rule::Sends { .. }))
            || self.fields.iter().any(|field| self.destination(field) == Destination::Body)
    }

    /// Whether the answer comes in pages.
    pub fn is_paged(&self) -> bool {
        self.field("after").is_some() && self.field("limit").is_some()
    }

    /// The shape of the objects that it lists, if it only gets a list.
    pub fn items(&self) -> Option<&'static Schema> {
        if self.method == Method::GET { self.answered_items() } else { None }
    }

    /// The shape of the objects that it answers, if it answers a list of them, whatever it does.
    pub fn answered_items(&self) -> Option<&'static Schema> {
        match &self.answer {
            Schema::List(item) => Some(item),
            answer => match answer.fields().iter().find(|field| field.name == "data")?.schema {
                Schema::List(item) => Some(item),
                _ => None,
            },
        }
    }

    /// The argument of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The argument that WorkOS calls by this name, as a placeholder of the path does.
    pub fn field_at_workos(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.api_name == name)
    }

    /// The placeholders of the path, in its order.
    fn placeholders(&self) -> impl Iterator<Item = &'static str> {
        self.route().split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// Where an argument ends up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Destination {
    Path,
    Query,
    Body,
    Header(&'static str),
    Bearer,
    Pkce,
}

/// How an operation is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "HTTP methods as the API reference spells them")]
pub enum Method {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE,
    /// No request: the answer is a URL for somebody's browser.
    LINK,
}

impl Method {
    /// As on the request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GET => "GET",
            Self::POST => "POST",
            Self::PUT => "PUT",
            Self::PATCH => "PATCH",
            Self::DELETE => "DELETE",
            Self::LINK => "LINK",
        }
    }

    #[doc(hidden)]
    pub const fn effect(self) -> Effect {
        match self {
            Self::GET | Self::LINK => Effect::Read,
            Self::POST => Effect::Create,
            Self::PUT | Self::PATCH => Effect::Update,
            Self::DELETE => Effect::Delete,
        }
    }
}

/// What a call does to the data at WorkOS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing changes.
    Read,
    /// Something new appears.
    Create,
    /// Something changes.
    Update,
    /// Something is lost: deleted, revoked, expired, replaced.
    Delete,
}

impl Effect {
    /// The word for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// How a request proves who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer` with the API key, or with the token given as an argument.
    Bearer,
    /// The API key as `client_secret` in the JSON body, no header.
    ClientSecret,
    /// Nothing.
    Public,
}

/// The operations of one product area.
#[derive(Debug, Clone, Copy)]
pub struct Toolset {
    /// `organizations`.
    pub name: &'static str,
    /// What it is about, in a line.
    pub description: &'static str,
    /// In the order of the table.
    pub operations: &'static [&'static Operation],
}
