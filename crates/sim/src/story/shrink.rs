//! Making a failing story shorter.

use super::Story;

/// The shortest story found that still `fails`, by leaving out steps: first large pieces, then single ones.
///
/// `fails` runs a story and says whether it fails as the original did.
pub fn shrink(story: &Story, mut fails: impl FnMut(&Story) -> bool) -> Story {
    let mut shortest = story.clone();
    let mut piece = shortest.steps.len().div_ceil(2);
    while piece > 0 {
        let before = shortest.steps.len();
        let mut start = 0;
        while start < shortest.steps.len() {
            let mut shorter = shortest.clone();
            let end = (start + piece).min(shorter.steps.len());
            shorter.steps.drain(start..end);
            if fails(&shorter) {
                shortest = shorter;
            } else {
                start += piece;
            }
        }
        // Single steps are tried again and again until none can be left out.
        let improved = shortest.steps.len() < before;
        piece = if piece > 1 { piece / 2 } else { usize::from(improved) };
    }
    shortest
}
