//! What `fields!` expands its parts to: types, constructors, data, `Serialize`, `Debug`, rules.

/// The Rust type of a field.
macro_rules! presence {
    (Required $type:ty) => { $type };
    (Optional $type:ty) => { Option<$type> };
    (Clearable $type:ty) => { $crate::schema::Patch<$type> };
}

/// `new` with what is required, or `Default` where nothing is.
macro_rules! constructor {
    ($type:ident {} $($name:ident $presence:ident)*) => {
        impl Default for $type {
            fn default() -> Self {
                Self { $($name: initial!($presence $name),)* }
            }
        }
    };
    ($type:ident { $($required:ident [$required_type:ty])+ } $($name:ident $presence:ident)*) => {
        impl $type {
            /// Takes what is required, and leaves out everything else.
            #[allow(clippy::too_many_arguments, reason = "as many as are required")]
            pub fn new($($required: impl Into<$required_type>),+) -> Self {
                Self { $($name: initial!($presence $name),)* }
            }
        }
    };
}

/// What a field starts with.
macro_rules! initial {
    (Required $name:ident) => {
        $name.into()
    };
    (Optional $name:ident) => {
        None
    };
    (Clearable $name:ident) => {
        $crate::schema::Patch::Keep
    };
}

/// An argument of an operation as data.
macro_rules! argument {
    // Nothing can be wrong with these.
    (
        $verb:ident $path:literal $operation_words:tt
        $name:ident Required [$type:ty] [$($doc:literal)*] [] []
    ) => {
        field!($name Required [$type] [$($doc)*])
    };
    (
        $verb:ident $path:literal [$($operation_word:ident)*]
        $name:ident $presence:ident [$type:ty] [$($doc:literal)*]
        [$($word:ident $(( $($value:tt)* ))?)*] [$($api_name:literal)?]
    ) => {
        $crate::schema::words::argument::<
            $type,
            $crate::schema::words::$presence,
            { $crate::operation::words::place(
                $crate::operation::Method::$verb,
                $path,
                &[$(stringify!($operation_word)),*],
                key!([$name $($api_name)?]),
                &[$(stringify!($word)),*],
            ) },
        >(field!($name $presence [$type] [$($doc)*]))
        $(.named($crate::schema::words::other_name::<
            $type,
            { $crate::schema::words::differ(stringify!($name), $api_name) },
        >($api_name)))?
        $(.$word( $($($value)*)? ))*
        .field
    };
}

/// A field of an object as data.
macro_rules! member {
    ($name:ident $presence:ident [$type:ty] [$($doc:literal)*] [] []) => {
        field!($name $presence [$type] [$($doc)*])
    };
    (
        $name:ident $presence:ident [$type:ty] [$($doc:literal)*]
        [$($word:ident $(( $($value:tt)* ))?)*] [$($api_name:literal)?]
    ) => {
        $crate::schema::words::member::<$type, $crate::schema::words::$presence>(
            field!($name $presence [$type] [$($doc)*])
        )
        $(.named($crate::schema::words::other_name::<
            $type,
            { $crate::schema::words::differ(stringify!($name), $api_name) },
        >($api_name)))?
        $(.$word( $($($value)*)? ))*
        .field
    };
}

/// A field as data, before its words.
macro_rules! field {
    ($name:ident $presence:ident [$type:ty] [$($doc:literal)*]) => {
        $crate::schema::Field::new(
            stringify!($name),
            concat!($($doc),*),
            <$type as $crate::schema::Typed>::SCHEMA,
            $crate::schema::Presence::$presence,
        )
    };
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
    ([$name:ident $api_name:literal]) => {
        $api_name
    };
}

/// What `Debug` shows of a field.
macro_rules! shown {
    ($value:expr, [secret $($rest:tt)*]) => { &format_args!("{}", $crate::schema::REDACTED) };
    ($value:expr, [shown_once $($rest:tt)*]) => { &format_args!("{}", $crate::schema::REDACTED) };
    ($value:expr, [bearer $($rest:tt)*]) => { &format_args!("{}", $crate::schema::REDACTED) };
    ($value:expr, [$other:tt $($rest:tt)*]) => { shown!($value, [$($rest)*]) };
    ($value:expr, []) => { &$value };
}

/// One rule of the table as data.
macro_rules! rule {
    (one_of ( $($name:ident $(+ $more:ident)*)|+ )) => {
        $crate::schema::Rule::OneOf(&[$(&[
            $crate::schema::plain(stringify!($name)) $(, $crate::schema::plain(stringify!($more)))*
        ]),+])
    };
    (at_most_one_of ( $($name:ident $(+ $more:ident)*)|+ )) => {
        $crate::schema::Rule::AtMostOneOf(&[$(&[
            $crate::schema::plain(stringify!($name)) $(, $crate::schema::plain(stringify!($more)))*
        ]),+])
    };
    (any_of ( $($name:ident $(+ $more:ident)*)|+ )) => {
        $crate::schema::Rule::AnyOf(&[$(&[
            $crate::schema::plain(stringify!($name)) $(, $crate::schema::plain(stringify!($more)))*
        ]),+])
    };
    (needs ( $name:ident : $($other:ident),+ )) => {
        $crate::schema::Rule::Needs(
            $crate::schema::plain(stringify!($name)),
            &[$($crate::schema::plain(stringify!($other))),+],
        )
    };
    (when ( $name:ident = $value:literal : $($other:ident),+ )) => {
        $crate::schema::Rule::When {
            field: $crate::schema::plain(stringify!($name)),
            value: $value,
            needs: &[$($crate::schema::plain(stringify!($other))),+],
        }
    };
    (replaces ( $name:ident : $($other:ident),+ )) => {
        $crate::schema::Rule::Replaces(
            $crate::schema::plain(stringify!($name)),
            &[$($crate::schema::plain(stringify!($other))),+],
        )
    };
    (sends ( $name:ident = $value:literal )) => {
        $crate::schema::Rule::Sends {
            field: $crate::schema::plain(stringify!($name)),
            value: $value,
            given: None,
        }
    };
    (sends ( $name:ident = $value:literal if $given:ident )) => {
        $crate::schema::Rule::Sends {
            field: $crate::schema::plain(stringify!($name)),
            value: $value,
            given: Some($crate::schema::plain(stringify!($given))),
        }
    };
    // An unknown rule, or one that is written otherwise: the type says so at its name.
    ($rule:ident $terms:tt) => {
        $crate::operation::words::Rules::<true>.$rule()
    };
}

/// Operations with `..Page` can be read page by page.
macro_rules! paged {
    (paged $request:ident) => {
        impl $crate::operation::Paged for $request {}
    };
}
