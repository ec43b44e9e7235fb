//! What arguments and answers look like, as constants.
//!
//! Every type that can stand in the operations table says its [`Schema`] at
//! compile time. Input schemas, argument checks and the shape of answers all
//! read these constants, so nothing is built or parsed when the program starts. Uses nothing else of
//! this crate.

#[doc(hidden)]
pub mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// What stands in place of a credential, wherever one would be shown.
pub const REDACTED: &str = "[masked]";

/// The shape of a value.
#[derive(Debug, Clone, Copy)]
pub enum Schema {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Text, a number, `true` or `false`.
    Scalar,
    /// One of the known words. Open in answers, closed in arguments.
    Choice(&'static [&'static str]),
    /// A list whose items have one shape.
    List(&'static Schema),
    /// An object with keys of the caller's choice.
    Map(&'static Schema),
    /// A value in whose place `null` means something: that of a map.
    Nullable(&'static Schema),
    /// An object with known fields, and what they must fulfil together where it is an argument.
    Object(&'static [Field], &'static [Rule]),
    /// Any JSON object.
    AnyObject,
    /// Some object of WorkOS, as an event carries it.
    Payload,
    /// Any JSON value.
    Any,
    /// Nothing: an answer without a body.
    Empty,
}

impl Schema {
    /// The shape of a value that is there.
    pub const fn present(&self) -> &Self {
        match self {
            Self::Nullable(inner) => inner,
            _ => self,
        }
    }

    /// The fields of an object, or of the objects in a list; empty for anything else.
    pub const fn fields(&self) -> &'static [Field] {
        match self {
            Self::Object(fields, _) => fields,
            Self::List(item) | Self::Nullable(item) => item.fields(),
            _ => &[],
        }
    }

    /// Whether this holds for any field, at any depth.
    pub fn any_field(&self, wanted: &dyn Fn(&Field) -> bool) -> bool {
        match self {
            Self::Object(fields, _) => {
                fields.iter().any(|field| wanted(field) || field.schema.any_field(wanted))
            }
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.any_field(wanted),
            _ => false,
        }
    }
}

/// What the arguments of a call, or the fields of an object in them, must fulfil together.
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
    /// The first stands in for the others: with it they are not sent.
    Replaces(&'static str, &'static [&'static str]),
    /// Sent in the body, always or with one argument; no argument itself.
    Sends {
        /// The name in the body.
        field: &'static str,
        /// Its only value.
        value: &'static str,
        /// The argument with which alone it is sent.
        given: Option<&'static str>,
    },
}

/// Whether an argument must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Must be given.
    Required,
    /// May be left out; `null` counts as left out.
    Optional,
    /// May be left out, or the value at WorkOS cleared.
    Clearable,
}

/// Where an argument goes in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// Into the path if it is named there, else into query or body by verb.
    ByVerb,
    /// Into the query, whatever the verb.
    Query,
    /// Into a header of this name.
    Header(&'static str),
    /// Into `Authorization: Bearer`, in place of the API key.
    Bearer,
    /// Not sent: asks for a PKCE challenge.
    Pkce,
}

/// A setting that stands in for an argument that was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// `WORKOS_CLIENT_ID`.
    ClientId,
    /// `WORKOS_REDIRECT_URI`.
    RedirectUri,
}

/// An argument of an operation, or a field of an object.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the table, and none excludes another")]
pub struct Field {
    /// The name in arguments.
    pub name: &'static str,
    /// The name at WorkOS.
    pub api_name: &'static str,
    /// A name that it had here, or has had at WorkOS, which is still understood.
    pub was: Option<&'static str>,
    /// What it is, for the model that fills it in.
    pub description: &'static str,
    /// Its shape.
    pub schema: Schema,
    /// Whether it must be given.
    pub presence: Presence,
    /// Where it goes.
    pub location: Location,
    /// Holds a credential.
    pub secret: bool,
    /// A credential that WorkOS shows in this one answer and never again.
    pub shown_once: bool,
    /// Lowest and highest whole number.
    pub range: Option<(i64, i64)>,
    /// The setting used when it is left out.
    pub default: Option<Setting>,
    /// Published as one line of notation, not as a schema: large and seldom used.
    pub brief: bool,
    /// Left out of the schemas of tools where something else tells it.
    pub seldom: bool,
    /// Large or a credential, and seldom wanted of many: left out of lists unless it is asked for.
    pub bulky: bool,
    /// WorkOS has given it up, and does not send it to everybody any more.
    pub deprecated: bool,
    /// Given, it takes away for good what was there.
    pub destroys: Option<Destroys>,
    /// A point in time, ISO 8601.
    pub time: bool,
    /// Text that is nothing but digits, as one-time codes are: a number can only mean these.
    pub digits: bool,
    /// A list that needs one item at least.
    pub nonempty: bool,
    /// Types of events: which there are is known, and that there will be more.
    pub event_types: bool,
}

/// Which values of an argument take away for good what was there before: a set that is replaced,
/// a credential that is overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destroys {
    /// All of them.
    Any,
    /// This word.
    Word(&'static str),
}

/// Made by the macros; [`words`] says where each `const fn` may stand in the table.
impl Field {
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        description: &'static str,
        schema: Schema,
        presence: Presence,
    ) -> Self {
        let name = plain(name);
        Self {
            name,
            api_name: name,
            was: None,
            description: trimmed(description),
            schema,
            presence,
            location: Location::ByVerb,
            secret: false,
            shown_once: false,
            range: None,
            default: None,
            brief: false,
            seldom: false,
            bulky: false,
            destroys: None,
            deprecated: false,
            time: false,
            digits: false,
            nonempty: false,
            event_types: false,
        }
    }

    /// WorkOS calls it by another name.
    pub const fn rename(mut self, name: &'static str) -> Self {
        self.api_name = name;
        self
    }

    /// It had this name before.
    pub const fn was(mut self, name: &'static str) -> Self {
        self.was = Some(name);
        self
    }

    /// Goes into the query although the verb has a body.
    pub const fn query(mut self) -> Self {
        self.location = Location::Query;
        self
    }

    /// Goes into a header.
    pub const fn header(mut self, name: &'static str) -> Self {
        self.location = Location::Header(name);
        self
    }

    /// Takes the place of the API key. A credential.
    pub const fn bearer(mut self) -> Self {
        self.location = Location::Bearer;
        self.secret = true;
        self
    }

    /// Asks for a PKCE challenge; not sent itself.
    pub const fn pkce(mut self) -> Self {
        self.location = Location::Pkce;
        self
    }

    /// Holds a credential.
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Holds a credential that WorkOS shows only this once.
    pub const fn shown_once(mut self) -> Self {
        self.secret = true;
        self.shown_once = true;
        self
    }

    /// Whole numbers from `min` to `max`.
    pub const fn range(mut self, min: i64, max: i64) -> Self {
        self.range = Some((min, max));
        self
    }

    /// Published as one line of notation.
    pub const fn brief(mut self) -> Self {
        self.brief = true;
        self
    }

    /// Left out of the schemas of tools where something else tells it.
    pub const fn seldom(mut self) -> Self {
        self.seldom = true;
        self
    }

    /// Left out of lists unless it is asked for.
    pub const fn bulky(mut self) -> Self {
        self.bulky = true;
        self
    }

    /// WorkOS has given it up.
    pub const fn deprecated(mut self) -> Self {
        self.deprecated = true;
        self
    }

    /// Given, it takes away for good what was there.
    pub const fn destroys(mut self) -> Self {
        self.destroys = Some(Destroys::Any);
        self
    }

    /// With this word, it takes away for good what was there.
    pub const fn destroys_as(mut self, word: &'static str) -> Self {
        self.destroys = Some(Destroys::Word(word));
        self
    }

    /// A point in time.
    pub const fn time(mut self) -> Self {
        self.time = true;
        self
    }

    /// Text that is nothing but digits.
    pub const fn digits(mut self) -> Self {
        self.digits = true;
        self
    }

    /// A list that needs one item at least.
    pub const fn nonempty(mut self) -> Self {
        self.nonempty = true;
        self
    }

    /// Types of events.
    pub const fn event_types(mut self) -> Self {
        self.event_types = true;
        self
    }

    /// Falls back to `WORKOS_CLIENT_ID`.
    pub const fn client_id(mut self) -> Self {
        self.default = Some(Setting::ClientId);
        self
    }

    /// Falls back to `WORKOS_REDIRECT_URI`.
    pub const fn redirect_uri(mut self) -> Self {
        self.default = Some(Setting::RedirectUri);
        self
    }
}

/// A type that can stand in the table.
pub trait Typed: Sized {
    /// Its shape.
    const SCHEMA: Schema;

    /// What stands in for a value that WorkOS did not send although it should.
    #[doc(hidden)]
    fn fallback() -> Self;

    /// Left out of the JSON altogether.
    fn is_absent(&self) -> bool {
        false
    }
}

macro_rules! typed {
    ($($schema:ident: $($type:ty),+;)+) => {
        $($(impl Typed for $type {
            const SCHEMA: Schema = Schema::$schema;

            fn fallback() -> Self {
                Self::default()
            }
        })+)+
    };
}

typed! {
    String: String;
    Integer: i64, u32;
    Number: f64;
    Boolean: bool;
    AnyObject: Map<String, Value>;
    Any: Value;
    Empty: ();
}

/// Text, a number, `true` or `false`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scalar(pub Value);

impl<T: Into<Value>> From<T> for Scalar {
    fn from(value: T) -> Self {
        Self(value.into())
    }
}

impl Typed for Scalar {
    const SCHEMA: Schema = Schema::Scalar;

    fn fallback() -> Self {
        Self::default()
    }
}

/// Some object of WorkOS, as an event carries it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Payload(pub Map<String, Value>);

impl Typed for Payload {
    const SCHEMA: Schema = Schema::Payload;

    fn fallback() -> Self {
        Self::default()
    }
}

impl<T: Typed> Typed for Vec<T> {
    const SCHEMA: Schema = Schema::List(&T::SCHEMA);

    fn fallback() -> Self {
        Self::default()
    }
}

impl<T: Typed> Typed for BTreeMap<String, T> {
    const SCHEMA: Schema = Schema::Map(&T::SCHEMA);

    fn fallback() -> Self {
        Self::default()
    }
}

impl<T: Typed> Typed for Option<T> {
    const SCHEMA: Schema = Schema::Nullable(&T::SCHEMA);

    fn fallback() -> Self {
        None
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// A change to a value that can also be cleared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Remove it.
    Clear,
    /// Give it this value.
    Set(T),
}

impl<T: Typed> Typed for Patch<T> {
    const SCHEMA: Schema = T::SCHEMA;

    fn fallback() -> Self {
        Self::Keep
    }

    fn is_absent(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Set(value) => value.serialize(serializer),
            Self::Keep | Self::Clear => serializer.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

/// Reads `null` as the fallback: WorkOS sends `null` in more places than it documents.
#[doc(hidden)]
pub fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Typed + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(T::fallback))
}

/// `r#type` as `type`.
#[doc(hidden)]
pub const fn plain(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

/// Doc comments come with one blank in front of each line.
#[doc(hidden)]
pub const fn trimmed(text: &'static str) -> &'static str {
    text.trim_ascii()
}

/// The length of [`snake_case`].
#[doc(hidden)]
pub const fn snake_case_length(name: &str) -> usize {
    let bytes = name.as_bytes();
    let (mut length, mut at) = (0, 0);
    while at < bytes.len() {
        length += if at > 0 && bytes[at].is_ascii_uppercase() { 2 } else { 1 };
        at += 1;
    }
    length
}

/// `CreateOrganization` as `create_organization`.
#[doc(hidden)]
pub const fn snake_case<const LENGTH: usize>(name: &str) -> [u8; LENGTH] {
    let bytes = name.as_bytes();
    let mut snake = [b'_'; LENGTH];
    let (mut to, mut at) = (0, 0);
    while at < bytes.len() {
        if at > 0 && bytes[at].is_ascii_uppercase() {
            to += 1;
        }
        snake[to] = bytes[at].to_ascii_lowercase();
        to += 1;
        at += 1;
    }
    snake
}
