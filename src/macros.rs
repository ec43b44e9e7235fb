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
//!         /// May be left out, or cleared with null.
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
//!   or the JSON body (POST, PUT, PATCH).
//! - Words after the answer are the methods of [`Operation`](crate::operation::Operation):
//!   `reads`, `updates`, `creates`, `deletes`, `body`, `emails`, `dedupes`, `client_secret`,
//!   `public`, `paced`.
//! - Words after `as` are the methods of [`Field`](crate::schema::Field): `secret`, `once`, `query`,
//!   `header("…")`, `wire("…")`, `range(1, 100)`, `brief`, `bulky`, `client_id`, `redirect_uri`, `bearer`,
//!   `pkce`. In an object, `wire` comes first.
//! - Rules: `one_of`, `at_most_one_of` and `any_of` take sets of arguments, `|` between
//!   sets and `+` within one; `needs(a: b, c)`; `when(a = "x": b, c)`;
//!   `sends(grant_type = "…")` for a fixed value.
//! - `..Page` stands for `limit`, `after`, `before` and `order`.
//! - The answer is a model, `List<…>`, `Vec<…>` for a bare array, or `()` for none.

/// Declares the operations of one toolset; see the [module](self).
macro_rules! operations {
    (
        $toolset:ident: $about:literal;
        $(
            $(#[doc = $doc:literal])+
            $verb:ident $path:literal => $name:ident -> $answer:ty
            $(, $word:ident)*
            $(where $($rule:ident ( $($terms:tt)* )),+)?
            { $($fields:tt)* }
        )+
    ) => {
        $(
            fields! {
                @operation {
                    $name { $($doc)+ } $verb $path { $answer } { $($word)* }
                    { $($($rule ( $($terms)* ))+)? }
                }
                {} {} $($fields)*
            }
        )+

        #[doc = $about]
        pub const TOOLSET: $crate::operation::Toolset = $crate::operation::Toolset {
            name: stringify!($toolset),
            about: $about,
            operations: &[$(&<$name as $crate::operation::Request>::OPERATION),+],
        };
    };
}

/// Declares objects: parts of arguments, and models of answers.
///
/// In a model `name: T` is a field that WorkOS always sends (its default stands
/// in if it does not), and `name?: T` one that it may leave out.
macro_rules! objects {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident { $($fields:tt)* }
    )+) => {
        $( fields! { @object { $name { $($doc)+ } } {} {} $($fields)* } )+
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

        /// No word at all.
        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl $crate::schema::Typed for $name {
            const SCHEMA: $crate::schema::Schema = $crate::schema::Schema::Choice(&[$($word),+]);
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

/// Reads fields one by one into `[docs] name presence [type] [words] [serde]`, then declares.
macro_rules! fields {
    // ..Page
    (@$kind:ident $head:tt {} { $($done:tt)* } ..Page, $($rest:tt)*) => {
        fields! { @$kind $head {paged} { $($done)*
            { [] limit Optional [u32] [range(1, 100)] [] }
            { [" `list_metadata.after`."] after Optional [String] [] [] }
            { [] before Optional [String] [] [] }
            { [] order Optional [$crate::api::common::Order] [] [] }
        } $($rest)* }
    };
    // name?: …
    (@$kind:ident $head:tt $flags:tt $done:tt
        $(#[doc = $doc:literal])* $name:ident ?: $($rest:tt)*
    ) => {
        fields! { @typed Optional Clearable [$($doc)*] $name $kind $head $flags $done $($rest)* }
    };
    // name: …
    (@$kind:ident $head:tt $flags:tt $done:tt
        $(#[doc = $doc:literal])* $name:ident : $($rest:tt)*
    ) => {
        fields! { @typed Required Clearable [$($doc)*] $name $kind $head $flags $done $($rest)* }
    };
    // … T | null as …,
    (@typed $presence:ident $clearable:ident $docs:tt $name:ident $kind:ident $head:tt $flags:tt { $($done:tt)* }
        $type:ty | null $(as $($word:ident $(( $($value:tt)* ))?)+)?, $($rest:tt)*
    ) => {
        fields! { @$kind $head $flags { $($done)*
            { $docs $name $clearable [$type] [$($($word $(( $($value)* ))?)+)?] [] }
        } $($rest)* }
    };
    // … T as wire("…") …,
    (@typed $presence:ident $clearable:ident $docs:tt $name:ident object $head:tt $flags:tt { $($done:tt)* }
        $type:ty as wire($wire:literal) $($word:ident $(( $($value:tt)* ))?)*, $($rest:tt)*
    ) => {
        fields! { @object $head $flags { $($done)*
            { $docs $name $presence [$type] [wire($wire) $($word $(( $($value)* ))?)*] [rename = $wire] }
        } $($rest)* }
    };
    // … T as …,
    (@typed $presence:ident $clearable:ident $docs:tt $name:ident $kind:ident $head:tt $flags:tt { $($done:tt)* }
        $type:ty $(as $($word:ident $(( $($value:tt)* ))?)+)?, $($rest:tt)*
    ) => {
        fields! { @$kind $head $flags { $($done)*
            { $docs $name $presence [$type] [$($($word $(( $($value)* ))?)+)?] [] }
        } $($rest)* }
    };

    (@operation
        {
            $request:ident { $($about:literal)+ } $verb:ident $path:literal { $answer:ty } { $($word:ident)* }
            { $($rule:ident $terms:tt)* }
        }
        { $($flag:ident)? }
        { $({ [$($doc:literal)*] $name:ident $presence:ident [$type:ty] [$($field_word:ident $(( $($value:tt)* ))?)*] [] })* }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Default)]
        #[allow(missing_docs, reason = "paging arguments, which the documentation of lists explains")]
        pub struct $request {
            $( $(#[doc = $doc])* pub $name: presence!($presence $type), )*
        }

        impl $crate::operation::Request for $request {
            type Answer = $answer;
            const OPERATION: $crate::operation::Operation = $crate::operation::Operation {
                name: {
                    const NAME: [u8; $crate::schema::snake_case_length(stringify!($request))] =
                        $crate::schema::snake_case(stringify!($request));
                    match core::str::from_utf8(&NAME) {
                        Ok(name) => name,
                        Err(_) => "",
                    }
                },
                about: $crate::schema::trimmed(concat!($($about),+)),
                verb: $crate::operation::Verb::$verb,
                path: $path,
                fields: {
                    const FIELDS: &[$crate::schema::Field] = &[$(
                        field!($name $presence [$type] [$($doc)*] [$($field_word $(( $($value)* ))?)*])
                    ),*];
                    FIELDS
                },
                answer: <$answer as $crate::schema::Typed>::SCHEMA,
                rules: {
                    const RULES: &[$crate::operation::Rule] = &[$(rule!($rule $terms)),*];
                    RULES
                },
                effect: $crate::operation::Verb::$verb.effect(),
                auth: $crate::operation::Auth::Bearer,
                body: false,
                emails: false,
                dedupes: false,
                most_a_second: None,
                #[cfg(test)]
                round_trip: |json| serde_json::to_value(serde_json::from_str::<$answer>(json)?),
            } $(.$word())*;
        }

        members! { $request { $($name [$name] [$($field_word)*])* } }
        $(paged! { $flag $request })?
    };

    (@object
        { $object:ident { $($about:literal)+ } }
        {}
        { $({ [$($doc:literal)*] $name:ident $presence:ident [$type:ty] [$($field_word:ident $(( $($value:tt)* ))?)*] [$(rename = $wire:literal)?] })* }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Default, serde::Deserialize)]
        #[allow(missing_docs, reason = "fields whose names say it all")]
        pub struct $object {
            $(
                $(#[doc = $doc])*
                #[serde(default, deserialize_with = "crate::schema::lenient" $(, rename = $wire)?)]
                pub $name: presence!($presence $type),
            )*
        }

        impl $crate::schema::Typed for $object {
            const SCHEMA: $crate::schema::Schema = $crate::schema::Schema::Object({
                const FIELDS: &[$crate::schema::Field] = &[$(
                    field!($name $presence [$type] [$($doc)*] [$($field_word $(( $($value)* ))?)*])
                ),*];
                FIELDS
            });
        }

        members! { $object { $($name [$name $($wire)?] [$($field_word)*])* } }
    };
}

/// A field as data.
macro_rules! field {
    (
        $name:ident $presence:ident [$type:ty] [$($doc:literal)*]
        [$($word:ident $(( $($value:tt)* ))?)*]
    ) => {
        $crate::schema::Field::new(
            stringify!($name),
            concat!($($doc),*),
            <$type as $crate::schema::Typed>::SCHEMA,
            $crate::schema::Presence::$presence,
        ) $(.$word( $($($value)*)? ))*
    };
}

/// The Rust type of a field.
macro_rules! presence {
    (Required $type:ty) => { $type };
    (Optional $type:ty) => { Option<$type> };
    (Clearable $type:ty) => { $crate::schema::Patch<$type> };
}

/// `Serialize` without absent fields, and `Debug` without credentials.
macro_rules! members {
    ($type:ident { $($name:ident $key:tt $words:tt)* }) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                #[allow(unused_mut, reason = "not every type has fields")]
                let mut map = serializer.serialize_map(None)?;
                $(if !$crate::schema::Typed::is_absent(&self.$name) {
                    serde::ser::SerializeMap::serialize_entry(&mut map, key!($key), &self.$name)?;
                })*
                serde::ser::SerializeMap::end(map)
            }
        }

        impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($type))
                    $(.field($crate::schema::plain(stringify!($name)), shown!(self.$name, $words)))*
                    .finish()
            }
        }
    };
}

/// The key of a field in JSON.
macro_rules! key {
    ([$name:ident]) => {
        $crate::schema::plain(stringify!($name))
    };
    ([$name:ident $wire:literal]) => {
        $wire
    };
}

/// What `Debug` shows of a field.
macro_rules! shown {
    ($value:expr, [secret $($rest:ident)*]) => { &format_args!("[secret]") };
    ($value:expr, [once $($rest:ident)*]) => { &format_args!("[secret]") };
    ($value:expr, [bearer $($rest:ident)*]) => { &format_args!("[secret]") };
    ($value:expr, [$word:ident $($rest:ident)*]) => { shown!($value, [$($rest)*]) };
    ($value:expr, []) => { &$value };
}

/// One rule of the table as data.
macro_rules! rule {
    (one_of ( $($name:ident $(+ $more:ident)*)|+ )) => {
        $crate::operation::Rule::OneOf(&[$(&[
            $crate::schema::plain(stringify!($name)) $(, $crate::schema::plain(stringify!($more)))*
        ]),+])
    };
    (at_most_one_of ( $($name:ident $(+ $more:ident)*)|+ )) => {
        $crate::operation::Rule::AtMostOneOf(&[$(&[
            $crate::schema::plain(stringify!($name)) $(, $crate::schema::plain(stringify!($more)))*
        ]),+])
    };
    (any_of ( $($name:ident $(+ $more:ident)*)|+ )) => {
        $crate::operation::Rule::AnyOf(&[$(&[
            $crate::schema::plain(stringify!($name)) $(, $crate::schema::plain(stringify!($more)))*
        ]),+])
    };
    (needs ( $name:ident : $($other:ident),+ )) => {
        $crate::operation::Rule::Needs(
            $crate::schema::plain(stringify!($name)),
            &[$($crate::schema::plain(stringify!($other))),+],
        )
    };
    (when ( $name:ident = $value:literal : $($other:ident),+ )) => {
        $crate::operation::Rule::When {
            field: $crate::schema::plain(stringify!($name)),
            value: $value,
            needs: &[$($crate::schema::plain(stringify!($other))),+],
        }
    };
    (sends ( $name:ident = $value:literal )) => {
        $crate::operation::Rule::Sends {
            field: $crate::schema::plain(stringify!($name)),
            value: $value,
        }
    };
}

/// Operations with `..Page` can be read page by page.
macro_rules! paged {
    (paged $request:ident) => {
        impl $crate::operation::Paged for $request {
            fn set_after(&mut self, cursor: String) {
                self.after = Some(cursor);
            }
        }
    };
}
