//! Fields that are declared twice. The compiler finds that by itself, in more than one place.

operations! {
    things: "Things";

    /// An argument that is declared twice.
    POST "/things" => ArgumentTwice -> () {
        name: String,
        size?: u32,
        name: String, // ERROR: field `name` specified more than once
    }
}

objects! {
    /// A thing.
    Thing {
        name?: String,
        name?: String, // ERROR: field `name` specified more than once
    }
}
