//! The words after `as` in the table, each only where it has an effect.
//!
//! What a word stands on is said with trait bounds, because the compiler points a bound that
//! does not hold at the word itself. The messages are read by whoever writes the table.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde_json::{Map, Value};

use super::{Field, Payload, Scalar, plain};

/// Where an argument goes by verb and path alone.
pub mod place {
    /// Named in the path.
    pub const PATH: u8 = 0;
    /// Named in the path, with a setting for when it is left out.
    pub const PATH_OR_SETTING: u8 = 1;
    /// Into the query.
    pub const QUERY: u8 = 2;
    /// Into the JSON body.
    pub const BODY: u8 = 3;
}

/// An argument of an operation, in one of the [`place`]s.
pub struct Argument<const PLACE: u8>;
/// An argument with a word that says where it goes.
pub struct Moved;
/// A field of an object.
pub struct Member;

/// `name: T`.
pub struct Required;
/// `name?: T`.
pub struct Optional;
/// `name?: T | null`.
pub struct Clearable;

/// Not called a credential so far.
pub struct Open;
/// Called a credential.
pub struct Hidden;

/// A field with the words read so far: its type, its presence, where it stands, what it holds.
pub struct FieldWords<Type, Presence, Place, Holds = Open> {
    /// The field as the words made it.
    pub field: Field,
    words: PhantomData<(Type, Presence, Place, Holds)>,
}

/// An argument of an operation, which is in the path only if it is always there.
pub const fn argument<Type, Presence, const PLACE: u8>(
    field: Field,
) -> FieldWords<Type, Presence, Argument<PLACE>>
where
    Type: Standing<Presence, PLACE>,
{
    FieldWords::new(field)
}

/// A field of an object.
pub const fn member<Type, Presence>(field: Field) -> FieldWords<Type, Presence, Member> {
    FieldWords::new(field)
}

/// The name at WorkOS, where it is another one.
pub const fn other_name<Type: Renamed<DIFFER>, const DIFFER: bool>(name: &'static str) -> &'static str {
    name
}

/// Whether the name at WorkOS is another one.
pub const fn differ(name: &'static str, api_name: &str) -> bool {
    !same(plain(name), api_name)
}

/// `==` for constants.
pub const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}

/// Whether a word is among these.
pub const fn among(word: &str, words: &[&str]) -> bool {
    let mut at = 0;
    while at < words.len() {
        if same(words[at], word) {
            return true;
        }
        at += 1;
    }
    false
}

impl<T, P, A, H> FieldWords<T, P, A, H> {
    const fn new(field: Field) -> Self {
        Self { field, words: PhantomData }
    }

    /// WorkOS calls it by another name: `rename` as the macros read it, before all other words.
    pub const fn named(self, name: &'static str) -> Self {
        Self::new(self.field.rename(name))
    }

    /// `rename` after other words, where the macros do not look for it.
    pub const fn rename(self, _name: &'static str) -> Self
    where
        A: First,
    {
        self
    }

    /// Had this name before, which is still understood.
    pub const fn was(self, name: &'static str) -> Self
    where
        A: OfOperation,
    {
        Self::new(self.field.was(name))
    }

    /// Goes into the query although the verb has a body.
    pub const fn query(self) -> FieldWords<T, P, Moved, H>
    where
        A: OfOperation + Unmoved + NotInPath + NotInQuery,
    {
        FieldWords::new(self.field.query())
    }

    /// Goes into a header.
    pub const fn header(self, name: &'static str) -> FieldWords<T, P, Moved, H>
    where
        A: OfOperation + Unmoved + NotInPath,
        T: Text,
    {
        FieldWords::new(self.field.header(name))
    }

    /// Takes the place of the API key. A credential.
    pub const fn bearer(self) -> FieldWords<T, P, Moved, Hidden>
    where
        A: OfOperation + Unmoved + NotInPath,
        T: Text,
        H: NotHidden,
    {
        FieldWords::new(self.field.bearer())
    }

    /// Asks for a PKCE challenge; not sent itself.
    pub const fn pkce(self) -> FieldWords<T, P, Moved, H>
    where
        A: OfOperation + Unmoved + NotInPath,
        T: Flag,
    {
        FieldWords::new(self.field.pkce())
    }

    /// Holds a credential.
    pub const fn secret(self) -> FieldWords<T, P, A, Hidden>
    where
        T: Concealable,
        H: NotHidden,
    {
        FieldWords::new(self.field.secret())
    }

    /// Holds a credential that WorkOS shows only this once.
    pub const fn shown_once(self) -> FieldWords<T, P, A, Hidden>
    where
        A: OfAnswer,
        T: Concealable,
        H: NotHidden,
    {
        FieldWords::new(self.field.shown_once())
    }

    /// Whole numbers from `min` to `max`.
    pub const fn range(self, min: i64, max: i64) -> Self
    where
        T: WholeNumber,
    {
        Self::new(self.field.range(min, max))
    }

    /// Published as one line of notation.
    pub const fn brief(self) -> Self
    where
        T: Long,
    {
        Self::new(self.field.brief())
    }

    /// Taken, but left out of the schemas of tools where `find_operations` tells it.
    pub const fn seldom(self) -> Self
    where
        A: OfOperation,
        P: NotAlwaysNeeded,
    {
        Self::new(self.field.seldom())
    }

    /// Left out of lists unless it is asked for.
    pub const fn bulky(self) -> Self
    where
        A: OfAnswer,
    {
        Self::new(self.field.bulky())
    }

    /// WorkOS has given it up, and does not send it to everybody any more.
    pub const fn deprecated(self) -> Self
    where
        A: OfAnswer,
    {
        Self::new(self.field.deprecated())
    }

    /// Given, it replaces a whole set, overwrites a credential, or takes away otherwise what was
    /// there: the call destroys.
    pub const fn destroys(self) -> Self
    where
        A: OfOperation,
        P: NotAlwaysThere,
    {
        Self::new(self.field.destroys())
    }

    /// The same with one word of a choice alone.
    pub const fn destroys_as(self, word: &'static str) -> Self
    where
        A: OfOperation,
        T: Worded,
    {
        Self::new(self.field.destroys_as(word))
    }

    /// A point in time, ISO 8601: what is none is refused before it is sent.
    pub const fn time(self) -> Self
    where
        T: Text,
    {
        Self::new(self.field.time())
    }

    /// Text that is nothing but digits: a number is taken for these.
    pub const fn digits(self) -> Self
    where
        T: Text,
    {
        Self::new(self.field.digits())
    }

    /// A list that needs one item at least.
    pub const fn nonempty(self) -> Self
    where
        T: Listed,
    {
        Self::new(self.field.nonempty())
    }

    /// Types of events: a mistyped one is refused before it is sent.
    pub const fn event_types(self) -> Self
    where
        A: OfOperation,
        T: ListsText,
    {
        Self::new(self.field.event_types())
    }

    /// Falls back to `WORKOS_CLIENT_ID`.
    pub const fn client_id(self) -> Self
    where
        A: OfOperation,
        T: Text,
        P: Omissible,
    {
        Self::new(self.field.client_id())
    }

    /// Falls back to `WORKOS_REDIRECT_URI`.
    pub const fn redirect_uri(self) -> Self
    where
        A: OfOperation,
        T: Text,
        P: Omissible,
    {
        Self::new(self.field.redirect_uri())
    }
}

macro_rules! holds {
    ($($bound:ty: $($type:ty),+;)+) => { $($(impl $bound for $type {})+)+ };
}

/// An argument that is in the path is always there.
#[diagnostic::on_unimplemented(
    message = "an argument in the path may not be left out",
    label = "write `name: T`, or name a setting that stands in for it: `as client_id`"
)]
pub trait Standing<Presence, const PLACE: u8> {}
impl<T, const PLACE: u8> Standing<Required, PLACE> for T {}
impl<T> Standing<Optional, { place::PATH_OR_SETTING }> for T {}
impl<T> Standing<Optional, { place::QUERY }> for T {}
impl<T> Standing<Optional, { place::BODY }> for T {}
impl<T> Standing<Clearable, { place::QUERY }> for T {}
impl<T> Standing<Clearable, { place::BODY }> for T {}

/// A name at WorkOS that is another one.
#[diagnostic::on_unimplemented(
    message = "`rename` gives the name that the field has anyway",
    label = "remove `rename`, or correct the name"
)]
pub trait Renamed<const DIFFER: bool> {}
impl<T> Renamed<true> for T {}

/// Holds for nothing.
#[diagnostic::on_unimplemented(
    message = "`rename` comes before all other words",
    label = "write `as rename(\"…\")` first, and only once"
)]
pub trait First {}

/// Something with a place in a request.
#[diagnostic::on_unimplemented(
    message = "this word has no effect in an object",
    label = "remove it: only arguments of operations have a place in the request, a former name, a setting or an effect"
)]
pub trait OfOperation {}
impl<const PLACE: u8> OfOperation for Argument<PLACE> {}
holds! { OfOperation: Moved; }

/// Something that an answer can hold.
#[diagnostic::on_unimplemented(
    message = "this word has no effect on an argument",
    label = "remove it: it is about answers; an argument that is a credential is `secret`"
)]
pub trait OfAnswer {}
holds! { OfAnswer: Member; }

/// Nothing has said yet where it goes.
#[diagnostic::on_unimplemented(
    message = "an argument goes to one place only",
    label = "keep one of the words `query`, `header`, `bearer` and `pkce`"
)]
pub trait Unmoved {}
impl<const PLACE: u8> Unmoved for Argument<PLACE> {}
holds! { Unmoved: Member; }

/// Free to go elsewhere.
#[diagnostic::on_unimplemented(
    message = "an argument that is named in the path goes there",
    label = "remove the word, or take the argument out of the path"
)]
pub trait NotInPath {}
holds! { NotInPath: Argument<{ place::QUERY }>, Argument<{ place::BODY }>, Moved, Member; }

/// Not on the way into the query anyway.
#[diagnostic::on_unimplemented(
    message = "`query` has no effect on an operation without a body",
    label = "remove the word: the argument goes into the query anyway"
)]
pub trait NotInQuery {}
holds! {
    NotInQuery: Argument<{ place::PATH }>, Argument<{ place::PATH_OR_SETTING }>,
        Argument<{ place::BODY }>, Moved, Member;
}

/// May be left out, so that a setting can stand in for it.
#[diagnostic::on_unimplemented(
    message = "a setting cannot stand in for what must be given",
    label = "remove the word, or write `name?: T`"
)]
pub trait Omissible {}
holds! { Omissible: Optional, Clearable; }

/// May be left out, so that giving it makes a difference.
#[diagnostic::on_unimplemented(
    message = "an argument that must be given cannot raise the effect of some calls",
    label = "say of the operation that it `deletes`, or write `name?: T`"
)]
pub trait NotAlwaysThere {}
holds! { NotAlwaysThere: Optional, Clearable; }

/// Not called a credential so far.
#[diagnostic::on_unimplemented(
    message = "the field is called a credential twice",
    label = "keep one of the words `secret`, `shown_once` and `bearer`: each says it"
)]
pub trait NotHidden {}
holds! { NotHidden: Open; }

/// Text.
#[diagnostic::on_unimplemented(
    message = "this word is for text, and `{Self}` is something else",
    label = "remove the word, or make the field a `String`"
)]
pub trait Text {}
holds! { Text: String; }

/// Yes or no.
#[diagnostic::on_unimplemented(
    message = "`pkce` is a yes or no, and `{Self}` is something else",
    label = "remove the word, or make the field a `bool`"
)]
pub trait Flag {}
holds! { Flag: bool; }

/// One of some words.
#[diagnostic::on_unimplemented(
    message = "`destroys_as` is for choices, and `{Self}` is something else",
    label = "write `destroys`, or make the field a choice"
)]
pub trait Worded {}

/// A whole number.
#[diagnostic::on_unimplemented(
    message = "`range` is for whole numbers, and `{Self}` is something else",
    label = "remove the word, or make the field an `i64` or `u32`"
)]
pub trait WholeNumber {}
holds! { WholeNumber: i64, u32; }

/// A list.
#[diagnostic::on_unimplemented(
    message = "`nonempty` is for lists, and `{Self}` is something else",
    label = "remove the word, or make the field a `Vec`"
)]
pub trait Listed {}
impl<T> Listed for Vec<T> {}

/// A list of text.
#[diagnostic::on_unimplemented(
    message = "`event_types` is for lists of text, and `{Self}` is something else",
    label = "remove the word, or make the field a `Vec<String>`"
)]
pub trait ListsText {}
holds! { ListsText: Vec<String>; }

/// May be left out.
#[diagnostic::on_unimplemented(
    message = "an argument that must be given is not `seldom` needed",
    label = "remove the word, or write `name?: T`"
)]
pub trait NotAlwaysNeeded {}
holds! { NotAlwaysNeeded: Optional, Clearable; }

/// A choice, an object with known fields, or several of these: what has a long schema.
#[diagnostic::on_unimplemented(
    message = "`brief` is for choices and objects with known fields, and `{Self}` is something else",
    label = "remove the word: a schema as short as this is published whole"
)]
pub trait Long {}
impl<T: Long> Long for Vec<T> {}
impl<T: Long> Long for BTreeMap<String, T> {}

/// An object with known fields, or several.
pub trait Structured {}
impl<T: Structured> Structured for Vec<T> {}
impl<T: Structured> Structured for BTreeMap<String, T> {}

/// Can be a credential.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a credential",
    label = "remove the word, or say it of the field that holds one"
)]
pub trait Concealable {}
impl<T: Structured> Concealable for T {}
holds! {
    Concealable: String, i64, u32, f64, Scalar, Payload, Value, Map<String, Value>,
        Vec<String>, BTreeMap<String, String>;
}
