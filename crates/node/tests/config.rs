//! The configuration language, as stories.

use hookflash_node::config::{load, render_diagnostics};

#[test]
fn probe() {
    for name in ["moc", "session-manager"] {
        let text =
            std::fs::read_to_string(format!("{}/tests/data/config/{name}.cfg", env!("CARGO_MANIFEST_DIR")))
                .unwrap();
        let loaded = load(&text);
        println!("{}", render_diagnostics(name, &text, &loaded.diagnostics));
        println!("{}", loaded.settings.running_config());
        let again = load(&loaded.settings.running_config());
        assert_eq!(again.settings, loaded.settings);
    }
}
