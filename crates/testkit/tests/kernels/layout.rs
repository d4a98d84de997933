//! Samples to lanes and back, and to panels: every number lands where it belongs, in every form of vectors.

use toddle::{Float, Isa};
use toddle_kernels::layout::{FromLanes, Panel, ToLanes, ToPanels};
use toddle_kernels::{Lane, Run};
use toddle_lanes::LANES;
use toddle_testkit::numbers::{numbers, same_bits};

fn numbers_land_where_they_belong<T: Float>() {
    for size in [1, 2, 15, 16, 17, 50, 784] {
        for count in [1, 3, 8, 15, 16] {
            let samples = numbers::<T>(7, count * size);
            let at = |i: usize, n: usize| {
                if n < count && i < size { samples[n * size + i] } else { T::ZERO }
            };
            let expected: Vec<Lane<T>> = (0..size).map(|i| std::array::from_fn(|n| at(i, n))).collect();
            let panels: Vec<Panel<T>> = (0..size.div_ceil(LANES))
                .map(|p| std::array::from_fn(|n| std::array::from_fn(|i| at(p * LANES + i, n))))
                .collect();
            for &isa in Isa::available() {
                let what = |what: &str| format!("{count} samples of {size} {what}, {isa}");
                let mut block = vec![T::ONE; size * LANES];
                ToLanes { samples: &samples, block: block.as_chunks_mut().0 }.on(isa);
                same_bits(&what("to lanes"), &block, expected.as_flattened()).unwrap();

                let mut back = vec![T::ONE; samples.len()];
                FromLanes { block: &expected, samples: &mut back }.on(isa);
                same_bits(&what("from lanes"), &back, &samples).unwrap();

                let mut got = vec![[[T::ONE; LANES]; LANES]; panels.len()];
                ToPanels { block: &expected, panels: &mut got }.on(isa);
                same_bits(
                    &what("to panels"),
                    got.as_flattened().as_flattened(),
                    panels.as_flattened().as_flattened(),
                )
                .unwrap();
            }
        }
    }
}

#[test]
fn numbers_land_where_they_belong_in_every_form() {
    numbers_land_where_they_belong::<f32>();
    numbers_land_where_they_belong::<f64>();
}
