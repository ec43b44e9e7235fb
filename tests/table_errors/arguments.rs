//! Mistakes in one argument, or in its words. What is wrong in the same way stands in an operation
//! of its own: of the like the compiler shows the first.

operations! {
    things: "Things";

    /// What is in the path is always there.
    GET "/things/{id}" => OptionalInPath -> () {
        id?: String, // ERROR: an argument in the path may not be left out
    }

    /// Even if it could be cleared.
    PATCH "/things/{id}" => ClearableInPath -> () {
        id?: String | null as secret, // ERROR: an argument in the path may not be left out
    }

    /// An unknown word.
    POST "/things" => UnknownWord -> () {
        name: String as secrett, // ERROR: no method named `secrett` found
    }

    /// In the path, and elsewhere.
    GET "/things/{id}" => QueryInPath -> () {
        id: String as query, // ERROR: an argument that is named in the path goes there
    }

    /// In the path, and elsewhere.
    GET "/things/{id}" => HeaderInPath -> () {
        id: String as header("X-Id"), // ERROR: an argument that is named in the path goes there
    }

    /// In the path, and elsewhere.
    GET "/things/{token}" => BearerInPath -> () {
        token: String as bearer, // ERROR: an argument that is named in the path goes there
    }

    /// In the path, and elsewhere.
    GET "/things/{flag}" => PkceInPath -> () {
        flag: bool as pkce, // ERROR: an argument that is named in the path goes there
    }

    /// In two places.
    POST "/things" => TwoPlaces -> () {
        both: String as query header("X-Both"), // ERROR: an argument goes to one place only
    }

    /// In the query anyway.
    GET "/things" => QueryAnyway -> () {
        id: String as query, // ERROR: `query` has no effect on an operation without a body
    }

    /// The same without the word `body`.
    DELETE "/things" => QueryOfDelete -> () {
        id: String as query, // ERROR: `query` has no effect on an operation without a body
    }

    /// What does not fit the type.
    POST "/things" => Types -> () {
        name: String as range(1, 3), // ERROR: `range` is for whole numbers
        since: i64 as time, // ERROR: this word is for text
        pin: f64 as digits, // ERROR: this word is for text
        title: String as nonempty, // ERROR: `nonempty` is for lists
        event: String as event_types, // ERROR: `event_types` is for lists of text
        rest: f64 as range(1, 3), // ERROR: `range` is for whole numbers, and `f64` is something else
        open: bool as secret, // ERROR: `bool` cannot hold a credential
        short: String as brief, // ERROR: `brief` is for choices and objects with known fields
        client?: u32 as client_id, // ERROR: this word is for text, and `u32` is something else
        uri?: bool as redirect_uri, // ERROR: this word is for text, and `bool` is something else
        pkce?: String as pkce, // ERROR: `pkce` is a yes or no
        given: String as client_id, // ERROR: a setting cannot stand in for what must be given
        always: String as destroys, // ERROR: an argument that must be given cannot raise the effect of some calls
        free?: String as destroys_as("x"), // ERROR: `destroys_as` is for choices
    }

    /// Names that change nothing, and come too late.
    POST "/things" => Names -> () {
        name: String as rename("name"), // ERROR: `rename` gives the name that the field has anyway
        r#type: i64 as rename("type"), // ERROR: `rename` gives the name that the field has anyway
        late: String as secret rename("tardy"), // ERROR: `rename` comes before all other words
    }

    /// Needed at every call.
    POST "/things" => NeverSeldom -> () {
        name: String as seldom, // ERROR: an argument that must be given is not `seldom` needed
    }

    /// A word about answers, on a line of its own.
    POST "/things" => Bulky -> () {
        large: String
            as bulky, // ERROR: this word has no effect on an argument
    }

    /// Another word about answers.
    POST "/things" => ShownOnce -> () {
        once: String as shown_once, // ERROR: this word has no effect on an argument
    }

    /// What is said twice.
    GET "/things" => Hidden -> () {
        token: String as bearer secret, // ERROR: the field is called a credential twice
    }
}

objects! {
    /// A thing.
    Thing {
        id: String as query, // ERROR: this word has no effect in an object
        updated_at: String as rename("updated_at"), // ERROR: `rename` gives the name that the field has anyway
        token: String as shown_once secret, // ERROR: the field is called a credential twice
        hash: String as secret rename("keyHash"), // ERROR: `rename` comes before all other words
        open: bool as secret, // ERROR: `bool` cannot hold a credential
    }

    /// A header of nothing.
    Headed {
        name?: String as header("X-Name"), // ERROR: this word has no effect in an object
    }

    /// Another name of nothing.
    Formerly {
        name?: String as was("title"), // ERROR: this word has no effect in an object
    }

    /// An effect of nothing.
    Destroyed {
        name?: String as destroys, // ERROR: this word has no effect in an object
    }

    /// A setting for nothing.
    Settled {
        client?: String as client_id, // ERROR: this word has no effect in an object
    }
}
