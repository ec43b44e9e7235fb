//! Answers are short, and hold what it takes to call an operation.

use super::*;
use crate::tools::access::Environment;
use crate::tools::selection::Selection;
use crate::tools::truncation::DEFAULT_MAX_ANSWER;

fn catalog(toolsets: &str, access: Access) -> Catalog {
    let selection = Selection { toolsets: vec![toolsets.to_owned()], ..Selection::default() };
    Catalog::new(selection.resolve().expect("names"), access, Environment::Sandbox)
}

fn found(toolsets: &str, queries: &[&str]) -> (Value, usize) {
    found_in(&catalog(toolsets, Access::Full), queries)
}

fn found_in(catalog: &Catalog, queries: &[&str]) -> (Value, usize) {
    let answer = find(catalog, queries, DEFAULT_LIMIT, DEFAULT_MAX_ANSWER);
    (serde_json::from_str(&answer.text).expect("JSON"), answer.text.len())
}

fn questions() -> Vec<String> {
    let sets = [
        include_str!("../../../tests/questions/test.json"),
        include_str!("../../../tests/questions/held_out.json"),
    ];
    let sets = sets.iter().map(|set| serde_json::from_str::<Vec<Value>>(set).expect("questions"));
    sets.flatten().map(|case| case["question"].as_str().expect("a question").to_owned()).collect()
}

#[test]
fn answers_to_the_usual_question_are_short() {
    for toolsets in ["none", "default"] {
        let catalog = catalog(toolsets, Access::Full);
        let mut lengths: Vec<usize> =
            questions().iter().map(|question| found_in(&catalog, &[question]).1).collect();
        lengths.sort_unstable();
        let (median, most) = (lengths[lengths.len() / 2], lengths[lengths.len() * 95 / 100]);
        assert!(median <= 1_500 && most <= 1_550, "{toolsets}: median {median}, 95 in 100 {most}");
    }
}

#[test]
fn what_is_a_tool_here_is_named_alone() {
    let (answer, _) = found("all", &["delete a user"]);
    assert_eq!(answer["operations"][0], json!({ "name": "delete_user", "run_with": "delete_user" }));
    let (answer, _) = found("none", &["delete a user"]);
    let best = &answer["operations"][0];
    assert_eq!((&best["effect"], &best["run_with"]), (&json!("delete"), &json!("run_write_operation")));
    assert_eq!(best["arguments"], "{id: user_…}");
}

#[test]
fn what_all_lists_take_is_said_once() {
    let (answer, _) = found("none", &["list organizations", "list users of an organization"]);
    let text = answer.to_string();
    assert_eq!(text.matches("max_items").count(), 1, "{text}");
    assert!(answer["_note"].as_str().expect("a note").contains("limit, "), "{text}");
    assert_eq!(answer["answers"].as_array().expect("answers").len(), 2);
    assert_eq!(answer["answers"][0]["query"], "list organizations");
}

#[test]
fn an_operation_is_described_once_for_several_questions() {
    let (answer, _) = found("none", &["list organizations", "which organizations are there"]);
    let again = &answer["answers"][1]["operations"][0];
    assert_eq!(*again, json!({ "name": "list_organizations", "run_with": "run_read_operation" }));
}

#[test]
fn a_name_gets_the_whole_schema() {
    for toolsets in ["none", "all"] {
        let (answer, _) = found(toolsets, &["update_organization"]);
        assert_eq!(answer["operations"].as_array().expect("operations").len(), 1);
        let whole = &answer["operations"][0];
        assert_eq!(whole["input_schema"]["required"], json!(["id"]));
        assert!(whole["destroys_with"].to_string().contains("domain_data"), "{whole}");
    }
}

/// Required arguments with their types, and what destroys, are in every answer.
#[test]
fn it_takes_no_second_look_to_call_what_is_found() {
    for operation in crate::api::operations() {
        let (answer, _) = found("none", &[&format!("what is {} for", operation.name)]);
        let shown = &answer["operations"][0];
        assert_eq!(shown["name"], operation.name);
        let arguments = shown["arguments"].as_str().expect("arguments");
        for field in operation.fields.iter().filter(|field| field.presence == Presence::Required) {
            assert!(arguments.contains(field.name), "{}: {arguments}", operation.name);
        }
        let raised = operation.worst_effect() != operation.effect;
        assert_eq!(shown.get("destroys_with").is_some(), raised, "{}", operation.name);
    }
}

#[test]
fn long_enums_are_short() {
    let (answer, _) = found("none", &["what is list_connections for"]);
    let arguments = answer["operations"][0]["arguments"].as_str().expect("arguments").to_owned();
    assert!(arguments.contains(" more"), "{arguments}");
}

#[test]
fn what_the_api_cannot_do_is_said_first() {
    let (answer, length) = found("default", &["create a directory user"]);
    let first = answer.as_object().expect("an object").keys().next().expect("a key");
    assert_eq!(first, "not_in_api");
    assert_eq!(answer["operations"][0]["name"], "list_directory_users");
    assert!(length < 1_000 && !answer.to_string().contains("create_user"), "{answer}");
    let (answer, _) = found("default", &["bake a chocolate cake"]);
    assert_eq!(answer["operations"], json!([]));
    assert!(answer["_note"].as_str().expect("a note").contains("Nothing fits"), "{answer}");
}
