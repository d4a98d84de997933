//! The library as a program uses it: against recorded values, and with bad input.

mod bad_input;
mod company;
mod init;
mod lbfgs;
mod optim;
mod post;
mod ranks;
