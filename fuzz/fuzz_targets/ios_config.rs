//! Reads arbitrary text as a configuration: no panic, and what was printed reads as the same settings.
#![no_main]

use hookflash_config::{Editor, Mode, help, load, render_diagnostics};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let loaded = load(text);
    render_diagnostics("fuzz.cfg", text, &loaded.diagnostics);
    let printed = loaded.settings.running_config();
    assert_eq!(load(&printed).settings, loaded.settings, "{printed}");
    let mut editor = Editor::new(loaded.settings);
    for line in text.lines() {
        editor.enter(line);
        help(editor.mode(), line);
        help(Mode::Global, line);
    }
});
