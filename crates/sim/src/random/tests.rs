use std::time::Duration;

use hookflash_core::Instant;
use hookflash_node::Sizes;

use super::*;
use crate::story::{Action, Span};

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

/// A month of random days. Every night everybody has hung up, and what the node keeps is kept for who is there.
#[test]
fn nothing_grows_in_a_month() {
    let text = "every step is checked\nphone alice 7960 dual-line 201\nphone bob 7961 line 202\n\
                phone carol 7975 octo-line 203 201\nalice has speed dial 202\n\
                application console watches 201 202 203\napplication recorder over UDP watches 201 202\n";
    let story = Story::parse(text).unwrap();
    let mut stage = Stage::new(&story.setting, WORLD_SEED).unwrap();
    stage.world_mut().forget();
    let mut referee = Referee::wanted(&story.setting, &mut stage).unwrap();
    let (draw, mut random) = (Draw::new(&story.setting, false, true), Random::new(1));
    let day = Duration::from_secs(24 * 3600);
    for night in 1..=31 {
        for _ in 0..100 {
            let step = Step::new(draw.action(&stage, &mut random));
            referee.perform(&mut stage, &step).unwrap();
        }
        referee.finish(&mut stage).unwrap();
        let span = Span((Instant::ZERO + day * night).since(stage.world().now()));
        referee.perform(&mut stage, &Step::new(Action::Wait { span })).unwrap();
        let sizes = stage.world().node().sizes();
        let idle = Sizes { phone_links: 3, phone_timers: 3, answered: sizes.answered, ..Sizes::default() };
        assert_eq!(sizes, idle, "night {night}");
        assert!(sizes.answered < 100, "night {night}: {sizes:?}");
        assert!(
            stage.world().waiting() < 20,
            "night {night}: {} are about to happen",
            stage.world().waiting()
        );
    }
}
