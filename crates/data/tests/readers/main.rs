//! Readers of files, data sets and their preparation.

mod arrays;
mod augment;
mod broken;
mod common;
mod dataset;
mod disk;
mod endless;
#[cfg(feature = "fetch")]
mod fetch;
mod flips;
mod folder;
mod formats;
mod idx;
mod made;
mod mnist;
mod parts;
mod picture;
mod sets;
mod table;
