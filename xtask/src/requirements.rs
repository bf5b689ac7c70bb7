//! The table of requirements in `docs/reference/requirements.md`: each has a row, and the tests in it exist.

use std::{collections::BTreeSet, path::Path};

use crate::{
    run::{Failure, root},
    threats,
};

const PAGE: &str = "docs/reference/requirements.md";

/// The requirements of a server that is alone.
fn wanted() -> impl Iterator<Item = String> {
    (1..=83).chain(100..=112).map(|number| format!("R{number}"))
}

/// Checks that every requirement has a row, and that every test that is named exists.
pub fn check() -> Result<(), Failure> {
    let page = std::fs::read_to_string(root().join(PAGE))?;
    let rows = threats::rows(&page, "| requirement |");
    let mut known = threats::functions()?;
    scenes(&root().join("interop"), &mut known)?;
    scenes(&root().join("stories"), &mut known)?;
    let named: BTreeSet<&str> = rows.iter().map(|(requirement, _)| *requirement).collect();
    let absent = wanted().filter(|requirement| !named.contains(requirement.as_str()));
    let mut wrong: Vec<String> = absent.map(|requirement| format!("{requirement} has no row")).collect();
    for (requirement, tests) in &rows {
        if tests.is_empty() {
            wrong.push(format!("no test is named for {requirement}"));
        }
        let missing = tests.iter().filter(|test| !known.contains(**test));
        wrong
            .extend(missing.map(|test| format!("there is no test {test}, which is named for {requirement}")));
    }
    let wrong = wrong.join("\n");
    if wrong.is_empty() { Ok(()) } else { Err(Failure(format!("{PAGE}: {wrong}"))) }
}

/// The names of the functions of scripts, and of stories, below a folder.
fn scenes(folder: &Path, known: &mut BTreeSet<String>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|own| own.to_str());
        if path.is_dir() {
            scenes(&path, known)?;
        } else if extension == Some("py") {
            let source = std::fs::read_to_string(&path)?;
            let named = source.lines().filter_map(|line| line.strip_prefix("def "));
            known.extend(named.filter_map(|rest| rest.split('(').next()).map(str::to_owned));
        } else if extension == Some("story") {
            known.extend(path.file_stem().and_then(|own| own.to_str()).map(str::to_owned));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_requirement_has_tests_that_exist() {
        super::check().unwrap();
    }
}
