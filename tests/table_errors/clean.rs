//! A table without mistakes, in which every word and every rule stands where it may.

use std::collections::BTreeMap;

use crate::api::common::{Link, List};

operations! {
    things: "Things";

    /// List things.
    GET "/things" => ListThings -> List<Thing>, everyday, rate_limited {
        kind?: Kind as brief,
        name?: String as was("title") seldom,
        ..Page,
    }

    /// List the parts of a thing.
    GET "/things/{id}/parts" => ListParts -> List<Thing> {
        thing_id: String as rename("id") was("thing"),
    }

    /// Get a thing.
    GET "/things/{id}" => GetThing -> Thing, public {
        id: String,
    }

    /// Create a thing.
    POST "/things" => CreateThing -> Thing, emails, idempotent
    where one_of(name | first + last), at_most_one_of(first | size), any_of(name | first),
        needs(last: first, size), when(kind = "round": size), replaces(first: kind),
        sends(source = "api"), sends(flavour = "big" if size) {
        name?: String as rename("title"),
        first?: String,
        last?: String as rename("lastName"),
        size?: u32 as range(1, 10),
        kind?: Kind,
        shape?: Shape as brief,
        password?: String as secret,
        organization_id?: String as query,
        client_id?: String as client_id,
        idempotency_key?: String as header("Idempotency-Key"),
    }

    /// Change a thing.
    PATCH "/things/{id}" => UpdateThing -> Thing {
        id: String,
        last?: String | null as rename("lastName"),
        parts?: Vec<String> as destroys nonempty,
        events?: Vec<String> as event_types,
        due?: String as time,
        secret?: String | null as secret destroys,
        kind?: Kind as destroys_as("round"),
    }

    /// Exchange a code.
    POST "/things/token" => ExchangeThing -> (), creates, client_secret {
        code: String as secret digits,
    }

    /// Ping.
    POST "/things/{id}/ping" => PingThing -> (), reads, body {
        id: String,
    }

    /// Touch a thing.
    POST "/things/{id}/touch" => TouchThing -> (), updates {
        id: String,
    }

    /// Revoke a thing.
    POST "/things/{id}/revoke" => RevokeThing -> (), deletes {
        id: String,
    }

    /// Enable a thing.
    PUT "/things/{id}/enable" => EnableThing -> Thing, creates {
        id: String,
    }

    /// Replace a thing.
    PATCH "/things/{id}" => ReplaceThing -> Thing, deletes {
        id: String,
    }

    /// Remove things.
    DELETE "/things" => RemoveThings -> (), body {
        ids: Vec<String>,
        cursor?: String as query,
    }

    /// Get the keys of an application.
    GET "/keys/{client_id}" => GetKeys -> Vec<Thing> {
        client_id?: String as client_id,
    }

    /// Get whose token this is.
    GET "/me" => GetMe -> Thing {
        token: String as bearer,
    }

    /// Build a URL.
    LINK "/authorize?response_type=code" => Authorize -> Link {
        redirect_uri?: String as redirect_uri,
        pkce?: bool as pkce,
    }
}

choices! {
    /// Kinds of things.
    Kind {
        Round = "round",
        Square = "square",
    }
}

objects! {
    /// A thing.
    Thing {
        id: String,
        r#type: Kind,
        updated_at: String as rename("updatedAt"),
        key?: String as shown_once,
        hash?: String as rename("keyHash") secret,
        raw: BTreeMap<String, String> as bulky,
        parts: Vec<Shape> as brief bulky deprecated,
    }

    /// A shape.
    Shape
    where needs(label: corners) {
        corners?: i64 as range(0, 8),
        label?: String | null as rename("Label"),
    }
}

/// What is required cannot be forgotten, and what is not can be left out.
pub fn built() -> (CreateThing, GetThing, Thing, Shape) {
    (
        CreateThing { name: Some("a".into()), ..Default::default() },
        GetThing { ..GetThing::new("thing_1") },
        Thing::new("thing_1", "round", "2026-01-01", BTreeMap::new(), [Shape::default()]),
        Shape { corners: Some(4), ..Default::default() },
    )
}
