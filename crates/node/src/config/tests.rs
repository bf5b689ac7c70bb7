//! Tests of the table itself.
