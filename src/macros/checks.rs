//! What the compiler is asked to prove of each operation.
//!
//! A mistake is reported as a trait bound that does not hold: other than a panic in a constant,
//! the compiler points such an error at the tokens of the table, not at the whole table.

/// An operation with its words, each where it has an effect.
macro_rules! operation_words {
    ($verb:ident $path:literal [] $operation:expr) => {
        $operation
    };
    ($verb:ident $path:literal [$($word:ident)+] $operation:expr) => {
        $crate::operation::words::OperationWords::<
            $crate::operation::words::verb::$verb,
            { $crate::operation::words::is_collection($path) },
        >::new($operation)
        $(.$word())+
        .operation
    };
}

/// What holds for an operation as a whole. In its brackets, the name keeps its place in the source.
macro_rules! check {
    ([$($request:tt)*] [$($word:ident)*]) => {
        const _: () = $crate::operation::words::sound::<
            $($request)*,
            { $crate::operation::words::fault(
                &<$($request)* as $crate::operation::Request>::OPERATION,
                &[$(stringify!($word)),*],
            ) },
        >();
    };
}

/// The rules of an object are such as an object can have.
macro_rules! check_object {
    ($place:tt) => {};
    ([$($object:tt)*] $($rule:ident)+) => {
        const _: () = $crate::operation::words::sound::<
            $($object)*,
            { $crate::operation::words::object_fault(
                &<$($object)* as $crate::schema::Typed>::SCHEMA,
            ) },
        >();
    };
}

/// Names in rules are fields of the operation or the object.
macro_rules! check_rules {
    ($request:ident) => {};
    ($request:ident $($rule:ident $terms:tt)+) => {
        const _: fn(&$request) = |_request| { $( names!(_request $rule $terms); )+ };
    };
}

/// Names every argument that a rule is about.
macro_rules! names {
    ($request:ident sends ( $name:ident = $value:literal if $given:ident )) => {
        let _ = &$request.$given;
    };
    ($request:ident sends $terms:tt) => {};
    ($request:ident replaces ( $name:ident : $($other:ident),+ )) => {
        let _ = (&$request.$name, $(&$request.$other),+);
    };
    ($request:ident needs ( $name:ident : $($other:ident),+ )) => {
        let _ = (&$request.$name, $(&$request.$other),+);
    };
    ($request:ident when ( $name:ident = $value:literal : $($other:ident),+ )) => {
        let _ = (&$request.$name, $(&$request.$other),+);
    };
    ($request:ident $rule:ident ( $($name:ident $(+ $more:ident)*)|+ )) => {
        $( let _ = (&$request.$name, $(&$request.$more),*); )+
    };
    // No such rule; `rule!` says so.
    ($request:ident $rule:ident $terms:tt) => {};
}
