//! Requests without a socket: every operation's own request is read as its arguments, and what is wrong
//! with others is told as WorkOS tells it.

#![allow(clippy::panic, clippy::expect_used, reason = "a test says what is wrong and stops")]

use serde_json::{Map, Value, json};

use super::arguments::Content;
use super::faults::Fault;
use super::routes::Routes;
use super::{Request, Response, Service};
use crate::api::TOOLSETS;
use crate::sandbox::Options;

const HOST: (&str, &str) = ("host", "localhost:4100");
const KEY: (&str, &str) = ("authorization", "Bearer sk_test_example");

fn service() -> Service {
    Service::new(Options::default(), Vec::new())
}

fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn ask(service: &Service, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = owned(headers);
    service.answer(&Request { method, path, query, headers: &headers, body: body.as_bytes() })
}

/// Status and body, asked with a key.
fn answer(service: &Service, method: &str, target: &str, body: &str) -> (u16, Value) {
    let response = ask(service, method, target, &[HOST, KEY], body);
    (response.status, serde_json::from_slice(&response.body).unwrap_or_default())
}

#[test]
fn every_request_is_read_as_its_arguments() {
    let routes = Routes::new();
    for toolset in TOOLSETS {
        for operation in toolset.operations {
            let path =
                format!("{}/fixtures/{}/{}.json", env!("CARGO_MANIFEST_DIR"), toolset.name, operation.name);
            let fixture: Value =
                serde_json::from_str(&std::fs::read_to_string(path).expect("a fixture")).expect("JSON");
            let (method, target) =
                fixture["request"].as_str().and_then(|sent| sent.split_once(' ')).expect("a request");
            let method = if method == "LINK" { "GET" } else { method };
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let mut headers = vec![("authorization".to_owned(), "Bearer sk_test_example".to_owned())];
            for (name, value) in fixture["headers"].as_object().into_iter().flatten() {
                headers.retain(|(there, _)| there != name);
                // Null where the key is not sent.
                headers.extend(value.as_str().map(|value| (name.to_ascii_lowercase(), value.to_owned())));
            }
            let body = if fixture["body"].is_null() { String::new() } else { fixture["body"].to_string() };
            let request = Request { method, path, query, headers: &headers, body: body.as_bytes() };
            let route = routes.find(method, path).unwrap_or_else(|| panic!("{}: no route", operation.name));
            assert_eq!(route.operation.name, operation.name);
            let content = Content::of(&request, operation).expect("content");
            let mut read = content
                .arguments(&request, &route)
                .unwrap_or_else(|refusal| panic!("{}: {}", operation.name, refusal.sentence()));
            let mut expected = fixture["arguments"].as_object().cloned().unwrap_or_default();
            for name in expected.remove("clear").unwrap_or_default().as_array().into_iter().flatten() {
                let name = name.as_str().expect("a name");
                if !name.contains('.') {
                    expected.insert(name.to_owned(), Value::Null);
                }
            }
            // They stand in for what a call leaves out, are made by the client, or are its token.
            for name in [
                "client_id",
                "redirect_uri",
                "pkce",
                "code_challenge",
                "code_challenge_method",
                "idempotency_key",
            ] {
                if !expected.contains_key(name) || name == "pkce" {
                    read.shift_remove(name);
                    expected.shift_remove(name);
                }
            }
            for field in
                operation.fields.iter().filter(|field| field.location == crate::schema::Location::Bearer)
            {
                read.shift_remove(field.name);
                expected.shift_remove(field.name);
            }
            // Nested ones are cleared by a path.
            read.values_mut().for_each(drop_nulls);
            let sorted =
                |map: Map<String, Value>| map.into_iter().collect::<std::collections::BTreeMap<_, _>>();
            assert_eq!(sorted(read), sorted(expected), "{}", operation.name);
        }
    }
}

/// Takes out what is null below.
fn drop_nulls(value: &mut Value) {
    if let Value::Object(map) = value {
        map.retain(|_, value| !value.is_null());
        map.values_mut().for_each(drop_nulls);
    }
}

#[test]
fn lists_are_read_in_every_form() {
    let service = service();
    for name in ["one", "two", "three"] {
        let body = json!({"name": name, "domain_data": [{"domain": format!("{name}.example"), "state": "verified"}]});
        assert_eq!(answer(&service, "POST", "/organizations", &body.to_string()).0, 201);
    }
    for query in [
        "domains=one.example,two.example",
        "domains=one.example%2Ctwo.example",
        "domains=one.example&domains=two.example",
        "domains[]=one.example&domains[]=two.example",
        "domains%5B0%5D=one.example&domains%5B1%5D=two.example&limit=",
        "domains=one.example,two.example&order=normal&limit=100&unknown=1",
    ] {
        let (status, body) = answer(&service, "GET", &format!("/organizations?{query}"), "");
        let names: Vec<_> = body["data"]
            .as_array()
            .expect(query)
            .iter()
            .map(|one| one["name"].as_str().unwrap_or_default())
            .collect();
        assert_eq!((status, names), (200, vec!["two", "one"]), "{query}");
    }
}

#[test]
fn what_is_wrong_is_told_as_workos_tells_it() {
    let service = service();
    let errors = |body: &Value| {
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let errors = errors.iter().map(|one| {
            format!("{} {}", one["field"].as_str().expect("a field"), one["code"].as_str().expect("a code"))
        });
        errors.collect::<Vec<_>>().join(", ")
    };
    for (method, target, body, status, wrong) in [
        ("POST", "/organizations", "{}", 422, "name required"),
        ("POST", "/organizations", "", 422, "name required"),
        ("POST", "/organizations", r#"{"name": null}"#, 422, "name required"),
        (
            "POST",
            "/organizations",
            r#"{"name": 7, "allow_profiles_outside_organization": "yes"}"#,
            422,
            "name invalid_type, allow_profiles_outside_organization invalid_type",
        ),
        (
            "POST",
            "/organizations",
            r#"{"name": "A", "domain_data": [{"domain": "a.example"}]}"#,
            422,
            "domain_data.0.state required",
        ),
        ("POST", "/organizations", r#"{"name": "A", "metadata": {"a": 1}}"#, 422, "metadata.a invalid_type"),
        ("POST", "/organizations", "[]", 400, ""),
        ("POST", "/organizations", r#"{"name": "#, 400, ""),
        ("GET", "/organizations?limit=0", "", 422, "limit out_of_range"),
        ("GET", "/organizations?limit=many", "", 422, "limit invalid_type"),
        ("GET", "/organizations?order=up", "", 422, "order invalid_value"),
        ("GET", "/organizations/org_none", "", 404, ""),
        ("GET", "/organisations", "", 404, ""),
        ("PATCH", "/organizations", "{}", 404, ""),
        (
            "POST",
            "/user_management/organization_memberships",
            r#"{"user_id": "a", "organization_id": "b", "role_slug": "x", "role_slugs": ["y"]}"#,
            422,
            "role_slug mutually_exclusive, role_slugs mutually_exclusive",
        ),
    ] {
        let (answered, answer) = answer(&service, method, target, body);
        assert_eq!(
            (answered, errors(&answer).as_str()),
            (status, wrong),
            "{method} {target} {body}: {answer}"
        );
        assert!(answer["message"].is_string(), "{answer}");
    }
}

#[test]
fn whoever_has_no_key_is_nobody() {
    let service = service();
    let status = |method: &str, target: &str, headers: &[(&str, &str)], body: &str| {
        let headers: Vec<_> = [HOST].into_iter().chain(headers.iter().copied()).collect();
        ask(&service, method, target, &headers, body).status
    };
    assert_eq!(status("GET", "/organizations", &[], ""), 401);
    assert_eq!(status("GET", "/organizations", &[("authorization", "Bearer pk_1")], ""), 401);
    assert_eq!(status("GET", "/organizations", &[("authorization", "Basic sk_1")], ""), 401);
    assert_eq!(status("GET", "/organizations", &[("authorization", "bearer sk_1")], ""), 200);
    assert_eq!(status("GET", "/sso/profile", &[], ""), 401);
    assert_eq!(status("GET", "/sso/jwks/client_1", &[], ""), 200);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let body = "grant_type=authorization_code&client_id=client_1&code=a";
    assert_eq!(status("POST", "/sso/token", &[form], body), 401);
    assert_ne!(status("POST", "/sso/token", &[form], &format!("{body}&client_secret=sk_1")), 401);
    assert_eq!(status("POST", "/sso/token", &[form, KEY], "client_secret=pk_1"), 401);
    // A browser is sent on.
    let target =
        "/user_management/authorize?client_id=client_1&redirect_uri=http://localhost/&provider=authkit";
    let response = ask(&service, "GET", target, &[HOST], "");
    assert_eq!(response.status, 302);
    assert!(response.headers.iter().any(|(name, _)| *name == "location"));
}

#[test]
fn pages_of_others_reach_nothing() {
    let service = service();
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:4100", "[::1]:4100"] {
        assert_eq!(ask(&service, "GET", "/health", &[("host", host)], "").status, 200, "{host}");
    }
    for host in
        ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "", "[::2]", "0.0.0.0"]
    {
        assert_eq!(ask(&service, "GET", "/health", &[("host", host)], "").status, 403, "{host}");
    }
    assert_eq!(ask(&service, "GET", "/health", &[], "").status, 403);
    for (origin, status) in [("https://evil.example", 403), ("null", 403), ("http://localhost:3000", 204)] {
        let response = ask(&service, "POST", "/_sandbox/reset", &[HOST, ("origin", origin)], "");
        assert_eq!(response.status, status, "{origin}");
    }
}

#[test]
fn a_key_counts_once() {
    let service = service();
    let create = |key: &str| {
        let headers = [HOST, KEY, ("idempotency-key", key)];
        let response = ask(&service, "POST", "/organizations", &headers, r#"{"name": "Once"}"#);
        (response.status, response.body)
    };
    let first = create("a");
    assert_eq!(create("a"), first);
    assert_ne!(create("b").1, first.1);
    // What failed was not done, and another operation is another matter.
    let headers = [HOST, KEY, ("idempotency-key", "c")];
    assert_eq!(ask(&service, "POST", "/organizations", &headers, "{}").status, 422);
    assert_eq!(create("c").0, 201);
    let group = format!(
        "/organizations/{}/groups",
        serde_json::from_slice::<Value>(&first.1).expect("JSON")["id"].as_str().expect("an ID")
    );
    let headers = [HOST, KEY, ("idempotency-key", "a")];
    let response = ask(&service, "POST", &group, &headers, r#"{"name": "G"}"#);
    assert!(response.status == 201 && response.body != first.1);
    let (_, listed) = answer(&service, "GET", "/organizations?search=Once", "");
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(3));
}

#[test]
fn faults_befall_what_they_are_meant_for() {
    let service = service();
    let fault = |fault: Value| answer(&service, "POST", "/_sandbox/faults", &fault.to_string());
    assert_eq!(
        fault(json!({"status": 429, "count": 2, "operation": "list_organizations", "retry_after": 7})).0,
        201
    );
    assert_eq!(answer(&service, "GET", "/user_management/users", "").0, 200);
    let response = ask(&service, "GET", "/organizations", &[HOST, KEY], "");
    assert_eq!(response.status, 429);
    assert!(response.headers.contains(&("retry-after", "7".to_owned())));
    assert_eq!(answer(&service, "GET", "/_sandbox/faults", "").1["data"][0]["count"], 1);
    assert_eq!(answer(&service, "GET", "/organizations", "").0, 429);
    assert_eq!(answer(&service, "GET", "/organizations", "").0, 200);
    assert_eq!(answer(&service, "GET", "/_sandbox/faults", "").1["data"], json!([]));

    // Nothing is done, or only the answer is lost.
    let create = r#"{"name": "Lost"}"#;
    let lost =
        || answer(&service, "GET", "/organizations?search=Lost", "").1["data"].as_array().map(Vec::len);
    fault(
        json!({"status": 500, "count": 1, "method": "post", "path": "/organizations", "body": {"message": "x"}}),
    );
    assert_eq!(answer(&service, "POST", "/organizations", create), (500, json!({"message": "x"})));
    assert_eq!(lost(), Some(0));
    fault(json!({"status": 502, "count": 1, "after": true}));
    assert_eq!(answer(&service, "POST", "/organizations", create).0, 502);
    assert_eq!(lost(), Some(1));

    // By the route, and until it is taken away.
    fault(json!({"status": 503, "path": "/organizations/{id}"}));
    assert_eq!(answer(&service, "GET", "/organizations/org_x", "").0, 503);
    assert_eq!(answer(&service, "GET", "/organizations/org_y", "").0, 503);
    assert_eq!(answer(&service, "DELETE", "/_sandbox/faults", "").0, 204);
    assert_eq!(answer(&service, "GET", "/organizations/org_x", "").0, 404);

    fault(json!({"latency_ms": 200, "count": 1}));
    let response = ask(&service, "GET", "/organizations", &[HOST, KEY], "");
    assert_eq!((response.status, response.pause.as_millis()), (200, 200));
    let headers = [HOST, KEY, ("x-sandbox-status", "500"), ("x-sandbox-latency-ms", "30")];
    let response = ask(&service, "GET", "/organizations", &headers, "");
    assert_eq!((response.status, response.pause.as_millis()), (500, 30));

    for wrong in [
        json!({}),
        json!({"status": 200}),
        json!({"status": 500, "operation": "list_everything"}),
        json!({"status": 500, "count": 0}),
        json!({"latency_ms": 600_000}),
        json!({"latency_ms": 5, "after": true}),
        json!({"status": 500, "often": 3}),
        json!({"status": 500, "path": "organizations"}),
    ] {
        let (status, body) = fault(wrong.clone());
        assert_eq!(status, 422, "{wrong}: {body}");
    }
}

#[test]
fn faults_are_written_in_a_word() {
    let read = |fault: Value| Fault::read(fault.to_string().as_bytes()).expect("a fault");
    for (text, fault) in [
        ("429", json!({"status": 429})),
        ("429@list_users:2", json!({"status": 429, "operation": "list_users", "count": 2})),
        ("500:1", json!({"status": 500, "count": 1})),
        ("200ms", json!({"latency_ms": 200})),
        (
            "503+retry=9+50ms@GET /organizations:3",
            json!({"status": 503, "retry_after": 9, "latency_ms": 50, "method": "GET", "path": "/organizations", "count": 3}),
        ),
        ("502+after@create_user", json!({"status": 502, "after": true, "operation": "create_user"})),
    ] {
        assert_eq!(Fault::parse(text), Ok(read(fault)), "{text}");
    }
    for wrong in ["", "200", "abc", "429@", "429@list_nothing", "500:x", "500:0", "after", "99999", "1ms+2xx"]
    {
        assert!(Fault::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_answer_has_a_number_of_its_own() {
    let service = service();
    let mut seen = std::collections::BTreeSet::new();
    for (target, host) in [
        ("/health", "localhost"),
        ("/organizations", "localhost"),
        ("/x", "localhost"),
        ("/", "evil.example"),
    ] {
        let response = ask(&service, "GET", target, &[("host", host)], "");
        let id = response.headers.iter().find(|(name, _)| *name == "x-request-id").expect(target);
        assert!(seen.insert(id.1.clone()), "{target}");
    }
    assert!(service.refusal(413, "long").headers.iter().any(|(name, _)| *name == "x-request-id"));
}

/// The browser comes back at once, with a code that is good with the verifier alone.
#[test]
fn a_sign_in_comes_back_with_a_code() {
    let service = service();
    let verifier = "a-verifier-that-is-long-enough-0123456789-abcdef";
    let challenge = crate::sandbox::tokens::hash(verifier);
    let link = format!(
        "/sso/authorize?response_type=code&client_id=client_01&redirect_uri=https%3A%2F%2Fapp.example%2Fcb\
         &connection=conn_01EXAMPLE0CONNECTION&state=s&code_challenge={challenge}&code_challenge_method=S256"
    );
    let response = ask(&service, "GET", &link, &[HOST], "");
    assert_eq!(response.status, 302);
    let location = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    let location = &location.expect("a place").1;
    let code = location.strip_prefix("https://app.example/cb?code=").expect("a code");
    let code = code.strip_suffix("&state=s").expect("the state");
    let exchange = |verifier: &str| {
        json!({"grant_type": "authorization_code", "client_id": "client_01", "client_secret": "sk_test_example",
               "code": code, "code_verifier": verifier})
        .to_string()
    };
    let (status, refused) = answer(&service, "POST", "/sso/token", &exchange("another"));
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
    let (status, token) = answer(&service, "POST", "/sso/token", &exchange(verifier));
    assert_eq!((status, &token["profile"]["object"]), (200, &json!("profile")), "{token}");
}

#[test]
fn the_world_begins_anew() {
    let service = service();
    let create = || answer(&service, "POST", "/organizations", r#"{"name": "Anew"}"#).1["id"].clone();
    let first = create();
    assert_eq!(answer(&service, "POST", "/_sandbox/reset", "").0, 204);
    assert_eq!(answer(&service, "GET", "/organizations?search=Anew", "").1["data"], json!([]));
    assert_eq!(create(), first);
}
