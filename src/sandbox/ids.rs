//! IDs of the form that WorkOS gives them: a prefix and a ULID, or a UUID. They are the same for the
//! same seed, and later ones stand behind earlier ones.

/// Crockford's digits, as in ULIDs.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// What IDs count from. A ULID begins with a time, and that of today would make them differ from day to day.
const FIRST: u64 = 0x48_0000_0000;
/// How far the count goes on once the world is there: those of the examples begin with `01E`, and are to
/// stand behind what the world begins with, and before what is created in it.
pub(super) const BEHIND_EXAMPLES: u64 = 0x52_0000_0000;

/// The ULID of a number.
pub(super) fn ulid(seed: u64, number: u64) -> String {
    let mut text = String::with_capacity(26);
    text.push_str("01");
    text.extend(base32(FIRST + number, 8));
    text.extend(base32(mixed(seed, number), 8));
    text.extend(base32(mixed(seed ^ 0x5bd1, number), 8));
    text
}

/// The UUID of a number, version 4 in its form.
pub(super) fn uuid(seed: u64, number: u64) -> String {
    let random = mixed(seed, number);
    let count = FIRST + number;
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        count & 0xffff_ffff,
        random & 0xffff,
        random >> 16 & 0xfff,
        random >> 28 & 0xfff,
        mixed(seed ^ 0x5bd1, number) & 0xffff_ffff_ffff
    )
}

/// Letters and digits that nobody guesses by counting; no secrets, since a seed gives them.
pub(super) fn token(seed: u64, number: u64, length: usize) -> String {
    (0..).flat_map(|part| base32(mixed(seed ^ 0xc0de ^ part, number), 8)).take(length).collect()
}

/// So many digits of a one-time code.
pub(super) fn code(seed: u64, number: u64, length: usize) -> String {
    let random = mixed(seed, number);
    (0..length).map(|place| char::from(DIGITS[(mixed(random, place as u64) % 10) as usize])).collect()
}

/// The lowest digits of a number, the highest of them first.
fn base32(number: u64, length: usize) -> impl Iterator<Item = char> {
    (0..length).rev().map(move |place| char::from(DIGITS[(number >> (place * 5) & 31) as usize]))
}

/// A number that does not look like those before and after it (`SplitMix64`).
pub(super) fn mixed(seed: u64, number: u64) -> u64 {
    let mut mixed = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
