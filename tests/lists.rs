//! What lists answer beyond their pages: `where`, `count_by`, `sort_by`, and paths to keys with dots.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use common::listing::{listing, page, query};
use common::{Answer, Server, Upstream, fixtures};
use serde_json::{Value, json};

const URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Every tenth is inactive, every fourth in Sales; the older the higher its number.
fn person(index: usize) -> Value {
    json!({
        "object": "directory_user", "directory_id": "directory_1", "email": format!("u{index}@example.com"),
        "state": if index.is_multiple_of(10) { "inactive" } else { "active" },
        "roles": [{"slug": "member"}, {"slug": if index.is_multiple_of(3) { "admin" } else { "reader" }}],
        "custom_attributes": if index.is_multiple_of(4) { json!({"department": "Sales"}) } else { json!({}) },
        "raw_attributes": {URN: {"department": format!("d{}", index % 5)}},
        "created_at": format!("2026-01-{:02}T12:00:00.000Z", 28 - index % 28),
    })
}

/// A server with all lists.
fn started(upstream: &Upstream, flags: &[&str]) -> Server {
    let mut all = vec!["--toolsets", "all"];
    all.extend(flags);
    Server::against(upstream, &all)
}

/// What is answered about people, as a list that may be asked for as often as one likes.
fn ask(server: &mut Server, arguments: Value) -> Value {
    let result = server.call("list_users", arguments);
    assert_eq!(result["isError"], false, "{result}");
    result["structuredContent"].clone()
}

fn ids(answer: &Value) -> Vec<usize> {
    let items = answer["data"].as_array().expect("items");
    let number = |item: &Value| item["id"].as_str()?.strip_prefix("item_")?.parse().ok();
    items.iter().map(|item| number(item).expect("an ID")).collect()
}

fn note(answer: &Value) -> &str {
    answer["_note"].as_str().unwrap_or_default()
}

#[test]
fn what_fits_is_found_over_all_pages() {
    let upstream = listing(250, person);
    let mut server = started(&upstream, &[]);
    let inactive =
        json!({"where": {"state": "inactive", "custom_attributes.department": "Sales"}, "fields": "id"});
    let answer = ask(&mut server, inactive);
    let expected: Vec<usize> = (0..250_usize).filter(|index| index.is_multiple_of(20)).collect();
    assert_eq!(ids(&answer), expected);
    assert_eq!((&answer["looked_at"], &answer["list_metadata"]), (&json!(250), &json!({})));
    assert_eq!(note(&answer), "");
    let requests = upstream.received();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| query(request, "limit").as_deref() == Some("100")));

    // As many as are wanted, and the cursor behind the last of them.
    let answer = ask(&mut server, json!({"where": {"state": "inactive"}, "max_items": 12, "fields": "id"}));
    assert_eq!(ids(&answer), (0..12).map(|index| index * 10).collect::<Vec<_>>());
    assert_eq!((&answer["looked_at"], &answer["list_metadata"]["after"]), (&json!(111), &json!("item_110")));
    assert!(
        note(&answer).contains("12 items that fit are here, of 111 looked at; there may be more"),
        "{answer}"
    );
    assert_eq!(upstream.count(), 5);

    // `limit` says how many, and pages are whole all the same.
    let answer = ask(&mut server, json!({"where": {"state": "inactive"}, "limit": 2, "after": "item_5"}));
    assert_eq!(ids(&answer), [10, 20]);
    assert_eq!(query(&upstream.received()[5], "limit").as_deref(), Some("100"));

    // Conditions as JSON text, and null for what is left out.
    let answer =
        ask(&mut server, json!({"where": "{\"state\":\"inactive\"}", "count_by": null, "sort_by": null}));
    assert_eq!(ids(&answer).len(), 25);
    assert_eq!(ids(&ask(&mut server, json!({"where": null}))).len(), 10);
    assert_eq!(ids(&ask(&mut server, json!({"where": {}, "limit": 3}))).len(), 3);
    // Null within them is a condition.
    let answer = ask(&mut server, json!({"where": {"custom_attributes.department": null}, "count_by": []}));
    assert_eq!(answer, json!({"total": 187, "looked_at": 250}));
}

#[test]
fn going_on_skips_and_doubles_nothing() {
    let expected: Vec<usize> = (0..250_usize).filter(|index| index.is_multiple_of(4)).collect();
    let sales = json!({"custom_attributes.department": "Sales"});
    for (arguments, flags) in [
        (json!({"where": sales, "max_items": 7}), vec![]),
        (json!({"where": sales, "max_items": 1000}), vec!["--max-answer", "3000"]),
        (json!({"where": sales, "max_items": 26, "fields": ["id", "email"]}), vec!["--max-answer", "2000"]),
    ] {
        let upstream = listing(250, person);
        let mut server = started(&upstream, &flags);
        let (mut found, mut arguments, mut calls) = (Vec::new(), arguments, 0);
        loop {
            let answer = ask(&mut server, arguments.clone());
            assert!(answer.to_string().len() <= 3000, "{answer}");
            found.extend(ids(&answer));
            calls += 1;
            let Some(after) = answer["list_metadata"]["after"].as_str() else { break };
            arguments["after"] = after.into();
        }
        assert!(calls > 2);
        assert_eq!(found, expected, "{arguments}");
    }
}

#[test]
fn cursors_that_are_no_ids_lead_to_where_a_page_begins() {
    let upstream = Upstream::new(|request| {
        let mut page = page(request, 250, person);
        for item in page["data"].as_array_mut().expect("items") {
            item["id"] = format!("user_{}", item["id"].as_str().expect("an ID")).into();
        }
        Answer::json(200, &page)
    });
    let mut server = started(&upstream, &[]);
    let mut arguments = json!({"where": {"state": "inactive"}, "max_items": 15, "fields": ["id"]});
    let mut found = Vec::new();
    for shown in [10, 10, 5] {
        let answer = ask(&mut server, arguments.clone());
        let items = answer["data"].as_array().expect("items").clone();
        assert_eq!(items.len(), shown, "{answer}");
        found.extend(items);
        arguments["after"] = answer["list_metadata"]["after"].clone();
    }
    assert_eq!(found.len(), 25);
    assert_eq!(arguments["after"], Value::Null);
    // Within the first page there is no way to say where.
    let answer = ask(&mut server, json!({"where": {"state": "inactive"}, "max_items": 3}));
    assert_eq!(answer["list_metadata"], json!({}));
    assert!(note(&answer).contains("no cursor"), "{answer}");
}

#[test]
fn counts_are_of_the_whole_list() {
    let upstream = listing(250, person);
    let mut server = started(&upstream, &[]);
    assert_eq!(ask(&mut server, json!({"count_by": []})), json!({"total": 250}));
    assert_eq!(
        ask(&mut server, json!({"count_by": "state", "limit": 5})),
        json!({"total": 250, "counts": [{"state": "active", "count": 225}, {"state": "inactive", "count": 25}]})
    );
    assert_eq!(upstream.count(), 6);
    assert_eq!(
        ask(
            &mut server,
            json!({"count_by": ["custom_attributes.department", "state"], "where": {"state": "inactive"}})
        ),
        json!({
            "total": 25,
            "counts": [
                {"custom_attributes.department": "Sales", "state": "inactive", "count": 13},
                {"custom_attributes.department": null, "state": "inactive", "count": 12},
            ],
            "looked_at": 250,
        })
    );
    // An item counts once for each of its roles.
    let answer = ask(&mut server, json!({"count_by": ["roles.slug"], "fields": ["id"]}));
    assert_eq!(
        answer["counts"],
        json!([
            {"roles.slug": "member", "count": 250}, {"roles.slug": "reader", "count": 166},
            {"roles.slug": "admin", "count": 84},
        ])
    );
    assert!(note(&answer).contains("add up to more than the total"), "{answer}");
    assert!(note(&answer).contains("`fields` says nothing"), "{answer}");
    // Of many groups the largest, and what the others come to.
    let answer = ask(&mut server, json!({"count_by": ["email"], "max_items": 3}));
    assert_eq!(answer["others"], json!({"groups": 247, "count": 247}));
    assert_eq!(answer["counts"][0], json!({"email": "u0@example.com", "count": 1}));
}

#[test]
fn a_count_that_is_not_of_all_says_so() {
    let upstream = Upstream::new(|request| match query(request, "after").as_deref() {
        Some("item_199") => Answer::json(403, &json!({"message": "No more for you."})),
        _ => Answer::json(200, &page(request, 1000, person)),
    });
    let mut server = started(&upstream, &[]);
    let answer = ask(&mut server, json!({"count_by": ["state"]}));
    assert_eq!(
        (&answer["total"], &answer["complete"], &answer["looked_at"]),
        (&json!(200), &json!(false), &json!(200))
    );
    assert_eq!(answer["list_metadata"]["after"], "item_199");
    assert!(
        note(&answer).contains("only the first 200 items") && note(&answer).contains("No more for you"),
        "{answer}"
    );
    let answer = ask(&mut server, json!({"sort_by": "email", "max_items": 1}));
    assert_eq!((&answer["complete"], answer.get("list_metadata")), (&json!(false), Some(&json!({}))));
    assert!(note(&answer).contains("the order of a part of it"), "{answer}");
    let answer = ask(&mut server, json!({"where": {"email": {"contains": "nobody"}}}));
    assert_eq!((&answer["complete"], &answer["list_metadata"]["after"]), (&json!(false), &json!("item_199")));
    // Nothing was counted, so nothing is answered.
    let text = server.failure("list_users", json!({"count_by": [], "after": "item_199"}));
    assert!(text.contains("No more for you"), "{text}");

    // A list that goes round is none.
    let upstream = Upstream::answering(Answer::json(
        200,
        &json!({"data": [{"id": "item_1"}], "list_metadata": {"after": "item_1"}}),
    ));
    let mut server = started(&upstream, &[]);
    let answer = ask(&mut server, json!({"count_by": []}));
    assert_eq!((&answer["total"], &answer["complete"]), (&json!(2), &json!(false)));

    // What is no list is not counted as an empty one.
    let upstream = Upstream::answering(Answer::json(200, &json!({"ok": true})));
    let mut server = started(&upstream, &[]);
    let text = server.failure("list_users", json!({"count_by": []}));
    assert!(text.contains("without a list"), "{text}");
}

#[test]
fn a_page_that_fails_for_a_moment_is_asked_for_again() {
    let mut failures = 0;
    let upstream = Upstream::new(move |request| {
        if query(request, "after").as_deref() == Some("item_99") && failures < 3 {
            failures += 1;
            return Answer::json(429, &json!({"message": "Slow down."})).with("retry-after", "0");
        }
        Answer::json(200, &page(request, 250, person))
    });
    let mut server = started(&upstream, &[]);
    assert_eq!(ask(&mut server, json!({"count_by": []})), json!({"total": 250}));
}

#[test]
fn the_first_of_an_order_are_those_of_the_whole_list() {
    let upstream = listing(250, |index| {
        let mut item = person(index);
        item["last_sign_in_at"] = match index % 7 {
            0 => Value::Null,
            _ => format!("2026-0{}-01T00:00:00{}", 1 + index % 6, if index % 2 == 0 { "Z" } else { ".000Z" })
                .into(),
        };
        item
    });
    let mut server = started(&upstream, &[]);
    let time = |index: usize| (!index.is_multiple_of(7)).then_some(1 + index % 6);
    let mut sorted: Vec<usize> = (0..250).collect();
    sorted.sort_by_key(|index| (time(*index).is_none(), time(*index)));
    let answer = ask(&mut server, json!({"sort_by": "last_sign_in_at", "max_items": 250, "fields": ["id"]}));
    assert_eq!(ids(&answer), sorted);
    assert_eq!(
        (&answer["total"], &answer["looked_at"], &answer["list_metadata"]),
        (&json!(250), &json!(250), &json!({}))
    );
    sorted.sort_by_key(|index| (time(*index).is_none(), std::cmp::Reverse(time(*index))));
    for arguments in [
        json!({"sort_by": "-last_sign_in_at", "limit": 30, "fields": ["id"]}),
        json!({"sort_by": "last_sign_in_at desc", "max_items": 30, "fields": ["id"]}),
    ] {
        assert_eq!(ids(&ask(&mut server, arguments)), sorted[..30]);
    }
    // What is longer than an answer loses its end, never its beginning.
    let mut server = started(&upstream, &["--max-answer", "2000"]);
    let answer = ask(&mut server, json!({"sort_by": "-last_sign_in_at", "where": {"state": "active"}}));
    let active: Vec<usize> = sorted.into_iter().filter(|index| index % 10 != 0).collect();
    let shown = ids(&answer);
    assert!(shown.len() > 2 && shown == active[..shown.len()], "{shown:?}");
    assert_eq!((&answer["total"], &answer["looked_at"]), (&json!(225), &json!(250)));
    assert!(note(&answer).contains("an answer holds no more"), "{answer}");
    assert_eq!(answer["list_metadata"], json!({}));
}

#[test]
fn what_makes_no_sense_together_is_refused() {
    let upstream = listing(5, person);
    let mut server = started(&upstream, &[]);
    for (arguments, part) in [
        (json!({"where": {"state": "a"}, "before": "x"}), "`where` goes forward"),
        (json!({"count_by": [], "before": "x"}), "`count_by` goes forward"),
        (json!({"sort_by": "id", "after": "x"}), "`sort_by` is the order of the whole list"),
        (json!({"sort_by": "id", "count_by": ["id"]}), "counts come most first"),
        (json!({"where": [1]}), "`where` should be an object"),
        (json!({"where": "state=a"}), "`where` should be an object"),
        (json!({"where": {"id": {"like": "x"}}}), "has no operator `like`"),
        (json!({"count_by": ["metadata"]}), "`metadata` is an object"),
        (json!({"sort_by": "a..b"}), "empty name"),
        (json!({"count_by": ["a[0]"]}), "leave that out"),
        (json!({"filter": {"state": "a"}}), "did you mean `where`?"),
    ] {
        let text = server.failure("list_users", arguments.clone());
        assert!(text.contains(part), "{arguments}: {text}");
    }
    assert_eq!(upstream.count(), 0);
    let text = server.failure("get_user", json!({"id": "user_1", "where": {}}));
    assert!(text.contains("`where` is not an argument"), "{text}");
}

#[test]
fn what_workos_can_filter_is_sent_to_it() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"data": [], "list_metadata": {}})));
    let mut server = started(&upstream, &[]);
    for (tool, arguments, target) in [
        ("list_users", json!({"where": {"email": "a@example.com"}}), "email=a%40example.com"),
        (
            "list_users",
            json!({"where": {"organization_id": "org_1"}, "count_by": []}),
            "organization_id=org_1",
        ),
        (
            "list_organization_memberships",
            json!({"user_id": "user_1", "where": {"status": "inactive"}}),
            "statuses=inactive",
        ),
        ("list_connections", json!({"where": {"connection_type": "oktasaml"}}), "connection_type=OktaSAML"),
        (
            "list_events",
            json!({"where": {"event": "user.created", "data.id": "user_1"}}),
            "events=user.created",
        ),
    ] {
        let result = server.call(tool, arguments.clone());
        assert_eq!(result["structuredContent"].get("_note"), None, "{arguments}: {result}");
        let received = upstream.received();
        let request = received.last().expect("a request");
        assert!(request.target.contains(target), "{arguments}: {}", request.target);
    }
    server.call("list_organization_memberships", json!({"organization_id": "org_1", "count_by": ["status"]}));
    let received = upstream.received();
    let target = &received.last().expect("a request").target;
    assert!(["active", "inactive", "pending"].iter().all(|word| target.contains(word)), "{target}");
    // What is sent is held against the rules of the argument.
    let count = upstream.count();
    for (tool, arguments, part) in [
        ("list_users", json!({"where": {"organization_id": "user_1"}}), "`org_…` is needed"),
        (
            "list_organization_memberships",
            json!({"user_id": "user_1", "where": {"status": "inactiv"}}),
            "one of active, inactive, pending",
        ),
    ] {
        let text = server.failure(tool, arguments);
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(upstream.count(), count);
}

#[test]
fn keys_with_dots_are_reached_wherever_a_path_is_taken() {
    let upstream = listing(150, person);
    let mut server = started(&upstream, &[]);
    for path in [format!("raw_attributes[\"{URN}\"].department"), format!("raw_attributes.{URN}.department")]
    {
        let arguments = |extra: Value| {
            let mut arguments = json!({"directory_id": "directory_1"});
            arguments
                .as_object_mut()
                .expect("an object")
                .extend(extra.as_object().expect("an object").clone());
            arguments
        };
        let mut call = |extra: Value| {
            let result = server.call("list_directory_users", arguments(extra));
            assert_eq!(result["isError"], false, "{result}");
            result["structuredContent"].clone()
        };
        let answer = call(json!({"fields": [path], "limit": 1}));
        assert_eq!(answer["data"], json!([{"raw_attributes": {URN: {"department": "d0"}}}]));
        let answer = call(json!({"where": {path.clone(): "d3"}, "count_by": []}));
        assert_eq!(answer["total"], 30);
        let answer = call(json!({"count_by": [path]}));
        assert_eq!(answer["counts"][0], json!({path.clone(): "d0", "count": 30}));
        let answer = call(json!({"sort_by": format!("-{path}"), "max_items": 2, "fields": "id"}));
        assert_eq!(ids(&answer), [4, 9]);
    }
}

#[test]
fn a_path_that_nothing_has_is_an_error_that_shows_what_is_there() {
    let upstream = listing(150, |index| {
        let mut user = person(index);
        if index == 120 {
            user["custom_attributes"]["late"] = "x".into();
        }
        user
    });
    let mut server = started(&upstream, &[]);
    let near = "did you mean `custom_attributes.department`?";
    let here = json!({"directory_id": "directory_1"});
    let with = |extra: Value| {
        let mut arguments = here.clone();
        arguments.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        arguments
    };
    for (extra, argument) in [
        (json!({"fields": ["custom_attributes.departmnt"], "limit": 5}), "`fields`"),
        (json!({"fields": ["custom_attributes.departmnt"], "max_items": 150}), "`fields`"),
        (json!({"where": {"custom_attributes.departmnt": "Sales"}}), "`where`"),
        (json!({"where": {"custom_attributes.departmnt": {"exists": false}}}), "`where`"),
        (json!({"count_by": ["custom_attributes.departmnt"]}), "`count_by`"),
        (json!({"sort_by": "custom_attributes.departmnt"}), "`sort_by`"),
    ] {
        let text = server.failure("list_directory_users", with(extra.clone()));
        assert!(text.contains(near) && text.contains(argument), "{extra}: {text}");
    }
    // What no field is called is told by the first page.
    let count = upstream.count();
    for extra in [
        json!({"where": {"stat": "x"}}),
        json!({"count_by": ["stat"]}),
        json!({"sort_by": "stat"}),
        json!({"fields": ["stat"], "max_items": 150}),
    ] {
        let text = server.failure("list_directory_users", with(extra));
        assert!(text.contains("did you mean `state`? Known are id, "), "{text}");
    }
    assert_eq!(upstream.count(), count + 4);
    // A later page may have it.
    for extra in [
        json!({"where": {"custom_attributes.late": "x"}}),
        json!({"sort_by": "custom_attributes.late", "max_items": 1}),
        json!({"fields": ["id", "custom_attributes.late"], "max_items": 150}),
    ] {
        let result = server.call("list_directory_users", with(extra));
        assert_eq!(result["isError"], false, "{result}");
        assert!(ids(&result["structuredContent"]).contains(&120));
    }
    // An object is nothing to compare.
    let text = server.failure("list_directory_users", with(json!({"where": {"roles": "admin"}})));
    assert!(text.contains("roles.slug"), "{text}");
    let text =
        server.failure("list_directory_users", with(json!({"count_by": [format!("raw_attributes.{URN}")]})));
    assert!(text.contains("is an object; name one of its fields") && text.contains("department"), "{text}");

    // One object alone.
    let upstream = Upstream::answering(Answer::json(200, &person(4)));
    let mut server = started(&upstream, &[]);
    let get = |fields: Value| json!({"id": "directory_user_1", "fields": fields});
    let text = server.failure("get_directory_user", get(json!(["custom_attributes.departmnt"])));
    assert!(text.contains(near), "{text}");
    let text = server.failure("get_directory_user", get(json!([format!("raw_attributes.{URN}.manager")])));
    assert!(text.contains(".department") && text.contains("there is no"), "{text}");
    let answer = server.call("get_directory_user", get(json!([format!("raw_attributes.{URN}.department")])));
    assert_eq!(answer["structuredContent"], json!({"raw_attributes": {URN: {"department": "d4"}}}));
}

#[test]
fn what_nobody_has_anything_of_is_no_mistake() {
    let upstream = listing(3, |_| json!({"email": "a@example.com", "metadata": {}}));
    let mut server = started(&upstream, &[]);
    for arguments in [
        json!({"fields": ["id", "metadata.tier"]}),
        json!({"where": {"metadata.tier": null}}),
        json!({"count_by": ["metadata.tier"]}),
        json!({"sort_by": "metadata.tier"}),
    ] {
        let answer = ask(&mut server, arguments.clone());
        assert!(
            note(&answer).contains("No item has `metadata.tier`, nor anything else"),
            "{arguments}: {answer}"
        );
    }
    // The documentation knows it, or there is nothing at all.
    assert_eq!(note(&ask(&mut server, json!({"fields": ["last_name"], "where": {"locale": null}}))), "");
    let upstream = listing(0, person);
    let mut server = started(&upstream, &[]);
    for arguments in [
        json!({"where": {"metadata.tier": "x"}}),
        json!({"fields": ["metadata.tier"]}),
        json!({"count_by": ["metadata.tier", "locale"]}),
        json!({"sort_by": "metadata.tier"}),
    ] {
        assert_eq!(note(&ask(&mut server, arguments)), "");
    }
}

#[test]
fn an_empty_answer_says_what_may_have_been_meant() {
    let upstream = listing(150, |index| {
        let mut user = person(index);
        user["custom_attributes"]["department"] = "Sales".into();
        user
    });
    let mut server = started(&upstream, &[]);
    let mut asked = |conditions: Value| {
        let arguments = json!({"directory_id": "directory_1", "where": conditions});
        server.call("list_directory_users", arguments)["structuredContent"].clone()
    };
    let answer = asked(json!({"custom_attributes.department": "sales"}));
    assert_eq!((&answer["data"], &answer["looked_at"]), (&json!([]), &json!(150)));
    assert!(
        note(&answer).contains("`custom_attributes.department` is `Sales` in other case there"),
        "{answer}"
    );
    let answer = asked(json!({"state": "deactivated"}));
    assert!(
        note(&answer).contains("`state` is one of active") && note(&answer).contains("`deactivated`"),
        "{answer}"
    );
    assert_eq!(note(&asked(json!({"email": "nobody@example.com"}))), "");
    let both = json!({"custom_attributes.department": "Sales", "first_name": "Nobody"});
    assert_eq!(note(&asked(both)), "");
}

#[test]
fn a_masked_value_stays_masked() {
    let upstream =
        listing(3, |index| json!({"email": "a@example.com", "token": format!("tok_example_{index}")}));
    let mut server = Server::start_with(
        &["--base-url", &upstream.url, "--toolsets", "all"],
        &[("WORKOS_API_KEY", "sk_live_example_fixture")],
    );
    server.initialize();
    let mut total =
        |arguments: Value| server.call("list_invitations", arguments)["structuredContent"].clone();
    let secret = json!({"where": {"token": "tok_example_1"}, "count_by": []});
    assert_eq!(total(secret)["total"], 0);
    assert_eq!(total(json!({"where": {"token": {"contains": "tok_"}}, "count_by": []}))["total"], 0);
    assert_eq!(total(json!({"count_by": ["token"]}))["counts"], json!([{"token": "[masked]", "count": 3}]));
}

#[test]
fn bulky_fields_can_be_asked_about_and_stay_out_of_the_answer() {
    let upstream = listing(20, person);
    let mut server = started(&upstream, &[]);
    let condition = json!({format!("raw_attributes.{URN}.department"): "d1"});
    let answer = server.call("list_directory_users", json!({"directory_id": "directory_1", "where": condition}))
        ["structuredContent"]
        .clone();
    assert_eq!(ids(&answer), [1, 6, 11, 16]);
    assert_eq!(answer["data"][0].get("raw_attributes"), None);
    assert!(note(&answer).contains("`raw_attributes`"), "{answer}");
}

#[test]
fn published_shapes_do_not_take_answers_away() {
    let upstream = listing(250, person);
    let mut server = started(&upstream, &["--output-schemas"]);
    let result =
        server.call("list_users", json!({"count_by": ["locale"], "where": {"email": {"contains": "1"}}}));
    let text: Value =
        serde_json::from_str(result["content"][0]["text"].as_str().expect("text")).expect("JSON");
    assert_eq!(result["structuredContent"], text);
    assert!(
        text["total"].as_u64() > Some(20) && text["counts"].is_array() && text["looked_at"] == 250,
        "{text}"
    );
}

/// Whatever is listed can be filtered, counted and sorted, in pages or not.
#[test]
fn every_list_answers_questions() {
    let mut server = Server::start_with(&["--sandbox", "--toolsets", "all", "--access", "read"], &[]);
    server.initialize();
    let tools = server.ask("tools/list", json!({}))["result"]["tools"].clone();
    let takes = |name: &str, argument: &str| {
        let mut tools = tools.as_array().expect("tools").iter();
        tools.any(|tool| tool["name"] == name && tool["inputSchema"]["properties"][argument].is_object())
    };
    let mut tried = 0;
    for (tool, fixture) in fixtures().into_iter().filter(|(tool, _)| takes(tool, "max_items")) {
        assert!(["where", "count_by", "sort_by"].iter().all(|argument| takes(&tool, argument)), "{tool}");
        let mut ask = |extra: Value| {
            let mut arguments = fixture["arguments"].clone();
            let object = arguments.as_object_mut().expect("an object");
            object.retain(|name, _| !["limit", "after", "before", "order"].contains(&name.as_str()));
            object.extend(extra.as_object().expect("an object").clone());
            let result = server.call(&tool, arguments);
            assert_eq!(result["isError"], false, "{tool} {extra}: {result}");
            result["structuredContent"].clone()
        };
        let all = ask(json!({"max_items": 1000}));
        let items = all["data"].as_array().unwrap_or_else(|| panic!("{tool}: {all}")).clone();
        assert_eq!(ask(json!({"count_by": []})), json!({"total": items.len()}), "{tool}");
        let Some((name, value)) = items.iter().find_map(|item| {
            let mut fields = item.as_object()?.iter();
            fields.find(|(name, value)| *name != "id" && value.is_string() && !name.contains('.'))
        }) else {
            continue;
        };
        let by_hand = items.iter().filter(|item| item[name] == *value).count();
        let fitting = ask(json!({"where": {name: value}, "max_items": 1000}));
        assert_eq!(fitting["data"].as_array().map(Vec::len), Some(by_hand), "{tool} {name}");
        assert!(
            fitting["data"].as_array().is_some_and(|found| found.iter().all(|item| items.contains(item)))
        );
        let counted = ask(json!({"count_by": [name]}));
        let rows = counted["counts"].as_array().expect("rows");
        assert!(
            rows.iter().any(|row| row[name] == *value && row["count"] == by_hand),
            "{tool} {name}: {counted}"
        );
        let sorted = ask(json!({"sort_by": format!("-{name}"), "max_items": 1000}));
        assert_eq!(
            (&sorted["total"], sorted["data"].as_array().map(Vec::len)),
            (&json!(items.len()), Some(items.len()))
        );
        tried += 1;
    }
    assert!(tried > 45, "only {tried} lists");
}
