//! toddle on a board without an operating system. `.ci/bare` runs the two programs in an emulator.
//!
//! They contain the files that `crates/toddle/examples/for_a_board.rs` writes into the folder `FOR_A_BOARD`. Every bit of a result has
//! to be the bit of the machine that wrote the files.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use core::panic::PanicInfo;

use cortex_m_semihosting::debug::{EXIT_FAILURE, EXIT_SUCCESS, exit};
use cortex_m_semihosting::hprintln;

/// The bytes of a file that this program contains.
#[macro_export]
macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!(env!("FOR_A_BOARD"), "/", $name))
    };
}

/// The numbers in a file.
pub fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// Ends the program. It has failed if a bit differs.
pub fn end(what: &str, here: &[f32], there: &[u8]) -> ! {
    let bytes: Vec<u8> = here.iter().flat_map(|x| x.to_le_bytes()).collect();
    assert!(bytes == there, "the {what} have other bits than those of the machine that wrote the file");
    hprintln!("the {} have the same bits: {} numbers", what, here.len());
    exit(EXIT_SUCCESS);
    unreachable!("the emulator has ended")
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    hprintln!("{}", info);
    exit(EXIT_FAILURE);
    loop {}
}
