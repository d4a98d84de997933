//! Sums of two values, with a relu and without: the bits of their reference in every form of vectors.

use toddle::{Float, Isa};
use toddle_kernels::Run;
use toddle_kernels::sum::{flat, reference};
use toddle_testkit::numbers::{numbers, same_bits};

fn sums_have_the_bits_of_their_reference<T: Float>() {
    for size in [0, 1, 15, 16, 17, 1000] {
        let (one, other) = (numbers::<T>(1, size), numbers::<T>(2, size));
        for (isa, relu) in Isa::available().iter().flat_map(|isa| [(*isa, false), (*isa, true)]) {
            let (mut y, mut expected) = (vec![T::ONE; size], vec![T::ZERO; size]);
            reference::forward(&one, &other, relu, &mut expected);
            flat::Forward { one: &one, other: &other, relu, y: &mut y }.on(isa);
            same_bits(&format!("{size} numbers, relu {relu}, {isa}"), &y, &expected).unwrap();
        }
    }
}

#[test]
fn sums_are_the_same_in_every_form() {
    sums_have_the_bits_of_their_reference::<f32>();
    sums_have_the_bits_of_their_reference::<f64>();
}
