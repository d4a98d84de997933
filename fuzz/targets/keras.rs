#![no_main]

#[path = "../limits.rs"]
mod limits;
#[path = "../readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limits::within(bytes, || readers::read("keras", bytes)));
