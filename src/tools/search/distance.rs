//! How far two words are apart, in letters.

/// How many letters are inserted, deleted, replaced or swapped with their neighbour, if that
/// is tolerated. Most words differ in length already, and nearly all others in their letters.
pub fn distance(left: &str, right: &str, tolerance: usize) -> Option<usize> {
    if left.len().abs_diff(right.len()) > tolerance || letters_apart(left, right) > tolerance {
        return None;
    }
    Some(strsim::osa_distance(left, right)).filter(|distance| *distance <= tolerance)
}

/// How many letters one of two words has more than the other, in whatever order: their distance is not
/// less. Letters that fall together make it smaller at most.
pub fn letters_apart(left: &str, right: &str) -> usize {
    let mut counts = [0_isize; 32];
    let place = |letter: char| (u32::from(letter) & 31) as usize;
    left.chars().for_each(|letter| counts[place(letter)] += 1);
    right.chars().for_each(|letter| counts[place(letter)] -= 1);
    let more: usize = counts.iter().filter(|count| **count > 0).map(|count| count.unsigned_abs()).sum();
    let less: usize = counts.iter().filter(|count| **count < 0).map(|count| count.unsigned_abs()).sum();
    more.max(less)
}
