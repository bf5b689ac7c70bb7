//! A panic ends the process. A server of which a task is missing (its timers, its listener) looks as if it ran; a supervisor can
//! start one that has ended again.

use std::process::exit;

use crate::{logging, terminal};

/// The exit code of a process that a panic has ended (`EX_SOFTWARE` of BSD).
pub const PANICKED: i32 = 70;

/// From now on a panic in any thread or task is printed, with its place, and ends the process with [`PANICKED`].
pub fn fail_fast() {
    std::panic::set_hook(Box::new(|panic| {
        logging::finish();
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("unnamed");
        terminal::print_error(&format!(
            "hookflash: internal error in thread {name}: {panic}\nhookflash: the server ends with exit code {PANICKED}; \
             please report this\n"
        ));
        exit(PANICKED);
    }));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// The test runs itself again with this variable set.
    const CHILD: &str = "HOOKFLASH_TEST_PANIC";

    #[test]
    fn a_panic_in_a_task_ends_the_process_with_a_message_and_an_exit_code() {
        if std::env::var_os(CHILD).is_some() {
            fail_fast();
            tokio::task::LocalSet::new().block_on(&crate::runtime().unwrap(), async {
                tokio::task::spawn_local(async { panic!("a rule is broken") });
                std::future::pending::<()>().await;
            });
        }
        let name = "fail_fast::tests::a_panic_in_a_task_ends_the_process_with_a_message_and_an_exit_code";
        let this = std::env::current_exe().unwrap();
        let ended =
            Command::new(this).args(["--exact", name, "--nocapture"]).env(CHILD, "1").output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(PANICKED), "{said}");
        assert!(said.contains("internal error") && said.contains("a rule is broken"), "{said}");
        assert!(said.contains("fail_fast.rs"), "{said}");
    }
}
