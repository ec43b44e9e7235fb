//! The notation of `src/api/`: operations, objects and choices, each declared once.
//!
//! ```text
//! operations! {
//!     organizations: "Organizations and their domains";
//!
//!     /// First sentence: what the tool does. Then what one must know to call it well.
//!     PUT "/organizations/{id}" => UpdateOrganization -> Organization, deletes
//!     where one_of(a | b + c), needs(d: e) {
//!         /// What the argument is.
//!         id: String,
//!         /// May be left out.
//!         name?: String,
//!         /// May be left out, or what is there cleared.
//!         external_id?: String | null,
//!         /// Words after `as` say where it goes and what it holds.
//!         password?: String as secret,
//!         ..Page,
//!     }
//! }
//! ```
//!
//! - The tool's name is the type's name in snake case; descriptions are the doc comments.
//! - Arguments named in the path go there, the others into the query (GET, DELETE)
//!   or the JSON body (POST, PUT, PATCH). The path names them as WorkOS does.
//! - Words after the answer are the methods of
//!   [`OperationWords`](crate::operation::words::OperationWords): `reads`, `updates`, `creates`,
//!   `deletes`, `body`, `emails`, `idempotent`, `client_secret`, `public`, `rate_limited`, `everyday`.
//! - What agents need every day is `everyday`: a tool of its own in the default list, where every byte
//!   is paid for in every conversation. All else they find.
//! - A POST creates in a collection, so its path ends in a plural. Any other POST (`…/revoke`,
//!   `…/token`) says its effect, even if that is `creates`.
//! - Words after `as` are the methods of [`FieldWords`](crate::schema::words::FieldWords): `secret`,
//!   `shown_once`, `query`, `header("…")`, `range(1, 100)`, `brief`, `seldom`, `bulky`, `deprecated`,
//!   `client_id`, `redirect_uri`, `bearer`, `pkce`, `destroys`, `destroys_as("word")`, `time`, `digits`,
//!   `nonempty`, `event_types`, `was("…")`. Before them all may stand `rename("…")`, with the name at WorkOS.
//! - One thing has one name in all operations: IDs as [`crate::api::ids`] says, slugs as `role_slug`. `id`
//!   and `slug` alone are those of what the operation itself is about. Other names that WorkOS has, or that
//!   an argument had, are understood: those of `rename` and `was`.
//! - An argument takes IDs of the kinds that its description names, as `` `om_…` ``, else of the kind
//!   that its name says.
//! - `T | null` is for values that stand at WorkOS: what creates or reads has nothing to clear.
//! - An argument can raise the effect of its call. One that replaces a whole set, overwrites a
//!   credential or otherwise takes away what was there `destroys`, with `destroys_as("word")` only
//!   if it is that word. Clearing a value always does.
//! - Rules: `one_of`, `at_most_one_of` and `any_of` take sets of arguments, `|` between
//!   sets and `+` within one; `needs(a: b, c)`; `when(a = "x": b, c)`; `replaces(a: b, c)` where
//!   `b` and `c` are not sent beside `a`; `sends(grant_type = "…")` for a fixed value, with `if a` for
//!   one that goes with an argument. Objects have the same rules, but for the last two.
//! - `..Page` stands for `limit`, `after`, `before` and `order`.
//! - The answer is a model, `List<…>`, `Vec<…>` for a bare array, or `()` for none.
//!
//! What is required cannot be forgotten: an operation or object with required fields has
//! `new(…)`, which takes them in the order of the table and leaves out all others, and no
//! `Default`; one without has `Default` and no `new`.
//!
//! ```text
//! CreateOrganization { external_id: Some("7".into()), ..CreateOrganization::new("Example Corp") }
//! ListOrganizations { limit: Some(10), ..Default::default() }
//! ```
//!
//! A mistake in the table is a compile error at its line: a name that is no argument, a word that
//! has no effect where it stands, a POST that does not say what it does. `tests/table_errors/`
//! holds one example of each.

#[macro_use]
mod checks;
#[macro_use]
mod fields;
#[macro_use]
mod parts;

/// Declares the operations of one toolset; see the [module](self).
macro_rules! operations {
    (
        $toolset:ident: $about:literal;
        $(
            $(#[doc = $doc:literal])+
            $verb:ident $path:literal => $name:tt -> $answer:ty
            $(, $word:ident)*
            $(where $($rule:ident ( $($terms:tt)* )),+)?
            { $($fields:tt)* }
        )+
    ) => {
        $(
            fields! {
                @operation {
                    [$name] $name { $($doc)+ } $verb $path { $answer } [$($word)*]
                    { $($($rule ( $($terms)* ))+)? }
                }
                {} {} {} $($fields)*
            }
        )+

        #[doc = $about]
        pub const TOOLSET: $crate::operation::Toolset = $crate::operation::Toolset {
            name: stringify!($toolset),
            description: $about,
            operations: &[$(&<$name as $crate::operation::Request>::OPERATION),+],
        };
    };
}

/// Declares objects: parts of arguments, and models of answers.
///
/// In a model `name: T` is a field that WorkOS always sends (a fallback stands
/// in if it does not), and `name?: T` one that it may leave out. What its fields must fulfil together
/// is said with `where`, as of an operation.
macro_rules! objects {
    ($(
        $(#[doc = $doc:literal])+
        $name:tt
        $(where $($rule:ident ( $($terms:tt)* )),+)?
        { $($fields:tt)* }
    )+) => {
        $(
            fields! {
                @object { [$name] $name { $($doc)+ } { $($($rule ( $($terms)* ))+)? } }
                {} {} {} $($fields)*
            }
        )+
    };
}

/// Declares closed sets of words: an enum with one variant a word, and
/// `Other` for words that WorkOS adds later.
macro_rules! choices {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident { $($variant:ident = $word:literal),+ $(,)? }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "the words are WorkOS's own")]
        pub enum $name {
            $($variant,)+
            /// A word that this version does not know.
            Other(String),
        }

        impl $name {
            /// The word as WorkOS spells it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    _ => Self::Other(word.to_owned()),
                }
            }
        }

        impl $crate::schema::words::Worded for $name {}
        impl $crate::schema::words::Long for $name {}

        impl $crate::schema::Typed for $name {
            const SCHEMA: $crate::schema::Schema = $crate::schema::Schema::Choice(&[$($word),+]);

            fn fallback() -> Self {
                Self::Other(String::new())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <String as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from(word.as_str()))
            }
        }
    )+};
}
