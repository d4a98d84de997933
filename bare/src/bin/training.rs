//! A training goes on.
#![no_main]
#![no_std]

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use emballoc::Allocator;
use toddle::Nobody;
use toddle::checkpoint::decode;
use toddle_bare::{end, file, numbers};

/// The memory of all that is allocated.
#[global_allocator]
static HEAP: Allocator<{ 2 << 20 }> = Allocator::new();

#[entry]
fn main() -> ! {
    let saved = decode::<f32>(file!("training.safetensors")).expect("a model");
    let (mut network, training) = (saved.network, saved.training.expect("a training"));
    let (fit, count) = (training.fit.clone(), training.samples);
    let mut trainer = training.resume(&network, &fit, count).expect("the same training");
    hprintln!("{} parameters; a step needs {} bytes", network.weights().len(), trainer.plan().bytes());

    let (inputs, targets) = (numbers(file!("inputs")), numbers(file!("targets")));
    let samples = network.samples(&inputs, &targets).expect("samples");
    trainer.run(&mut network, &samples, None, &mut Nobody).expect("a training");
    end("weights", network.weights(), file!("weights"))
}
