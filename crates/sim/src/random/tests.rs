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

/// Everything that could grow, after a day of virtual time and after thirty more.
#[test]
fn nothing_grows_in_a_month() {
    let text = "every step is checked\nphone alice 7960 dual-line 201\nphone bob 7961 line 202\n\
                application console watches 201 202\n";
    let story = Story::parse(text).unwrap();
    let mut stage = Stage::new(&story.setting, WORLD_SEED).unwrap();
    stage.world_mut().forget();
    let mut referee = Referee::wanted(&story.setting, &mut stage).unwrap();
    let mut do_all = |lines: &str| {
        for step in Story::parse(lines).unwrap().steps {
            referee.perform(&mut stage, &step).unwrap();
        }
        let switch = stage.world().node().switch();
        assert_eq!((switch.calls().count(), switch.timer_count()), (0, 0));
        assert_eq!((stage.world().node().applications().len(), switch.sessions().count()), (1, 1));
        stage.world().waiting()
    };
    let day = "alice dials 202\nbob answers\nalice holds\nalice resumes\nafter 1 hour\nbob hangs up\n\
               bob's connection breaks\nalice dials 202\nalice hangs up\nafter 23 hours\n";
    let first = do_all(day);
    for _ in 0..30 {
        let now = do_all(day);
        assert!(now <= first + 2, "{now} things are about to happen after a month, {first} after a day");
    }
}
