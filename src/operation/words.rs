//! The words after the answer in the table, each only where it has an effect, and what must hold
//! for an operation as a whole.
//!
//! What a word stands on is said with trait bounds, because the compiler points a bound that
//! does not hold at the word itself. The messages are read by whoever writes the table.

use std::marker::PhantomData;

use super::{Auth, Effect, Method, Operation, Rule};
use crate::schema::words::{among, place, same};
use crate::schema::{Destroys, Field, Location, Presence, Schema};

/// The verbs of the table, as types.
pub mod verb {
    macro_rules! verbs {
        ($($verb:ident)+) => { $(#[doc = stringify!($verb)] pub struct $verb;)+ };
    }
    verbs! { GET POST PUT PATCH DELETE LINK }
}

use verb::{DELETE, GET, LINK, PATCH, POST, PUT};

/// An operation with the words read so far; `COLLECTION` as [`is_collection`] says.
pub struct OperationWords<Verb, const COLLECTION: bool> {
    /// The operation as the words made it.
    pub operation: Operation,
    verb: PhantomData<Verb>,
}

impl<V, const COLLECTION: bool> OperationWords<V, COLLECTION> {
    /// No words yet.
    pub const fn new(operation: Operation) -> Self {
        Self { operation, verb: PhantomData }
    }

    /// A POST that changes nothing.
    pub const fn reads(mut self) -> Self
    where
        V: Changes,
    {
        self.operation.effect = Effect::Read;
        self
    }

    /// A PUT that only adds, or a POST to something else than a collection.
    pub const fn creates(mut self) -> Self
    where
        V: Changes + NoCreation<COLLECTION>,
    {
        self.operation.effect = Effect::Create;
        self
    }

    /// A POST that changes what is there.
    pub const fn updates(mut self) -> Self
    where
        V: Changes + NoUpdate,
    {
        self.operation.effect = Effect::Update;
        self
    }

    /// A POST, PUT or PATCH that takes something away for good.
    pub const fn deletes(mut self) -> Self
    where
        V: Changes + NoDeletion,
    {
        self.operation.effect = Effect::Delete;
        self
    }

    /// Has a JSON body although it is a DELETE, or takes no argument for it.
    pub const fn body(mut self) -> Self
    where
        V: HasBody,
    {
        self.operation.body = true;
        self
    }

    /// Sends an e-mail or a text message to somebody.
    pub const fn emails(mut self) -> Self
    where
        V: IsSent,
    {
        self.operation.emails = true;
        self
    }

    /// Done once under one `Idempotency-Key`, so that it may be sent again.
    pub const fn idempotent(mut self) -> Self
    where
        V: NotRepeatable,
    {
        self.operation.idempotent = true;
        self
    }

    /// WorkOS takes no more than four requests a second.
    pub const fn rate_limited(mut self) -> Self
    where
        V: IsSent,
    {
        self.operation.rate_limit = Some(4);
        self
    }

    /// A tool of its own unless somebody asks for others.
    pub const fn everyday(mut self) -> Self {
        self.operation.everyday = true;
        self
    }

    /// Sends the API key as `client_secret` in the JSON body, not as a header.
    pub const fn client_secret(mut self) -> Self
    where
        V: HasBody,
    {
        self.operation.auth = Auth::ClientSecret;
        self
    }

    /// Needs no API key and is sent without one.
    pub const fn public(mut self) -> Self
    where
        V: IsSent,
    {
        self.operation.auth = Auth::Public;
        self
    }
}

macro_rules! holds {
    ($($bound:ident: $($verb:ident),+;)+) => { $($(impl $bound for $verb {})+)+ };
}

/// A verb that changes something.
#[diagnostic::on_unimplemented(
    message = "a GET or LINK reads, and has no other effect",
    label = "remove the word, or correct the verb"
)]
pub trait Changes {}
holds! { Changes: POST, PUT, PATCH, DELETE; }

/// A verb that does not create anyway.
#[diagnostic::on_unimplemented(
    message = "a POST to a collection creates anyway",
    label = "remove the word `creates`"
)]
pub trait NoCreation<const COLLECTION: bool> {}
impl NoCreation<false> for POST {}
impl<const COLLECTION: bool> NoCreation<COLLECTION> for PUT {}
impl<const COLLECTION: bool> NoCreation<COLLECTION> for PATCH {}
impl<const COLLECTION: bool> NoCreation<COLLECTION> for DELETE {}
impl<const COLLECTION: bool> NoCreation<COLLECTION> for GET {}
impl<const COLLECTION: bool> NoCreation<COLLECTION> for LINK {}

/// A verb that does not update anyway.
#[diagnostic::on_unimplemented(
    message = "a PUT or PATCH updates anyway",
    label = "remove the word `updates`"
)]
pub trait NoUpdate {}
holds! { NoUpdate: POST, DELETE, GET, LINK; }

/// A verb that does not delete anyway.
#[diagnostic::on_unimplemented(message = "a DELETE deletes anyway", label = "remove the word `deletes`")]
pub trait NoDeletion {}
holds! { NoDeletion: POST, PUT, PATCH, GET, LINK; }

/// A verb that can have a body.
#[diagnostic::on_unimplemented(
    message = "a GET or LINK has no body",
    label = "remove the word, or correct the verb"
)]
pub trait HasBody {}
holds! { HasBody: POST, PUT, PATCH, DELETE; }

/// A verb of a request that is sent.
#[diagnostic::on_unimplemented(
    message = "a LINK is built and not sent",
    label = "remove the word: it is about requests"
)]
pub trait IsSent {}
holds! { IsSent: GET, POST, PUT, PATCH, DELETE; }

/// A verb that may not be sent twice without more ado.
#[diagnostic::on_unimplemented(
    message = "a GET may be sent again anyway, and a LINK is not sent at all",
    label = "remove the word `idempotent`"
)]
pub trait NotRepeatable {}
holds! { NotRepeatable: POST, PUT, PATCH, DELETE; }

/// What a rule that cannot be read is reported with: `false` where it could be.
pub struct Rules<const UNREADABLE: bool>;

/// A rule in its notation.
#[diagnostic::on_unimplemented(
    message = "this rule is written otherwise",
    label = "write `one_of(a | b + c)`, `needs(a: b, c)`, `when(a = \"x\": b, c)`, `replaces(a: b)` or `sends(a = \"x\")`"
)]
pub trait Readable {}
impl Readable for Rules<false> {}

macro_rules! rules {
    ($($rule:ident)+) => {
        impl<const UNREADABLE: bool> Rules<UNREADABLE> {
            $(
                /// A rule of this name.
                pub const fn $rule(&self) -> Rule
                where
                    Self: Readable,
                {
                    Rule::AnyOf(&[])
                }
            )+
        }
    };
}
rules! { one_of at_most_one_of any_of needs when replaces sends }

/// Where an argument goes by verb and path alone, `name` being that at WorkOS: one of
/// [`place`](mod@place).
pub const fn place(method: Method, path: &str, words: &[&str], name: &str, field_words: &[&str]) -> u8 {
    if names(path, name) {
        if among("client_id", field_words) || among("redirect_uri", field_words) {
            place::PATH_OR_SETTING
        } else {
            place::PATH
        }
    } else {
        match method {
            Method::DELETE if among("body", words) => place::BODY,
            Method::GET | Method::DELETE | Method::LINK => place::QUERY,
            Method::POST | Method::PUT | Method::PATCH => place::BODY,
        }
    }
}

/// Whether a path ends in a collection: a name in the plural, to which a POST adds.
pub const fn is_collection(path: &str) -> bool {
    matches!(path.as_bytes(), [.., before, b's'] if *before != b's')
}

/// Whether a path names this argument.
const fn names(path: &str, name: &str) -> bool {
    let mut rest = path;
    while let Some((placeholder, after)) = next_placeholder(rest) {
        if same(placeholder, name) {
            return true;
        }
        rest = after;
    }
    false
}

/// The name in the next `{…}`, and what follows it.
const fn next_placeholder(path: &str) -> Option<(&str, &str)> {
    let bytes = path.as_bytes();
    let mut start = 0;
    while start < bytes.len() && bytes[start] != b'{' {
        start += 1;
    }
    let mut end = start;
    while end < bytes.len() && bytes[end] != b'}' {
        end += 1;
    }
    if end >= bytes.len() {
        return None;
    }
    let (before, after) = path.split_at(end);
    Some((before.split_at(start + 1).1, after.split_at(1).1))
}

/// An operation in which nothing is wrong as a whole: without a [`fault`].
pub const fn sound<Request: Sound<FAULT>, const FAULT: u8>() {}

/// Holds where the fault is none; else asks for what is not the case, and so says what is wrong.
pub trait Sound<const FAULT: u8> {}
impl<T> Sound<NONE> for T {}

const NONE: u8 = 0;

/// What a fault is a fault of: were it the operation, the compiler would speak of [`Sound`] alone.
pub struct Table;

macro_rules! fault {
    ($constant:ident = $number:literal, $bound:ident, $message:literal, $label:literal) => {
        const $constant: u8 = $number;

        #[doc = $message]
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $bound<Operation> {}
        impl<T> Sound<$constant> for T where Table: $bound<T> {}
    };
}

fault! {
    PLACEHOLDER = 1, DeclaresPlaceholders,
    "the path of `{Operation}` names something that is no argument",
    "declare an argument for every `{{placeholder}}` of the path, or correct the path"
}
fault! {
    SEGMENT = 2, HasWholeSegments,
    "in the path of `{Operation}`, a placeholder is not a whole segment",
    "write `/{{name}}/`, with nothing else between the slashes"
}
fault! {
    SILENT = 3, SaysItsEffect,
    "`{Operation}` is a POST to something else than a collection, and does not say its effect",
    "add `reads`, `creates`, `updates` or `deletes` after the answer"
}
fault! {
    REPEATED = 4, SaysItOnce,
    "`{Operation}` says two effects, or two kinds of authentication, or one word twice",
    "keep one of `reads`, `creates`, `updates` and `deletes`, and one of `client_secret` and `public`"
}
fault! {
    BEARER = 5, AuthenticatesOnce,
    "`{Operation}` takes a `bearer` argument, and `public` or `client_secret` has no effect beside it",
    "remove the word"
}
fault! {
    BODY = 6, HasNoBody,
    "`{Operation}` has a body anyway",
    "remove the word `body`"
}
fault! {
    UNKEYED = 7, TakesKey,
    "`{Operation}` is `idempotent` without an argument `as header(\"Idempotency-Key\")`, or reads anyway",
    "add the argument, or remove the word"
}
fault! {
    SENT = 8, SendsNoArgument,
    "`{Operation}` always `sends` what is also an argument",
    "remove the rule or the argument"
}
fault! {
    VALUE = 9, NamesValues,
    "a `when` of `{Operation}` names a value that its argument cannot have",
    "write one of the words of that choice"
}
fault! {
    RAISED = 10, CanBeRaised,
    "an argument of `{Operation}` `destroys`, and the operation deletes anyway, or only reads",
    "remove the word, or correct the effect of the operation"
}
fault! {
    WORD = 11, NamesWords,
    "a `destroys_as` of `{Operation}` names a word that its argument cannot have",
    "write one of the words of that choice"
}
fault! {
    CLEARED = 12, HasSomethingToClear,
    "`{Operation}` creates or reads, so there is nothing to clear",
    "write `name?: T` without `| null`"
}

fault! {
    FIXED = 13, SendsNothing,
    "`{Operation}` is an object, and only an operation `sends` a fixed value or `replaces` an argument",
    "remove the rule, or say it of the operation"
}

fault! {
    FORMER = 14, NamesNothingElse,
    "a `was` of `{Operation}` is a name that an argument has, or understood anyway",
    "remove the word, or correct the name: what WorkOS calls the argument need not be said"
}

/// What is wrong with the rules of an object, if anything.
pub const fn object_fault(schema: &Schema) -> u8 {
    let Schema::Object(fields, rules) = schema else { return NONE };
    let mut at = 0;
    while at < rules.len() {
        match &rules[at] {
            Rule::Sends { .. } | Rule::Replaces(..) => return FIXED,
            Rule::When { field, value, .. } if !takes(fields, field, value) => return VALUE,
            _ => {}
        }
        at += 1;
    }
    NONE
}

/// What is wrong with an operation as a whole, if anything.
pub const fn fault(operation: &Operation, words: &[&str]) -> u8 {
    let path = operation.path.as_bytes();
    let mut at = 0;
    while at < path.len() {
        let part = match path[at] {
            b'{' => at > 0 && path[at - 1] == b'/',
            b'}' => at + 1 == path.len() || matches!(path[at + 1], b'/' | b'?'),
            _ => true,
        };
        if !part {
            return SEGMENT;
        }
        at += 1;
    }
    let mut rest = operation.path;
    while let Some((placeholder, after)) = next_placeholder(rest) {
        if !has_argument_at_workos(operation, placeholder) {
            return PLACEHOLDER;
        }
        rest = after;
    }
    let effects = count(words, &["reads", "creates", "updates", "deletes"]);
    if matches!(operation.method, Method::POST) && effects == 0 && !is_collection(operation.path) {
        return SILENT;
    }
    if effects > 1 || count(words, &["client_secret", "public"]) > 1 || repeated(words) {
        return REPEATED;
    }
    let (mut bearer, mut body, mut keyed) = (false, false, false);
    let mut at = 0;
    while at < operation.fields.len() {
        let field = &operation.fields[at];
        match field.location {
            Location::Bearer => bearer = true,
            Location::Header(name) => keyed |= same(name, "Idempotency-Key"),
            Location::ByVerb => body |= !names(operation.path, field.api_name),
            Location::Query | Location::Pkce => {}
        }
        if field.destroys.is_some() && matches!(operation.effect, Effect::Read | Effect::Delete) {
            return RAISED;
        }
        if let (Some(Destroys::Word(word)), Schema::Choice(words)) = (field.destroys, field.schema)
            && !among(word, words)
        {
            return WORD;
        }
        if let Some(former) = field.was
            && (has_argument(operation, former) || has_argument_at_workos(operation, former))
        {
            return FORMER;
        }
        if matches!(field.presence, Presence::Clearable)
            && matches!(operation.effect, Effect::Read | Effect::Create)
        {
            return CLEARED;
        }
        at += 1;
    }
    if bearer && !matches!(operation.auth, Auth::Bearer) {
        return BEARER;
    }
    if operation.idempotent && (!keyed || matches!(operation.effect, Effect::Read)) {
        return UNKEYED;
    }
    let mut at = 0;
    while at < operation.rules.len() {
        match &operation.rules[at] {
            Rule::Sends { field, .. } if has_argument(operation, field) => return SENT,
            Rule::When { field, value, .. } if !takes(operation.fields, field, value) => return VALUE,
            Rule::Sends { .. } => body = true,
            _ => {}
        }
        at += 1;
    }
    body |= matches!(operation.auth, Auth::ClientSecret);
    if operation.body && body && !matches!(operation.method, Method::DELETE) {
        return BODY;
    }
    NONE
}

const fn has_argument(operation: &Operation, name: &str) -> bool {
    let mut at = 0;
    while at < operation.fields.len() {
        if same(operation.fields[at].name, name) {
            return true;
        }
        at += 1;
    }
    false
}

/// The same by the name at WorkOS, as placeholders have it.
const fn has_argument_at_workos(operation: &Operation, name: &str) -> bool {
    let mut at = 0;
    while at < operation.fields.len() {
        if same(operation.fields[at].api_name, name) {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether an argument can have this value. Names that are none are reported elsewhere.
const fn takes(fields: &[Field], name: &str, value: &str) -> bool {
    let mut at = 0;
    while at < fields.len() {
        if same(fields[at].name, name)
            && let Schema::Choice(words) = fields[at].schema
        {
            return among(value, words);
        }
        at += 1;
    }
    true
}

/// How many of the words are among these.
const fn count(words: &[&str], wanted: &[&str]) -> usize {
    let (mut found, mut at) = (0, 0);
    while at < words.len() {
        if among(words[at], wanted) {
            found += 1;
        }
        at += 1;
    }
    found
}

/// Whether a word stands twice.
const fn repeated(words: &[&str]) -> bool {
    let mut at = 0;
    while at < words.len() {
        if count(words, &[words[at]]) > 1 {
            return true;
        }
        at += 1;
    }
    false
}
