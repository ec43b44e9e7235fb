//! Names that stand twice in an object of JSON text.
//!
//! Whoever reads such an object takes the first, or the last, and who checked the one may send
//! the other. Once it is a value nothing shows it any more, so it is looked for in the text.

use std::borrow::Cow;
use std::collections::HashSet;

use super::sanitize::sanitize_name;

/// Names that readers of JSON use among themselves: what stands below one is not what it seems.
const RESERVED: &str = "$serde_json::private::";
/// The longest path that is told, in characters.
const MAX_PATH: usize = 120;

/// What is wrong with the names in a JSON text, as a sentence without its full stop; below the
/// names of `within` nothing is said of those.
///
/// The text is taken to be JSON: whatever reads it says so if it is not.
pub fn fault(json: &str, within: &[&str]) -> Option<String> {
    let mut around: Vec<Around<'_>> = Vec::new();
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' => around.push(Around::Object { names: HashSet::new(), name: None }),
            b'[' => around.push(Around::List { index: 0 }),
            b'}' | b']' => {
                around.pop();
            }
            b',' => match around.last_mut() {
                Some(Around::Object { name, .. }) => *name = None,
                Some(Around::List { index }) => *index += 1,
                None => {}
            },
            b'"' => {
                let start = at - 1;
                at = end_of_string(bytes, at);
                if let Some(Around::Object { names, name: name @ None }) = around.last_mut() {
                    let written = json.get(start..at).unwrap_or_default();
                    let known = name.insert(plain(written)).clone();
                    let reserved = known.starts_with(RESERVED);
                    if reserved || !names.insert(known) {
                        let path = path(&around, within);
                        let fault =
                            if reserved { "is not a name that can be sent" } else { "is given twice" };
                        return Some(format!("`{path}` {fault}"));
                    }
                }
            }
            _ => {}
        }
    }
    None
}

/// What a place is in.
enum Around<'a> {
    Object {
        names: HashSet<Cow<'a, str>>,
        /// Of the value that comes or has just come; none where a name comes next.
        name: Option<Cow<'a, str>>,
    },
    List {
        index: usize,
    },
}

/// Where a string ends, from behind its opening quote on.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'\\' => 2,
            b'"' => return at + 1,
            _ => 1,
        };
    }
    bytes.len()
}

/// A name without its quotes and escapes: `"\u0069d"` is `id`.
fn plain(written: &str) -> Cow<'_, str> {
    if written.contains('\\')
        && let Ok(name) = serde_json::from_str(written)
    {
        return Cow::Owned(name);
    }
    Cow::Borrowed(written.trim_matches('"'))
}

fn path(around: &[Around<'_>], within: &[&str]) -> String {
    let mut path = String::new();
    let mut within = within.iter();
    for step in around {
        match step {
            Around::Object { name: Some(name), .. } => {
                if path.is_empty() && within.next().is_some_and(|within| within == name) {
                    continue;
                }
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&sanitize_name(name));
            }
            Around::Object { name: None, .. } => {}
            Around::List { index } => path.extend(["[", &index.to_string(), "]"]),
        }
    }
    match path.char_indices().nth(MAX_PATH) {
        Some((end, _)) => format!("{}\u{2026}", &path[..end]),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::generate;

    #[test]
    fn a_name_that_stands_twice_is_found_with_its_path() {
        let of_a_call = |json| fault(json, &["params", "arguments"]);
        for (json, found) in [
            (r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}"#, None),
            (r#"{"a":"a","b":["a","a"],"":1}"#, None),
            (r#"{"a":1,"a":1}"#, Some("`a` is given twice")),
            (r#" { "a" : 1 , "b" : 2 , "a" : 3 } "#, Some("`a` is given twice")),
            (r#"{"id":1,"\u0069d":1}"#, Some("`id` is given twice")),
            (r#"{"a\"":1,"a\\\"":2,"a\"":1}"#, Some(r#"`a"` is given twice"#)),
            (r#"{"c":[{"a":1},{"b":{"a":1,"a":2}}]}"#, Some("`c[1].b.a` is given twice")),
            (r#"{"params":{"arguments":{"m":{"a":1,"a":2}}}}"#, Some("`m.a` is given twice")),
            (r#"{"params":{"name":"x","name":"y"}}"#, Some("`name` is given twice")),
            (r#"{"\n\u202e":1,"\n\u202e":2}"#, Some(r"`\u202e` is given twice")),
            (
                r#"{"a":{"$serde_json::private::Number":"1"}}"#,
                Some("`a.$serde_json::private::Number` is not a name that can be sent"),
            ),
        ] {
            assert_eq!(of_a_call(json).as_deref(), found, "{json}");
        }
        let deep = format!("{}1{}", r#"{"some_name":"#.repeat(1000), "}".repeat(1000));
        assert_eq!(of_a_call(&deep), None);
        let deep = deep.replace("1}", r#"1,"some_name":2}"#);
        assert!(of_a_call(&deep).is_some_and(|fault| fault.len() < 200));
    }

    proptest! {
        /// What serde writes has every name once; whatever it is, nothing panics.
        #[test]
        fn what_is_written_from_a_value_is_sound(value in generate::any_json(), text in "[\\[{\"\\\\a:,\\]} ü]{0,24}") {
            prop_assert_eq!(fault(&value.to_string(), &[]), None);
            let _ = fault(&text, &[]);
        }
    }
}
