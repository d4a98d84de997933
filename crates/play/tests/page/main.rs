//! A session of the page, its messages, and the folder without a server.

mod change;
mod common;
mod elements;
mod folder;
mod protocol;
mod session;
