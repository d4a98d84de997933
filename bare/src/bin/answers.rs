//! A network answers, one sample at a time.
#![no_main]
#![no_std]

extern crate alloc;

use alloc::vec;
use alloc::vec::Vec;

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use emballoc::Allocator;
use toddle::checkpoint::decode;
use toddle::{Engine, Machine, Mode, Network};
use toddle_bare::{end, file, numbers};

/// The memory of all that is allocated.
#[global_allocator]
static HEAP: Allocator<{ 104 << 10 }> = Allocator::new();

#[entry]
fn main() -> ! {
    let network: Network<f32> = decode(file!("model.safetensors")).expect("a model").network;
    let plan = network.plan(1, Mode::Infer, &Machine::detect().expect("an instruction set"));
    hprintln!("{} parameters; an answer needs {} bytes", network.weights().len(), plan.bytes());

    let (input, output) = (network.input().size(), network.output().size());
    let mut engine = Engine::new(&network, plan);
    let mut answers = Vec::new();
    for sample in file!("inputs").chunks(input * size_of::<f32>()) {
        let mut answer = vec![0.0; output];
        engine.forward(&network, &numbers(sample), &mut answer);
        answers.extend(answer);
    }
    end("answers", &answers, file!("answers"))
}
