//! toddle on a board without an operating system. `.ci/bare` runs it in an emulator.
//!
//! It reads a model that was trained elsewhere, asks it about twenty digits, and goes on with its training. Every bit has to be the
//! bit of the machine that wrote the files in `FOR_A_BOARD`: see `crates/toddle/examples/for_a_board.rs`.
#![no_main]
#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::debug::{EXIT_FAILURE, EXIT_SUCCESS, exit};
use cortex_m_semihosting::hprintln;
use emballoc::Allocator;
use toddle::checkpoint::decode;
use toddle::{Nobody, accuracy};

/// The bytes of a file that this program contains.
macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!(env!("FOR_A_BOARD"), "/", $name))
    };
}

/// The memory of all that is allocated.
#[global_allocator]
static HEAP: Allocator<{ 640 << 10 }> = Allocator::new();

#[entry]
fn main() -> ! {
    let (inputs, targets) = (numbers(file!("inputs")), numbers(file!("targets")));
    let saved = decode::<f32>(file!("model.safetensors")).expect("a model");
    let mut network = saved.network;
    hprintln!("the network has {} parameters", network.weights().len());

    let answers = network.predict(&inputs).expect("answers");
    compare("answers", &answers, file!("answers"));
    let labels: Vec<u32> = targets.chunks(10).map(|t| t.iter().position(|t| *t == 1.0).expect("a class") as u32).collect();
    hprintln!("{} % of the digits are right", 100.0 * accuracy(&answers, &labels).expect("classes"));

    let training = saved.training.expect("a training");
    let fit = training.fit.clone();
    let samples = network.samples(&inputs, &targets).expect("samples");
    let mut trainer = training.resume(&network, &fit, labels.len()).expect("the same training");
    trainer.run(&mut network, &samples, None, &mut Nobody).expect("a training");
    compare("weights after training", network.weights(), file!("weights"));
    exit(EXIT_SUCCESS);
    loop {}
}

/// The numbers in a file.
fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// Ends the program if a bit differs.
fn compare(what: &str, here: &[f32], there: &[u8]) {
    let bytes: Vec<u8> = here.iter().flat_map(|x| x.to_le_bytes()).collect();
    assert!(bytes == there, "the {what} have other bits than those of the machine that wrote the file");
    hprintln!("the {} have the same bits: {} numbers", what, here.len());
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    hprintln!("{}", info);
    exit(EXIT_FAILURE);
    loop {}
}
