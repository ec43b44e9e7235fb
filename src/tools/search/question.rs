//! What somebody asks: its words as the index knows them, and whether it is a wish to see something.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::languages::TRANSLATIONS;
use super::repair::{is_known, repaired};
use super::synonyms::{FILLER, POLITE, TO_CHANGE, TO_SEE};
use super::tokenize::{meaning, stem, tokenize};
use crate::api::ids::kind_of;

/// Characters of a question that are read; nobody describes one operation at greater length.
const MAX_CHARS: usize = 600;
/// Terms of a question that are looked up.
const MAX_TERMS: usize = 60;

/// What a question wishes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To see something.
    See,
    /// To see who did something, or when: what happened.
    History,
    /// To change something.
    Change,
    /// It does not say.
    Any,
}

/// A question, taken apart.
#[derive(Debug)]
pub struct Question {
    /// What was asked, as far as it is read.
    pub text: String,
    /// Its words as terms: in English, and names of things as what they name.
    pub terms: Vec<String>,
    /// Terms that are not only there to make a sentence.
    pub weighty: Vec<String>,
    /// Terms that may be somebody's name: written large within a sentence.
    pub names: Vec<String>,
    /// Terms that may be verbs of it: not participles, as in `registered URIs`.
    pub verbs: Vec<String>,
    /// What it wishes for.
    pub wish: Wish,
    /// The verb that it begins with, if that says to change something.
    pub verb: Option<String>,
    /// The term of what it begins with, if that is the verb of an order: `restart the server`.
    pub order: Option<String>,
}

impl Question {
    /// Takes a question apart.
    pub fn new(text: &str) -> Self {
        let text: String = text.chars().take(MAX_CHARS).collect();
        let mut words = translated(plain_words(&text));
        for word in &mut words {
            if let Some(meant) = repaired(word) {
                meant.clone_into(word);
            }
        }
        let texts: Vec<&str> = words.iter().map(String::as_str).collect();
        let first = words.len() - without_politeness(&texts).len();
        if let Some(verb) = words.get_mut(first).filter(|verb| !is_known(verb)) {
            *verb = meant_verb(verb).to_owned();
        }
        if asks_for_access(&words) {
            words.extend(["check", "authorization"].map(str::to_owned));
        }
        let (wish, verb) = wish(&words, text.trim_end().ends_with('?'));
        Self::of(text, &words, wish, verb)
    }

    /// The name of a tool or an argument, as a wish to do what it says.
    pub fn of_name(name: &str) -> Self {
        let words = plain_words(&spaced(name));
        let wish = match words.first().map(String::as_str) {
            Some("get" | "list" | "find" | "show" | "read") => Wish::See,
            _ => Wish::Change,
        };
        Self::of(name.to_owned(), &words, wish, None)
    }

    fn of(text: String, words: &[String], wish: Wish, verb: Option<String>) -> Self {
        let cut = |mut terms: Vec<String>| {
            terms.truncate(MAX_TERMS);
            terms
        };
        let terms = cut(tokenize(&words.join(" ")));
        let is_weighty = |term: &&String| {
            term.len() > 1 && !term.bytes().all(|byte| byte.is_ascii_digit()) && !is_filler(term)
        };
        let weighty = terms.iter().filter(is_weighty).cloned().collect();
        let names = names(&text);
        let verbs =
            words.iter().filter(|word| !word.ends_with("ed")).map(|word| meaning(word).term).collect();
        let order = order(words);
        Self { text, terms, weighty, names, verbs, wish, verb, order }
    }

    /// Whether it is a wish to see something.
    pub fn is_to_see(&self) -> bool {
        matches!(self.wish, Wish::See | Wish::History)
    }
}

/// Whether it asks if somebody may do something: `can this member edit it`, `is she allowed to`.
fn asks_for_access(words: &[String]) -> bool {
    const WHO: &[&str] =
        &["user", "member", "membership", "person", "somebody", "someone", "she", "he", "they"];
    let is_any = |words: &[String], known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let Some((first, rest)) = words.split_first() else { return false };
    if !is_any(&rest[..rest.len().min(2)], WHO) {
        return false;
    }
    match first.as_str() {
        "can" | "may" => !is_any(rest, &["i", "we", "you"]),
        "is" | "does" => is_any(rest, &["allowed", "access"]),
        _ => false,
    }
}

/// The term of the verb of an order: a word before an article or the like.
fn order(words: &[String]) -> Option<String> {
    const BEFORE_A_THING: &[&str] = &["the", "a", "an", "my", "our", "your", "this", "that", "some", "all"];
    let text: Vec<&str> = words.iter().map(String::as_str).collect();
    let [verb, next, ..] = without_politeness(&text) else { return None };
    BEFORE_A_THING.contains(next).then(|| meaning(verb).term)
}

/// Whether a term only makes a sentence.
fn is_filler(term: &str) -> bool {
    static TERMS: LazyLock<HashSet<String>> =
        LazyLock::new(|| FILLER.iter().map(|word| meaning(word).term).collect());
    TERMS.contains(term)
}

/// The terms of words that are written large, but for the first; none where most words are.
fn names(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_large = |word: &&&str| word.starts_with(char::is_uppercase);
    let large: Vec<&str> = words.iter().skip(1).filter(is_large).copied().collect();
    if large.len() * 2 > words.len() { Vec::new() } else { tokenize(&large.join(" ")) }
}

/// The words of a text in lower case; what has an ID, an address or a name of a form that tells
/// what it is, as that.
fn plain_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in
        text.split(|character: char| character.is_whitespace() || ",;()[]{}\"“”<>|".contains(character))
    {
        let word = word.trim_matches(|character: char| ".:!?'`*".contains(character));
        if word.is_empty() {
            continue;
        }
        match named(word) {
            Some(what) => words.extend(what.split_whitespace().map(str::to_owned)),
            None => words.extend(pieces(word)),
        }
    }
    words
}

/// The words within a word: `don't` is one, `sign-up` and `is_active` are two.
fn pieces(word: &str) -> impl Iterator<Item = String> {
    // `l'utente` is what follows; `user's` and `don't` are one word.
    let word = match word.split_once(['\'', '’']) {
        Some((before, after)) if before.len() <= 4 && after.len() >= 4 => after,
        _ => word,
    };
    let joined: String =
        word.to_lowercase().replace("'s", "").replace("’s", "").replace(['\'', '’', '`'], "");
    let pieces: Vec<String> = joined
        .split(|character: char| !character.is_alphanumeric())
        .filter(|piece| !piece.is_empty())
        .map(str::to_owned)
        .collect();
    pieces.into_iter()
}

/// What something is by its form: `user_01ABC` a user, `jane@example.com` an e-mail address.
fn named(word: &str) -> Option<String> {
    let has_digits = word.bytes().any(|byte| byte.is_ascii_digit());
    if has_digits && let Some(kind) = kind_of(word) {
        return Some(kind.what.to_lowercase());
    }
    if let Some((before, after)) = word.split_once('@') {
        return (!before.is_empty() && after.contains('.')).then(|| "email".to_owned());
    }
    if has_digits
        && word.split('.').count() == 4
        && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return Some("ip".to_owned());
    }
    if word.starts_with("http://") || word.starts_with("https://") {
        return Some("url".to_owned());
    }
    let (before, last) = word.rsplit_once('.')?;
    let is_plain =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if before.is_empty() || !is_plain(before) || !last.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    if last.ends_with("ed") {
        return Some(format!("event {}", word.to_lowercase().replace(['.', '_'], " ")));
    }
    let is_file =
        ["csv", "json", "jsonl", "pem", "xml", "txt", "pdf", "png", "js", "ts", "py"].contains(&last);
    ((2..=4).contains(&last.len()) && !is_file).then(|| "domain".to_owned())
}

/// A name as words: `listUsers` and `list_users` are `list users`.
pub fn spaced(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len() + 8);
    let letters: Vec<char> = name.chars().collect();
    for (place, letter) in letters.iter().copied().enumerate() {
        let before = place.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(place + 1);
        // `APIKeys` is `API Keys`.
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if begins {
            spaced.push(' ');
        }
        spaced.push(if letter.is_alphanumeric() { letter } else { ' ' });
    }
    spaced.to_lowercase()
}

/// Words in English.
fn translated(words: Vec<String>) -> Vec<String> {
    static ENGLISH: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        // The line of words that say nothing is the last; what stands in others, too, says something.
        let lines = TRANSLATIONS.iter().rev();
        lines
            .flat_map(|(english, words)| words.split_whitespace().map(move |word| (word, *english)))
            .collect()
    });
    let found: Vec<Option<String>> = words.iter().map(|word| english(&ENGLISH, word)).collect();
    if !found.iter().flatten().any(|english| !english.is_empty()) {
        return words;
    }
    let pairs = words.into_iter().zip(found);
    pairs
        .flat_map(|(word, english)| {
            let english = english.unwrap_or(word);
            english.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

/// The shortest word that is taken for one made of two.
const SHORTEST_COMPOUND: usize = 9;

/// A word in English, if it is one of another language: as it is, with two letters for an umlaut, or made of
/// two words, as German words are.
fn english(known: &HashMap<&str, &str>, word: &str) -> Option<String> {
    let folded: String = word.chars().map(without_accent).collect();
    let look = |word: &str| known.get(word).map(|english| (*english).to_owned());
    if let Some(english) = look(&folded) {
        return Some(english);
    }
    // One of several, or whose it is.
    if let Some(english) = folded.strip_suffix('s').and_then(look).filter(|english| !english.is_empty()) {
        return Some(english);
    }
    let plain = folded.replace("ae", "a").replace("oe", "o").replace("ue", "u");
    if plain != folded
        && let Some(english) = look(&plain).filter(|english| !english.is_empty())
    {
        return Some(english);
    }
    if folded.len() < SHORTEST_COMPOUND || !folded.is_ascii() {
        return None;
    }
    (4..folded.len() - 3).rev().find_map(|place| {
        let (first, second) = folded.split_at(place);
        let (first, second) = (look(first).or_else(|| look(first.strip_suffix('s')?))?, look(second)?);
        (!first.is_empty() && !second.is_empty()).then(|| format!("{first} {second}"))
    })
}

fn without_accent(letter: char) -> char {
    match letter {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ß' => 's',
        letter => letter,
    }
}

/// How somebody asks how to do something.
const HOW: &[&str] = &["how do i", "how do we", "how can i", "how can we", "can i", "how to"];

/// What a question wishes for, by how it begins, with the verb that says so.
fn wish(words: &[String], asks: bool) -> (Wish, Option<String>) {
    let text: Vec<&str> = words.iter().map(String::as_str).collect();
    if tells_history(&text) {
        return (Wish::History, None);
    }
    // `He left: how do I take him off?` asks how.
    let is_how = |words: &&[&str]| HOW.iter().any(|how| starts(words, how));
    let how = (0..text.len()).map(|place| &text[place..]).rfind(is_how);
    let rest = without_politeness(how.unwrap_or(text.as_slice()));
    let was_polite = how.is_some() || rest.len() < text.len();
    let Some(first) = rest.first() else { return (Wish::Any, None) };
    let has = |word: &str| rest.contains(&word);
    // What the verb means with the word that belongs to it: `turn … off`, `bring … back`.
    let phrase = match *first {
        "turn" | "switch" | "put" if has("off") => Some("disable"),
        "turn" | "switch" if has("on") => Some("enable"),
        "bring" | "let" | "get" if has("back") => Some("reactivate"),
        "shut" | "tear" | "throw" | "kick" | "take" | "strip" => Some("remove"),
        "get" if starts(rest, "get rid") => Some("delete"),
        _ => None,
    };
    if let Some(verb) = phrase {
        return (Wish::Change, Some(stem(verb)));
    }
    if starts(rest, "do not") || *first == "dont" {
        return (Wish::Change, None);
    }
    let first = &meant_verb(first);
    if TO_SEE.contains(first) {
        return (Wish::See, None);
    }
    let verb = stem(first);
    // `registered URIs` registers nothing.
    let is_participle = first.ends_with("ed") && !["feed", "need", "embed", "seed"].contains(first);
    if !is_participle && TO_CHANGE.split_whitespace().any(|known| stem(known) == verb) {
        return (Wish::Change, Some(verb));
    }
    (if asks && !was_polite { Wish::See } else { Wish::Any }, None)
}

/// `how do I`, `can you please`, `I want to`: what comes then counts.
fn without_politeness<'a, 'b>(mut words: &'a [&'b str]) -> &'a [&'b str] {
    while let Some(polite) = POLITE.iter().find(|polite| starts(words, polite)) {
        words = &words[polite.split(' ').count()..];
    }
    words
}

/// The verb that a first word is a slip of the keyboard away from, or the word itself.
fn meant_verb(word: &str) -> &str {
    const SHORTEST: usize = 5;
    let verbs = || TO_SEE.iter().copied().chain(TO_CHANGE.split_whitespace());
    if word.len() < 4 || word.ends_with("ed") || verbs().any(|verb| stem(verb) == stem(word)) {
        return word;
    }
    let is_near = |verb: &&str| {
        let swapped = verb.len() == word.len() && verb.len() >= 4 && sorted(verb) == sorted(word);
        let near = verb.len() >= SHORTEST && verb.len().abs_diff(word.len()) <= 1;
        (swapped || near) && strsim::osa_distance(verb, word) == 1
    };
    verbs().find(is_near).unwrap_or(word)
}

fn sorted(word: &str) -> Vec<u8> {
    let mut letters = word.as_bytes().to_vec();
    letters.sort_unstable();
    letters
}

fn starts(words: &[&str], with: &str) -> bool {
    let mut words = words.iter();
    with.split(' ').all(|word| words.next().is_some_and(|known| *known == word))
}

/// Whether it asks what happened: who changed something, or when.
fn tells_history(words: &[&str]) -> bool {
    const DONE: &[&str] = &[
        "changed",
        "created",
        "deleted",
        "removed",
        "updated",
        "revoked",
        "modified",
        "edited",
        "deactivated",
        "disabled",
        "enabled",
        "assigned",
        "granted",
        "renamed",
        "did",
        "added",
        "invited",
        "made",
        "gave",
        "took",
        "turned",
        "suspended",
        "promoted",
        "demoted",
        "blocked",
        "approved",
        "denied",
        "moved",
        "verified",
        "reset",
        "locked",
        "happened",
        "signed",
        "logged",
    ];
    let is_done = |word: Option<&&str>| word.is_some_and(|word| DONE.contains(word));
    let asks_who = |place: usize| {
        let next = words.get(place + 1);
        let after = if next.is_some_and(|next| ["has", "have", "had"].contains(next)) {
            place + 2
        } else {
            place + 1
        };
        is_done(words.get(after)) && !["signed", "logged"].iter().any(|word| words.get(after) == Some(word))
    };
    let asks_when = |place: usize| {
        let rest = &words[place + 1..];
        rest.first().is_some_and(|word| ["was", "were", "did", "has"].contains(word))
            && rest.iter().any(|word| {
                ["change", "delete", "remove", "deactivate", "revoke", "lose", "disable"].contains(word)
                    || ["changed", "deleted", "removed", "deactivated", "revoked", "lost", "disabled"]
                        .contains(word)
            })
    };
    words.iter().enumerate().any(|(place, word)| match *word {
        "who" => asks_who(place),
        "when" => asks_when(place),
        "what" | "anything" => ["happened", "changed"].iter().any(|done| words.get(place + 1) == Some(done)),
        "history" => !words.contains(&"version"),
        "activity" => true,
        "changes" => ["made", "to", "of"].iter().any(|word| words.get(place + 1) == Some(word)),
        _ => false,
    })
}
