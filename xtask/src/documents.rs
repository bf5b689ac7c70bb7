//! Documents that are generated from the code, so that they are true.

mod asyncapi;
mod configuration;
mod conformance;

use crate::run::{Failure, root};

/// A document: where it is, and how it is made.
type Document = (&'static str, fn() -> String);

/// Each document.
const DOCUMENTS: &[Document] = &[
    ("crates/node/src/rest/asyncapi.json", asyncapi::document),
    ("docs/reference/configuration.md", configuration::document),
    ("docs/reference/conformance.md", conformance::document),
];

/// Checks that each document is what the code says.
pub fn check() -> Result<(), Failure> {
    for (path, generate) in DOCUMENTS {
        let written = std::fs::read_to_string(root().join(path)).unwrap_or_default();
        if written != generate() {
            return Err(Failure(format!("{path} is out of date: cargo xtask accept writes it anew")));
        }
    }
    Ok(())
}

/// Writes each document.
pub fn write() -> Result<(), Failure> {
    for (path, generate) in DOCUMENTS {
        let path = root().join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, generate())?;
        println!("wrote {}", path.display());
    }
    Ok(())
}
