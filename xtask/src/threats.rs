//! The table of threats in `docs/security.md`: each row names tests, and these exist.

use std::{collections::BTreeSet, path::Path};

use crate::run::{Failure, root};

/// Checks that every test that is named exists.
pub fn check() -> Result<(), Failure> {
    let page = std::fs::read_to_string(root().join("docs/security.md"))?;
    let rows = rows(&page, "| threat |");
    if rows.is_empty() {
        return Err(Failure("docs/security.md has no table of threats".to_owned()));
    }
    let known = functions()?;
    let mut wrong = Vec::new();
    for (threat, tests) in rows {
        if tests.is_empty() {
            wrong.push(format!("no test is named for: {threat}"));
        }
        let missing = tests.into_iter().filter(|test| !known.contains(*test));
        wrong.extend(missing.map(|test| format!("there is no test {test}, which is named for: {threat}")));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure(wrong.join("\n"))) }
}

/// The names of all functions of this project in Rust.
pub fn functions() -> Result<BTreeSet<String>, Failure> {
    let mut known = BTreeSet::new();
    for folder in ["crates", "xtask"] {
        collect(&root().join(folder), &mut known)?;
    }
    Ok(known)
}

/// The rows of the table with this head: the threat, and the tests in backquotes in the last column.
pub fn rows<'a>(page: &'a str, head: &str) -> Vec<(&'a str, Vec<&'a str>)> {
    let table = page.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    table.map_while(row).collect()
}

fn row(line: &str) -> Option<(&str, Vec<&str>)> {
    let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
    let threat = cells.next()?;
    Some((threat, cells.last()?.split('`').skip(1).step_by(2).collect()))
}

/// The names of all functions below a folder.
fn collect(folder: &Path, known: &mut BTreeSet<String>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, known)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path)?;
            let named = source
                .lines()
                .filter_map(|line| line.trim_start().trim_start_matches("async ").strip_prefix("fn "));
            known.extend(named.filter_map(|rest| rest.split('(').next()).map(str::to_owned));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_name_their_tests() {
        let page = "| threat | what holds | tests |\n| --- | --- | --- |\n| a | b `c` | `one`, `two` |\n| d | e | none |\n\nend";
        assert_eq!(rows(page, "| threat |"), [("a", vec!["one", "two"]), ("d", vec![])]);
    }
}
