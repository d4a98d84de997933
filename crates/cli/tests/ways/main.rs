//! Every way in: small data sets of many kinds through train, resume, eval and predict. The same samples give the same
//! numbers, or a refusal names the file, the place and a remedy.
//!
//! The rows of `docs/data.md` are these ways.
//!
//! | file | idea |
//! |---|---|
//! | `way.rs` | what every way goes through |
//! | `made.rs` | samples, and files made of them |
//! | `pictures.rs`, `tables.rs`, `arrays.rs` | the ways |
//! | `page.rs` | whether the page has them all |

mod arrays;
#[path = "../common/mod.rs"]
mod common;
mod made;
mod page;
mod pictures;
mod tables;
mod way;
