//! The terms of the index by number: texts are taken apart without a new string for each word.

use std::borrow::Cow;
use std::collections::HashMap;

use super::synonyms::SPELLINGS;
use super::tokenize::{self, Meaning, SPELLING};

/// All terms that are known, each with a number. There are far fewer than 65,536.
pub struct Terms {
    names: Vec<Cow<'static, str>>,
    numbers: HashMap<Cow<'static, str>, u16>,
}

impl Terms {
    /// Terms that are known by their place in a list, one a line.
    pub fn new(list: &'static str) -> Self {
        let names: Vec<Cow<'static, str>> = list.lines().map(Cow::Borrowed).collect();
        let numbers = names.iter().cloned().zip(0..).collect();
        Self { names, numbers }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The number of a term that is known.
    pub fn number(&self, term: &str) -> Option<u16> {
        self.numbers.get(term).copied()
    }

    /// Every term with its number.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u16)> {
        self.names.iter().map(AsRef::as_ref).zip(0..)
    }

    fn learn(&mut self, term: &str) -> u16 {
        self.number(term).unwrap_or_else(|| {
            let number = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
            let term: Cow<'static, str> = Cow::Owned(term.to_owned());
            self.names.push(term.clone());
            self.numbers.insert(term, number);
            number
        })
    }
}

/// Takes texts apart, and learns the terms that it meets.
pub struct Tokenizer {
    /// What is known so far.
    pub terms: Terms,
    /// Most words come again and again.
    words: HashMap<String, Meaning<u16>>,
    /// Spellings of two words.
    pairs: HashMap<(u16, u16), u16>,
}

impl Tokenizer {
    /// Starts with these terms.
    pub fn new(mut terms: Terms) -> Self {
        let mut pairs = HashMap::with_capacity(SPELLINGS.len());
        for (spelling, term) in SPELLING.iter() {
            if let Some((first, second)) = spelling.split_once(' ') {
                pairs.insert((terms.learn(first), terms.learn(second)), terms.learn(term));
            }
        }
        Self { terms, words: HashMap::new(), pairs }
    }

    /// The terms of a text, as [`tokenize`](tokenize::tokenize) has them.
    pub fn tokenize(&mut self, text: &str) -> Vec<u16> {
        let Self { terms, words, pairs } = self;
        let meaning = |word: &str| {
            if let Some(meaning) = words.get(word) {
                return meaning.clone();
            }
            let Meaning { stem, term, stop } = tokenize::meaning(word);
            let meaning = Meaning { stem: terms.learn(&stem), term: terms.learn(&term), stop };
            words.insert(word.to_owned(), meaning.clone());
            meaning
        };
        tokenize::terms(text, meaning, |last, stem| pairs.get(&(*last, *stem)).copied())
    }
}
