//! Readers of files, data sets and their preparation.

mod arrays;
mod augment;
#[path = "../common/mod.rs"]
mod common;
mod dataset;
mod endless;
#[cfg(feature = "fetch")]
mod fetch;
mod flips;
mod folder;
#[path = "../made/mod.rs"]
mod made;
mod mnist;
mod parts;
mod picture;
mod sets;
mod table;
