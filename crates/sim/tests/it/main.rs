//! Runs every story in `stories/` of the repository.

mod stories;
