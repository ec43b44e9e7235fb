//! Reads the fields of an operation or object one by one, then declares it.

/// `@kind {head} {flags} {done} {required} fields…`: each field read becomes
/// `{ [docs] name presence [type] [words] [api name] }` in `done`, and one that is required
/// `name [type]` in `required`, too.
macro_rules! fields {
    // ..Page
    (@$kind:ident $head:tt {} { $($done:tt)* } $required:tt ..Page, $($rest:tt)*) => {
        fields! { @$kind $head {paged} { $($done)*
            { [] limit Optional [u32] [range(1, 100)] [] }
            { [] after Optional [String] [] [] }
            { [] before Optional [String] [seldom] [] }
            { [] order Optional [$crate::list::Order] [seldom] [] }
        } $required $($rest)* }
    };
    // name?: …
    (@$kind:ident $head:tt $flags:tt $done:tt $required:tt
        $(#[doc = $doc:literal])* $name:ident ?: $($rest:tt)*
    ) => {
        fields! { @optional [$($doc)*] $name $kind $head $flags $done $required $($rest)* }
    };
    // name: T as rename("…") …,
    (@$kind:ident $head:tt $flags:tt { $($done:tt)* } { $($required:tt)* }
        $(#[doc = $doc:literal])* $name:ident :
        $type:ty as rename($api_name:literal) $($word:ident $(( $($value:tt)* ))?)*, $($rest:tt)*
    ) => {
        fields! { @$kind $head $flags { $($done)*
            { [$($doc)*] $name Required [$type] [$($word $(( $($value)* ))?)*] [$api_name] }
        } { $($required)* $name [$type] } $($rest)* }
    };
    // name: T as …,
    (@$kind:ident $head:tt $flags:tt { $($done:tt)* } { $($required:tt)* }
        $(#[doc = $doc:literal])* $name:ident :
        $type:ty $(as $($word:ident $(( $($value:tt)* ))?)+)?, $($rest:tt)*
    ) => {
        fields! { @$kind $head $flags { $($done)*
            { [$($doc)*] $name Required [$type] [$($($word $(( $($value)* ))?)+)?] [] }
        } { $($required)* $name [$type] } $($rest)* }
    };
    // … T | null as rename("…") …,
    (@optional $docs:tt $name:ident $kind:ident $head:tt $flags:tt { $($done:tt)* } $required:tt
        $type:ty | null as rename($api_name:literal) $($word:ident $(( $($value:tt)* ))?)*, $($rest:tt)*
    ) => {
        fields! { @$kind $head $flags { $($done)*
            { $docs $name Clearable [$type] [$($word $(( $($value)* ))?)*] [$api_name] }
        } $required $($rest)* }
    };
    // … T | null as …,
    (@optional $docs:tt $name:ident $kind:ident $head:tt $flags:tt { $($done:tt)* } $required:tt
        $type:ty | null $(as $($word:ident $(( $($value:tt)* ))?)+)?, $($rest:tt)*
    ) => {
        fields! { @$kind $head $flags { $($done)*
            { $docs $name Clearable [$type] [$($($word $(( $($value)* ))?)+)?] [] }
        } $required $($rest)* }
    };
    // … T as rename("…") …,
    (@optional $docs:tt $name:ident $kind:ident $head:tt $flags:tt { $($done:tt)* } $required:tt
        $type:ty as rename($api_name:literal) $($word:ident $(( $($value:tt)* ))?)*, $($rest:tt)*
    ) => {
        fields! { @$kind $head $flags { $($done)*
            { $docs $name Optional [$type] [$($word $(( $($value)* ))?)*] [$api_name] }
        } $required $($rest)* }
    };
    // … T as …,
    (@optional $docs:tt $name:ident $kind:ident $head:tt $flags:tt { $($done:tt)* } $required:tt
        $type:ty $(as $($word:ident $(( $($value:tt)* ))?)+)?, $($rest:tt)*
    ) => {
        fields! { @$kind $head $flags { $($done)*
            { $docs $name Optional [$type] [$($($word $(( $($value)* ))?)+)?] [] }
        } $required $($rest)* }
    };

    (@operation
        {
            $place:tt $request:ident { $($about:literal)+ } $verb:ident $path:literal { $answer:ty }
            $operation_words:tt { $($rule:ident $terms:tt)* }
        }
        { $($flag:ident)? }
        { $({ [$($doc:literal)*] $name:ident $presence:ident [$type:ty] $words:tt $api_name:tt })* }
        $required:tt
    ) => {
        $(#[doc = $about])+
        #[derive(Clone)]
        #[allow(missing_docs, reason = "paging arguments, which the documentation of lists explains")]
        pub struct $request {
            $( $(#[doc = $doc])* pub $name: presence!($presence $type), )*
        }

        impl $crate::operation::Request for $request {
            type Answer = $answer;
            const OPERATION: $crate::operation::Operation = operation_words! { $verb $path $operation_words
                $crate::operation::Operation {
                    name: {
                        const NAME: [u8; $crate::schema::snake_case_length(stringify!($request))] =
                            $crate::schema::snake_case(stringify!($request));
                        match core::str::from_utf8(&NAME) {
                            Ok(name) => name,
                            Err(_) => "",
                        }
                    },
                    description: $crate::schema::trimmed(concat!($($about),+)),
                    method: $crate::operation::Method::$verb,
                    path: $path,
                    fields: {
                        const FIELDS: &[$crate::schema::Field] = &[$(argument! {
                            $verb $path $operation_words
                            $name $presence [$type] [$($doc)*] $words $api_name
                        }),*];
                        FIELDS
                    },
                    answer: <$answer as $crate::schema::Typed>::SCHEMA,
                    rules: {
                        const RULES: &[$crate::operation::Rule] = &[$(rule!($rule $terms)),*];
                        RULES
                    },
                    effect: $crate::operation::Method::$verb.effect(),
                    auth: $crate::operation::Auth::Bearer,
                    body: false,
                    emails: false,
                    idempotent: false,
                    rate_limit: None,
                    everyday: false,
                    #[cfg(test)]
                    round_trip: |json| serde_json::to_value(serde_json::from_str::<$answer>(json)?),
                }
            };
        }

        check! { $place $operation_words }
        check_rules! { $request $($rule $terms)* }
        constructor! { $request $required $($name $presence)* }
        members! { $request { $($name [$name] $words)* } }
        $(paged! { $flag $request })?
    };

    (@object
        { $place:tt $object:ident { $($about:literal)+ } { $($rule:ident $terms:tt)* } }
        {}
        { $({ [$($doc:literal)*] $name:ident $presence:ident [$type:ty] $words:tt [$($api_name:literal)?] })* }
        $required:tt
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, serde::Deserialize)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "fields whose names say it all")]
        pub struct $object {
            $(
                $(#[doc = $doc])*
                #[serde(
                    default = "crate::schema::Typed::fallback",
                    deserialize_with = "crate::schema::lenient"
                    $(, rename = $api_name)?
                )]
                pub $name: presence!($presence $type),
            )*
        }

        impl $crate::schema::Typed for $object {
            const SCHEMA: $crate::schema::Schema = $crate::schema::Schema::Object(
                {
                    const FIELDS: &[$crate::schema::Field] = &[$(
                        member!($name $presence [$type] [$($doc)*] $words [$($api_name)?])
                    ),*];
                    FIELDS
                },
                {
                    const RULES: &[$crate::schema::Rule] = &[$(rule!($rule $terms)),*];
                    RULES
                },
            );

            fn fallback() -> Self {
                Self { $($name: $crate::schema::Typed::fallback(),)* }
            }
        }

        impl $crate::schema::words::Structured for $object {}
        impl $crate::schema::words::Long for $object {}

        check_object! { $place $($rule)* }
        check_rules! { $object $($rule $terms)* }
        constructor! { $object $required $($name $presence)* }
        members! { $object { $($name [$name $($api_name)?] $words)* } }
    };
}
