//! What is generated from the command line: completions and man pages.

use crate::process::{Folder, run};

#[test]
fn completions_and_man_pages_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let (status, printed) = run(&["completions", shell]);
        assert!(status.success() && printed.contains("hookflash") && printed.contains("serve"), "{shell}");
    }
    let folder = Folder::new("man");
    let pages = folder.file("man1");
    let (status, printed) = run(&["man", pages.to_str().unwrap()]);
    assert!(status.success(), "{printed}");
    for page in ["hookflash.1", "hookflash-serve.1", "hookflash-check.1", "hookflash-csta-monitor.1"] {
        let text = std::fs::read_to_string(pages.join(page)).unwrap();
        assert!(text.contains(".TH"), "{page}: {text}");
    }
}
