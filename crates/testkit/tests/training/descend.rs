//! A step of plain SGD on a dense layer of one sample: the bits of its reference, wherever in a cache line its rows begin.

use toddle::{Float, Isa};
use toddle_kernels::Run;
use toddle_kernels::dense::{reference, row};
use toddle_lanes::Aligned;
use toddle_testkit::numbers::{numbers, same_bits};

/// Rows that are a whole number of vectors together after one, two, four, eight and sixteen of them; and too few of these.
const SIZES: [(usize, usize); 8] =
    [(21, 32), (21, 40), (40, 100), (70, 18), (130, 33), (64, 17), (9, 100), (70, 10)];

fn a_step_has_the_bits_of_its_reference<T: Float>() {
    for (inputs, outputs) in SIZES {
        let (x, dy, rate) = (numbers::<T>(1, inputs), numbers::<T>(2, outputs), T::from_f64(0.3));
        let mut w = numbers::<T>(3, inputs * outputs);
        // What a row holds is nothing to its neighbours.
        w[outputs] = T::from_f64(f64::INFINITY);
        w[4 * outputs - 1] = T::from_f64(-0.0);
        let (mut expected, mut expected_b) = (w.clone(), numbers::<T>(4, outputs));
        let mut expected_dx = vec![T::ZERO; inputs];
        reference::descend_row(&x, &mut expected, &mut expected_b, &dy, &mut expected_dx, rate);

        for (isa, begin) in Isa::available().iter().flat_map(|isa| (0..16).map(move |begin| (*isa, begin))) {
            let what = format!("{inputs}→{outputs} from number {begin} of a line on, {isa}");
            let mut memory = Aligned::zeros(begin + w.len());
            let (mut b, mut dx) = (numbers::<T>(4, outputs), vec![T::ZERO; inputs]);
            memory[begin..].copy_from_slice(&w);
            let moved = &mut memory[begin..];
            row::Descend { x: &x, w: moved, b: &mut b, dy: &dy, dx: Some(&mut dx), rate }.on(isa);
            same_bits(&format!("{what}: weights"), moved, &expected).unwrap();
            same_bits(&format!("{what}: biases"), &b, &expected_b).unwrap();
            same_bits(&format!("{what}: dx"), &dx, &expected_dx).unwrap();
        }
    }
}

#[test]
fn a_step_on_a_row_has_the_bits_of_its_reference_wherever_it_lies() {
    a_step_has_the_bits_of_its_reference::<f32>();
    a_step_has_the_bits_of_its_reference::<f64>();
}
