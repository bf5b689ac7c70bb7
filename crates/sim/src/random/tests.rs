use super::*;

fn run(seed: u64, overlapping: bool, steps: usize) {
    let run = Run::new(Plan { seed, steps, overlapping });
    if let Err(broken) = run.go() {
        let (story, failure) = shrink(&broken.story, &broken.failure);
        panic!("seed {seed}: {failure}\n\n{story}");
    }
}

#[test]
fn the_switch_agrees_with_the_model() {
    (0..4).for_each(|seed| run(seed, false, 2_000));
}

#[test]
fn whatever_overlaps_the_invariants_hold() {
    (0..4).for_each(|seed| run(seed, true, 2_000));
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let go = |seed| Run::new(Plan { seed, steps: 300, overlapping: false }).go().unwrap();
    assert_eq!(go(7), go(7));
    assert_ne!(go(7), go(8));
}
