//! `hookflash demo`: the first thing a newcomer runs.

use crate::process::run;

#[test]
fn the_demo_plays_to_its_end() {
    let (status, printed) = run(&["demo", "--once"]);
    assert!(status.success(), "{printed}");
    let scenes =
        ["Three phones register", "calls 202 from 201", "answers at Bob's", "on hold", "It ends the call"];
    for scene in scenes {
        assert!(printed.contains(scene), "{scene} is missing in:\n{printed}");
    }
    assert!(printed.contains("ConnectionClearedEvent"));
}
