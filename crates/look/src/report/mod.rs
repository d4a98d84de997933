//! The report of one run or several, as one HTML page, and the card of a model.
//!
//! | file | idea |
//! |---|---|
//! | `run.rs` | what a report knows of a run |
//! | `page.rs` | the page: its head, its runs, a comparison of several |
//! | `sections.rs` | the sections of a run |
//! | `film.rs` | the film, which `film.js` plays |
//! | `card.rs` | the card of a model, in Markdown |
//!
//! The page needs no server and loads nothing. Its style follows the light or dark scheme of the reader. All text from outside is
//! written by one type, which escapes markup.

mod card;
mod film;
mod page;
mod run;
mod sections;
#[cfg(test)]
mod tests;

pub use self::card::card;
pub use self::page::{MARK, page};
pub use self::run::{Inside, LayerRow, Measured, Run, Tile};
