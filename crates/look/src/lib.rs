//! What there is to see in a network and in its training.
//!
//! | module | content |
//! |---|---|
//! | [`axis`] | the range of numbers |
//! | [`chart`] | curves over epochs, as a picture |
//! | [`digits`] | numbers with few digits, for people |
//! | [`film`] | what a network looked like at some epochs of its training |
//! | [`inside`] | what there is inside a network: filters, feature maps, histograms, stuck units |
//! | [`markup`] | text that others wrote, in HTML and SVG |
//! | [`measure`] | the answers of a network, measured against what is true |
//! | [`picture`] | pictures made of pixels |
//! | [`plot`] | charts as SVG |
//! | [`report`] | the report of a run as one HTML page, and the card of a model |
//! | [`show`] | what a person asks to see, as pictures |
//! | [`why`] | why a network answers as it does |
//!
//! The crate does no I/O and has no clock: data go in, and numbers, PNG, SVG and HTML come out.
#![forbid(unsafe_code)]

pub mod axis;
pub mod chart;
mod cut;
pub mod digits;
mod error;
pub mod film;
pub mod inside;
pub mod markup;
pub mod measure;
pub mod picture;
pub mod plot;
pub mod report;
pub mod show;
mod svg;
pub mod why;

pub use cut::cut;
pub use error::LookError;
