//! Exec commands.

use crate::Node;

/// Runs a command line and returns what it prints.
pub fn execute(_node: &Node, line: &str) -> String {
    format!("% Unknown command: {line}\n")
}
