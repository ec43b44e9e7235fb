//! Questions that must find their operation, and texts that must do no harm.

use std::collections::{HashMap, HashSet};

use sha2::Digest;

use super::distance::{distance, letters_apart};
use super::examples::{TERMS, example_terms};
use super::index::compact;
use super::terms::{Terms, Tokenizer};
use super::tokenize::{stem, tokenize};
use super::*;
use crate::api::operations;
use crate::tools::limits::Limit;

mod spelled;

fn names(query: &str) -> Vec<&'static str> {
    let found = search(&Question::new(query), operations());
    found.operations.iter().map(|operation| operation.name).collect()
}

/// What is answered, first of all what the API cannot do.
fn answered(query: &str) -> (Option<&'static Limit>, Vec<&'static str>) {
    let question = Question::new(query);
    let found = search(&question, operations());
    match Limit::asked_for(&question).filter(|_| !found.is_certain()) {
        Some(limit) => (Some(limit), limit.nearest.to_vec()),
        None => (None, found.asked_for().iter().map(|operation| operation.name).collect()),
    }
}

/// A question, and the operations that answer it.
///
/// Numbers and tables are to be chosen by the questions in `tests/questions/tuning.json`; those in
/// `test.json` are there to measure. A question is one to measure by if the first byte of the SHA-256
/// of its words (see [`normalized`]) is even. None is an example query of an operation.
#[derive(serde::Deserialize)]
struct Case {
    question: String,
    operation: String,
    #[serde(default)]
    also: Vec<String>,
}

fn questions_of(json: &str) -> Vec<Case> {
    serde_json::from_str(json).expect("questions")
}

fn tuning_set() -> Vec<Case> {
    questions_of(include_str!("../../../tests/questions/tuning.json"))
}

fn test_set() -> Vec<Case> {
    questions_of(include_str!("../../../tests/questions/test.json"))
}

/// The example queries of an operation, as its fixture has them.
fn example_queries(name: &str) -> Vec<String> {
    let toolset = crate::api::toolset_of(name).expect("a toolset").name;
    let path = format!("{}/fixtures/{toolset}/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a fixture");
    let fixture: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    serde_json::from_value(fixture["example_queries"].clone()).expect("queries")
}

/// Words in lower case with single spaces: neither case nor punctuation matters.
fn normalized(text: &str) -> String {
    let words = text.to_lowercase().replace(|character: char| !character.is_alphanumeric(), " ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Per mille of the questions whose operation is found first, and among the first five.
fn measure(questions: &[Case]) -> (usize, usize) {
    let (mut first, mut in_five) = (0, 0);
    for Case { question, operation, also } in questions {
        let right = |name: &str| operation == name || also.iter().any(|also| also == name);
        for name in also.iter().chain([operation]) {
            assert!(operations().any(|operation| operation.name == name), "there is no {name}");
        }
        let found = answered(question).1;
        let place = found.iter().position(|name| right(name));
        first += usize::from(place == Some(0));
        in_five += usize::from(place.is_some_and(|place| place < 5));
        if place != Some(0) {
            let place = place.map_or("-".to_owned(), |place| (place + 1).to_string());
            let found = &found[..found.len().min(5)];
            eprintln!("{place:>3} {question} -> {} instead of {operation}", found.join(" "));
        }
    }
    let all = questions.len();
    eprintln!("{all} questions: {first} first, {in_five} in five");
    (first * 1000 / all, in_five * 1000 / all)
}

#[test]
fn questions_of_the_tuning_set_find_their_operation() {
    let (first, in_five) = measure(&tuning_set());
    assert!(first >= 850 && in_five >= 975, "first: {first}, among five: {in_five} of 1000");
}

#[test]
fn questions_of_the_test_set_find_their_operation() {
    let (first, in_five) = measure(&test_set());
    assert!(first >= 865 && in_five >= 982, "first: {first}, among five: {in_five} of 1000");
}

#[test]
fn questions_of_others_find_their_operation() {
    for (questions, bounds) in [
        (include_str!("../../../tests/questions/tuning_more.json"), (915, 985)),
        // 842 and 961 when they were measured for the first time; tuned by what that showed since.
        (include_str!("../../../tests/questions/tuning_further.json"), (880, 985)),
        // 926 and 980 when they were measured: once, before the last two fixes for typing errors. Nothing was ever tuned on these.
        (include_str!("../../../tests/questions/held_out.json"), (910, 970)),
    ] {
        let (first, in_five) = measure(&questions_of(questions));
        assert!(first >= bounds.0 && in_five >= bounds.1, "first: {first}, among five: {in_five} of 1000");
    }
}

/// What the API cannot do, and what has nothing to do with it, is said to be so.
#[test]
fn questions_without_an_operation_are_answered_as_such() {
    for (texts, bound) in [
        (include_str!("../../../tests/questions/without_operation_tuning.json"), 900),
        // 900 when they were measured: once, before the last two fixes for typing errors. Nothing was ever tuned on these.
        (include_str!("../../../tests/questions/without_operation.json"), 875),
    ] {
        let texts: Vec<String> = serde_json::from_str(texts).expect("texts");
        let guessed: Vec<&String> = texts
            .iter()
            .filter(|text| matches!(answered(text), (None, operations) if !operations.is_empty()))
            .collect();
        let said = (texts.len() - guessed.len()) * 1000 / texts.len();
        assert!(said >= bound, "{said} of 1000: {guessed:?}");
    }
}

#[test]
fn no_question_is_in_the_wrong_set_or_in_the_index() {
    let examples: HashSet<String> = operations()
        .flat_map(|operation| example_queries(operation.name))
        .map(|query| normalized(&query))
        .collect();
    let mut seen = HashSet::new();
    for (questions, tests) in [(tuning_set(), false), (test_set(), true)] {
        for Case { question, .. } in questions {
            let words = normalized(&question);
            assert_eq!(sha2::Sha256::digest(&words)[0] % 2 == 0, tests, "{question}");
            assert!(!examples.contains(&words), "{question}");
            assert!(seen.insert(words), "{question}");
        }
    }
}

/// What the build script prepared, and what the index learns by number, is what the words say.
#[test]
fn terms_by_number_are_those_of_the_text() {
    let mut tokenizer = Tokenizer::new(Terms::new(TERMS));
    for operation in operations() {
        let name_of = |tokenizer: &Tokenizer, numbers: &[u16]| -> Vec<String> {
            let names: Vec<&str> = tokenizer.terms.iter().map(|(term, _)| term).collect();
            numbers.iter().map(|number| names[usize::from(*number)].to_owned()).collect()
        };
        let queries = example_queries(operation.name);
        let prepared: Vec<Vec<String>> =
            example_terms(operation.name).map(|terms| name_of(&tokenizer, terms)).collect();
        assert_eq!(prepared, queries.iter().map(|query| tokenize(query)).collect::<Vec<_>>());
        for text in queries.iter().map(String::as_str).chain([operation.name, operation.description]) {
            let numbers = tokenizer.tokenize(text);
            assert_eq!(name_of(&tokenizer, &numbers), tokenize(text), "{text}");
        }
    }
    let numbers: HashMap<&str, u16> = tokenizer.terms.iter().collect();
    assert_eq!(numbers.len(), tokenizer.terms.len());
    assert!(tokenizer.terms.len() < 20_000, "numbers of terms have 16 bits");
}

#[test]
fn a_name_finds_its_operation_however_it_is_spelt() {
    for operation in operations() {
        let name = operation.name;
        for query in [
            name.to_owned(),
            name.replace('_', " "),
            name.replace('_', "-"),
            name.to_uppercase(),
            crate::tools::description::title(name),
            format!("what does `{name}` do?"),
        ] {
            assert_eq!(names(&query).first(), Some(&name), "{query}");
        }
    }
    for (query, name) in [
        ("list_directory_usres", "list_directory_users"),
        ("listDirectoryUsers", "list_directory_users"),
        ("get_organisation", "get_organization"),
        ("creat user", "create_user"),
        ("create user", "create_user"),
        ("list organizations", "list_organizations"),
        ("delete_webhook_endpont", "delete_webhook_endpoint"),
    ] {
        assert_eq!(names(query).first(), Some(&name), "{query}");
    }
}

#[test]
fn what_matches_nothing_finds_nothing() {
    for query in ["", " ", "\0\u{7f}", "...", "🦀 🦀", "the of and", "qqqq xyzzyx", "日本語", "'s’s"]
    {
        assert_eq!(names(query), [""; 0], "{query:?}");
    }
    assert_eq!(search(&Question::new("create user"), std::iter::empty()).operations.len(), 0);
}

#[test]
fn what_has_nothing_to_do_with_it_finds_nothing() {
    for query in [
        "restart the server",
        "what's the weather",
        "reboot the database",
        "compile the project",
        "summarize this document",
        "who is the president of France",
    ] {
        assert_eq!(names(query), [""; 0], "{query}");
    }
}

#[test]
fn any_text_is_taken() {
    let long = "list users ".repeat(1_000_000);
    assert_eq!(names(&long).first(), Some(&"list_users"));
    let word = "x".repeat(10_000_000);
    assert_eq!(names(&word), [""; 0]);
    for query in ["create\0user\n\t\u{1b}[31m", "CREATE\u{a0}USER", "  create... user!? "] {
        assert_eq!(names(query).first(), Some(&"create_user"), "{query:?}");
    }
    names("naïve Straße İstanbul ǅ ﬁ");
}

#[test]
fn only_what_is_offered_is_found_and_always_in_the_same_order() {
    let reads = || operations().filter(|operation| operation.effect == crate::operation::Effect::Read);
    let found = search(&Question::new("delete a user"), reads()).operations;
    assert!(!found.is_empty());
    assert!(found.iter().all(|operation| operation.effect == crate::operation::Effect::Read));
    assert_eq!(names("role"), names("role"));
    let mut backwards: Vec<_> = operations().collect();
    backwards.reverse();
    let backwards: Vec<_> = search(&Question::new("role"), backwards.into_iter())
        .operations
        .iter()
        .map(|operation| operation.name)
        .collect();
    assert_eq!(backwards, names("role"));
}

#[test]
fn a_verb_alone_finds_what_does_it() {
    let found = names("revoke");
    assert!(found.iter().take(5).all(|name| name.starts_with("revoke_")), "{found:?}");
    assert!(names("show all").iter().take(5).all(|name| name.starts_with("list_")));
}

#[test]
fn forms_of_a_word_meet() {
    for forms in [
        &["verify", "verifies", "verified", "verifying", "verification"][..],
        &["invite", "invited", "inviting", "invites"],
        &["deactivate", "deactivated", "deactivating", "deactivation"],
        &["policy", "policies"],
        &["stop", "stopped", "stopping", "stops"],
        &["assign", "assigned", "assignment", "assignments"],
        &["encrypt", "encryption", "encrypted"],
    ] {
        for form in forms {
            assert_eq!(stem(form), stem(forms[0]), "{form}");
        }
    }
    for word in ["access", "status", "sms", "s", "", "ing", "string", "user"] {
        assert_eq!(stem(&stem(word)), stem(word));
    }
    assert_ne!(stem("string"), stem("str"));
}

#[test]
fn distances() {
    assert_eq!(distance("user", "user", 1), Some(0));
    assert_eq!(distance("usre", "user", 1), Some(1));
    assert_eq!(distance("uesrs", "user", 1), None);
    assert_eq!(distance("", "ab", 2), Some(2));
    assert_eq!(distance("", "", 0), Some(0));
}

/// What is not looked at closer is too far away in any case.
#[test]
fn letters_apart_are_no_more_than_the_distance() {
    let words: Vec<String> = operations().map(|operation| compact(operation.name)).collect();
    for left in words.iter().step_by(5).map(String::as_str).chain(["naïve", "ǅ", ""]) {
        for right in words.iter().step_by(3).map(String::as_str).chain(["native", "ı"]) {
            assert!(letters_apart(left, right) <= strsim::osa_distance(left, right), "{left} {right}");
        }
    }
}

#[test]
fn a_misspelt_word_is_understood() {
    for (misspelt, right) in
        [("orgnization", "organization"), ("webhok", "webhook"), ("memebrship roles", "membership roles")]
    {
        assert_eq!(names(misspelt), names(right), "{misspelt}");
    }
}

#[test]
fn the_words_of_the_names_find_their_operations() {
    for (query, name) in [
        ("organizations", "list_organizations"),
        ("list all organizations", "list_organizations"),
        ("remove organization", "delete_organization"),
        ("change a user", "update_user"),
        ("webhook endpoints", "list_webhook_endpoints"),
    ] {
        assert!(names(query)[..2].contains(&name), "{query}: {:?}", &names(query)[..5]);
    }
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_it(query in ".{0,80}") {
        names(&query);
    }

    #[test]
    fn any_text_has_the_same_terms_by_number(text in "[a-zA-Z'’`_ 0-9éßİǅ-]{0,40}|(mail|e|sign|in|log|out|one|time|of|'s| |-){0,8}") {
        let mut tokenizer = Tokenizer::new(Terms::new(TERMS));
        let numbers = tokenizer.tokenize(&text);
        let names: Vec<&str> = tokenizer.terms.iter().map(|(term, _)| term).collect();
        let terms: Vec<&str> = numbers.iter().map(|number| names[usize::from(*number)]).collect();
        proptest::prop_assert_eq!(terms, tokenize(&text));
    }
}
