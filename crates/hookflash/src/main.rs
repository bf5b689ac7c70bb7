//! hookflash
fn main() {}
