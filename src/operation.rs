//! What an operation of the WorkOS API is, and the table that declares them.
//!
//! An operation is declared once, in `operations!` (src/macros.rs). The typed
//! client and the MCP tools both read what that declaration says.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::schema::{Field, Place, Schema};

/// An operation as a type: its arguments are the fields, its answer is `Answer`.
pub trait Request: Serialize {
    /// What WorkOS answers.
    type Answer: DeserializeOwned;
    /// All that is known of the operation.
    const OPERATION: Operation;
}

/// An operation whose answer comes in pages.
pub trait Paged: Request + Clone {
    /// Continue after the object with this ID.
    fn set_after(&mut self, cursor: String);
}

/// An operation with its types erased: what the server, the sandbox and the
/// documentation work with.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// The tool's name, `create_organization`.
    pub name: &'static str,
    /// What it does; the first sentence stands alone.
    pub about: &'static str,
    /// HTTP method, or [`Verb::LINK`].
    pub verb: Verb,
    /// Path below the base URL, with `{placeholders}` named like arguments and,
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
    pub dedupes: bool,
    /// WorkOS takes no more than so many requests a second.
    pub most_a_second: Option<u32>,
    /// Reads an answer as its type and writes it again.
    #[cfg(test)]
    pub round_trip: fn(&str) -> serde_json::Result<serde_json::Value>,
}

/// The words after the answer in the table.
impl Operation {
    /// A POST that changes nothing.
    pub const fn reads(mut self) -> Self {
        self.effect = Effect::Read;
        self
    }

    /// A POST, PUT or PATCH that takes something away for good.
    pub const fn deletes(mut self) -> Self {
        self.effect = Effect::Delete;
        self
    }

    /// A POST that changes what is there.
    pub const fn updates(mut self) -> Self {
        self.effect = Effect::Update;
        self
    }

    /// A PUT that only adds.
    pub const fn creates(mut self) -> Self {
        self.effect = Effect::Create;
        self
    }

    /// Has a JSON body although it is a DELETE, or takes no argument for it.
    pub const fn body(mut self) -> Self {
        self.body = true;
        self
    }

    /// Sends an e-mail or a text message to somebody.
    pub const fn emails(mut self) -> Self {
        self.emails = true;
        self
    }

    /// Done once under one `Idempotency-Key`, so that it may be sent again.
    pub const fn dedupes(mut self) -> Self {
        self.dedupes = true;
        self
    }

    /// WorkOS takes no more than four requests a second.
    pub const fn paced(mut self) -> Self {
        self.most_a_second = Some(4);
        self
    }

    /// Sends the API key as `client_secret` in the JSON body, not as a header.
    pub const fn client_secret(mut self) -> Self {
        self.auth = Auth::ClientSecret;
        self
    }

    /// Needs no API key and is sent without one.
    pub const fn public(mut self) -> Self {
        self.auth = Auth::Public;
        self
    }
}

impl Operation {
    /// The first sentence of what it does.
    pub fn summary(&self) -> &'static str {
        self.about.split_inclusive(". ").next().unwrap_or_default().trim_end()
    }

    /// The path without a fixed query.
    pub fn route(&self) -> &'static str {
        self.path.split_once('?').map_or(self.path, |(path, _)| path)
    }

    /// Where this argument goes.
    pub fn destination(&self, field: &Field) -> Destination {
        match field.place {
            Place::Query => Destination::Query,
            Place::Header(name) => Destination::Header(name),
            Place::Bearer => Destination::Bearer,
            Place::Pkce => Destination::Pkce,
            Place::ByVerb if self.names_in_path(field.name) => Destination::Path,
            Place::ByVerb => match self.verb {
                Verb::DELETE if self.body => Destination::Body,
                Verb::GET | Verb::DELETE | Verb::LINK => Destination::Query,
                Verb::POST | Verb::PUT | Verb::PATCH => Destination::Body,
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
        if self.verb != Verb::GET {
            return None;
        }
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

    fn names_in_path(&self, name: &str) -> bool {
        self.route()
            .split('/')
            .any(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) == Some(name))
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
pub enum Verb {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE,
    /// No request: the answer is a URL for somebody's browser.
    LINK,
}

impl Verb {
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

/// What the arguments of a call must fulfil together.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// Exactly one of these sets, and that one whole.
    OneOf(&'static [&'static [&'static str]]),
    /// None or one of these sets, and that one whole.
    AtMostOneOf(&'static [&'static [&'static str]]),
    /// At least one of these.
    AnyOf(&'static [&'static [&'static str]]),
    /// The first needs the others.
    Needs(&'static str, &'static [&'static str]),
    /// With this value, the others must be given.
    When {
        /// The deciding argument.
        field: &'static str,
        /// Its value.
        value: &'static str,
        /// What that value needs.
        needs: &'static [&'static str],
    },
    /// Always sent in the body; no argument.
    Sends {
        /// The name in the body.
        field: &'static str,
        /// Its only value.
        value: &'static str,
    },
}

/// The operations of one product area.
#[derive(Debug, Clone, Copy)]
pub struct Toolset {
    /// `organizations`.
    pub name: &'static str,
    /// What it is about, in a line.
    pub about: &'static str,
    /// In the order of the table.
    pub operations: &'static [&'static Operation],
}
