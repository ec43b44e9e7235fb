//! The list of characters that are escaped is what Unicode's data says it is.
//! `UPDATE=1 cargo test --test hidden_characters` writes it anew.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

use std::fmt::Write;
use std::path::Path;

use regex_syntax::hir::{Class, HirKind};
use workos_mcp::tools::sanitize::{quoted, sanitize};

/// Name, comment and content of each table, as a class of characters.
const TABLES: &[(&str, &str, &str)] = &[
    (
        "HIDDEN",
        "What has no shape of its own, steers, or reorders: control and format characters, what \
         Unicode lets programs ignore, line and paragraph separators, noncharacters. Beside them, by our \
         judgement, letters and symbols that look like a blank: the Braille pattern without dots, the null \
         notehead, the Khitan filler, Egyptian blanks, and what stands for an object.",
        r"[[\p{Cc}--[\n\r\t]]\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\x{2800}\x{1D159}\x{16FE4}\x{13441}\x{13442}\x{FFFC}]",
    ),
    (
        "JOINED",
        "Scripts that are written with zero-width joiners and non-joiners: the Arabic family, and those \
         of India and its neighbours.",
        r"[[\p{scx=Adlam}\p{scx=Arabic}\p{scx=Mandaic}\p{scx=Mongolian}\p{scx=Nko}\p{scx=Syriac}\p{scx=Bengali}\p{scx=Devanagari}\p{scx=Gujarati}\p{scx=Gurmukhi}\p{scx=Kannada}\p{scx=Khmer}\p{scx=Malayalam}\p{scx=Myanmar}\p{scx=Oriya}\p{scx=Sinhala}\p{scx=Tamil}\p{scx=Telugu}\p{scx=Tibetan}]&&[\p{L}\p{M}]&&\P{Default_Ignorable_Code_Point}&&\P{scx=Latin}]",
    ),
    (
        "PICTURES",
        "Pictures: what a zero-width joiner makes one of several of, and what a variation selector chooses the style of.",
        r"[\p{Extended_Pictographic}\p{Emoji_Modifier}&&\P{Default_Ignorable_Code_Point}]",
    ),
];

fn ranges(class: &str) -> Vec<(char, char)> {
    let hir = regex_syntax::Parser::new().parse(class).expect("a class");
    let HirKind::Class(Class::Unicode(class)) = hir.kind() else { panic!("no class: {hir:?}") };
    class.iter().map(|range| (range.start(), range.end())).collect()
}

/// The version of Unicode that the data is of: the last in which it has new characters.
fn version() -> String {
    let knows =
        |version: &String| regex_syntax::Parser::new().parse(&format!(r"\p{{age={version}}}")).is_ok();
    let mut versions = (1..100).flat_map(|major| (0..10).map(move |minor| format!("{major}.{minor}"))).rev();
    versions.find(knows).expect("some version")
}

fn generated() -> String {
    let mut text =
        "//! Which characters are hidden, and which have a use for what is: from Unicode's data.\n\
                    //! Generated, do not edit: `UPDATE=1 cargo test --test hidden_characters`.\n\n"
            .to_owned();
    // Writing to a string does not fail.
    let _ =
        write!(text, "/// The version of Unicode's data.\npub const UNICODE: &str = \"{}\";\n", version());
    for (name, about, class) in TABLES {
        let mut line = "///".to_owned();
        text.push('\n');
        for word in about.split_whitespace() {
            if line.len() + word.len() > 98 {
                let _ = writeln!(text, "{line}");
                "///".clone_into(&mut line);
            }
            line.extend([" ", word]);
        }
        let _ = writeln!(text, "{line}\n#[rustfmt::skip]\npub const {name}: &[(char, char)] = &[");
        for (first, last) in ranges(class) {
            let _ = writeln!(text, "    ('\\u{{{:x}}}', '\\u{{{:x}}}'),", u32::from(first), u32::from(last));
        }
        text.push_str("];\n");
    }
    text
}

#[test]
fn the_list_is_what_unicode_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tools/sanitize/unicode.rs");
    let generated = generated();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &generated).expect("the file");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == generated, "{} is not what Unicode's data says; UPDATE=1 writes it anew", file.display());
}

/// Every character there is: hidden ones are escaped between letters, and no other is touched.
#[test]
fn every_character_is_shown_or_escaped() {
    let hidden = ranges(TABLES[0].2);
    for character in '\0'..=char::MAX {
        let text = format!("a{character}b");
        let is_hidden = hidden.iter().any(|(first, last)| (*first..=*last).contains(&character));
        assert_eq!(sanitize(&text) != text, is_hidden, "{character:?}");
        assert!(!is_hidden || !quoted(&text, 80).contains(character), "{character:?}");
    }
}
