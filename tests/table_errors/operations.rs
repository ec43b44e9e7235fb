//! Mistakes in an operation as a whole.

use crate::api::common::Link;

operations! {
    things: "Things";

    /// A placeholder that is no argument.
    GET "/things/{ident}" => UnknownPlaceholder -> () { // ERROR: the path of `UnknownPlaceholder` names something that is no argument
        id: String,
    }

    /// The same, where the operation takes more lines than one.
    GET "/things/{id}/parts/{part}"
        => UnknownPlaceholderBelow // ERROR: the path of `UnknownPlaceholderBelow` names something that is no argument
        -> ()
    {
        id: String,
    }

    /// A placeholder in the middle of a segment.
    GET "/things/x{id}" => PartialSegment -> () { // ERROR: a placeholder is not a whole segment
        id: String,
    }

    /// An action that does not say what it does.
    POST "/things/{id}/revoke" => SilentAction -> () { // ERROR: `SilentAction` is a POST to something else than a collection, and does not say its effect
        id: String,
    }

    /// Neither does a word about something else.
    POST "/things/token" => SilentToken -> (), emails { // ERROR: add `reads`, `creates`, `updates` or `deletes` after the answer
        id: String,
    }

    /// Two effects.
    POST "/things/{id}/check" => TwoEffects -> (), reads, updates { // ERROR: `TwoEffects` says two effects
        id: String,
    }

    /// Two kinds of authentication.
    POST "/things" => TwoAuths -> (), public, client_secret { // ERROR: or two kinds of authentication
        id: String,
    }

    /// One word twice.
    POST "/things" => TwoEmails -> (), emails, emails { // ERROR: or one word twice
        id: String,
    }

    /// Its own token, and none.
    GET "/things" => PublicBearer -> (), public { // ERROR: `PublicBearer` takes a `bearer` argument
        token: String as bearer,
    }

    /// A body that is there anyway.
    POST "/things" => BodyAnyway -> (), body { // ERROR: `BodyAnyway` has a body anyway
        name: String,
    }

    /// Nothing to know a repetition by.
    POST "/things" => Unkeyed -> (), idempotent { // ERROR: `Unkeyed` is `idempotent` without an argument
        name: String,
    }

    /// An argument that is always the same.
    POST "/things" => SendsArgument -> () // ERROR: `SendsArgument` always `sends` what is also an argument
    where sends(name = "x") {
        name: String,
    }

    /// A value that there is not.
    POST "/things" => UnknownValue -> () // ERROR: a `when` of `UnknownValue` names a value that its argument cannot have
    where when(kind = "flat": name) {
        kind?: Kind,
        name?: String,
    }

    /// Nothing to raise.
    DELETE "/things/{id}" => Raised -> () { // ERROR: an argument of `Raised` `destroys`, and the operation deletes anyway
        id: String,
        name?: String as destroys,
    }

    /// A word that there is not.
    PATCH "/things/{id}" => RaisedByNothing -> () { // ERROR: a `destroys_as` of `RaisedByNothing` names a word that its argument cannot have
        id: String,
        kind?: Kind as destroys_as("flat"),
    }

    /// Nothing to clear yet.
    POST "/things" => ClearsNothing -> () { // ERROR: `ClearsNothing` creates or reads, so there is nothing to clear
        name?: String | null,
    }

    /// A former name that another argument has.
    POST "/things" => TakenName -> () { // ERROR: a `was` of `TakenName` is a name that an argument has
        name: String,
        title?: String as was("name"),
    }

    /// A former name that is WorkOS's, and so understood anyway.
    POST "/things" => NamedAnyway -> () { // ERROR: or understood anyway
        title: String as rename("name") was("name"),
    }

    /// The path names arguments as WorkOS does.
    GET "/things/{thing_id}" => OwnPlaceholder -> () { // ERROR: the path of `OwnPlaceholder` names something that is no argument
        thing_id: String as rename("id"),
    }

    /// An unknown word.
    POST "/things" => UnknownWord -> (), delets { // ERROR: no method named `delets` found
        name: String,
    }

    /// Words without effect, by verb.
    GET "/things" => GetReads -> (), reads {} // ERROR: a GET or LINK reads, and has no other effect
    /// A GET that deletes.
    GET "/things" => GetDeletes -> (), deletes {} // ERROR: a GET or LINK reads, and has no other effect
    /// A collection.
    POST "/things" => PostCreates -> (), creates {} // ERROR: a POST to a collection creates anyway
    /// A PUT.
    PUT "/things" => PutUpdates -> (), updates {} // ERROR: a PUT or PATCH updates anyway
    /// A PATCH, whose word stands on a line of its own.
    PATCH "/things" => PatchUpdates -> (),
        updates {} // ERROR: a PUT or PATCH updates anyway
    /// A DELETE.
    DELETE "/things" => DeleteDeletes -> (), deletes {} // ERROR: a DELETE deletes anyway
    /// A GET with a body.
    GET "/things" => GetBody -> (), body {} // ERROR: a GET or LINK has no body
    /// A GET with a secret in its body.
    GET "/things" => GetSecret -> (), client_secret {} // ERROR: a GET or LINK has no body
    /// A GET.
    GET "/things" => GetIdempotent -> (), idempotent {} // ERROR: a GET may be sent again anyway
    /// A LINK that sends.
    LINK "/things" => LinkEmails -> Link, emails {} // ERROR: a LINK is built and not sent
    /// A LINK without a key.
    LINK "/things" => LinkPublic -> Link, public {} // ERROR: a LINK is built and not sent
    /// A LINK that waits.
    LINK "/things" => LinkLimited -> Link, rate_limited {} // ERROR: a LINK is built and not sent
}

choices! {
    /// Kinds of things.
    Kind {
        Round = "round",
    }
}
