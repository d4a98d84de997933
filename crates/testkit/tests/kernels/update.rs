//! Updates, in every form of vectors and both number types: the bits of their references, however the weights are cut.

use toddle::{Float, Isa};
use toddle_kernels::Run;
use toddle_kernels::update::flat::{AllFinite, Clamp, Follow, Scale, Update};
use toddle_kernels::update::norm::{LEAF, SquareSums, leaves, norm};
use toddle_kernels::update::{
    Adadelta, Adagrad, Adam, Adamax, Average, Lion, Method, Nadam, Prepare, RmsProp, Sgd, reference,
};
use toddle_testkit::numbers::{numbers, same_bits};

/// Numbers in the ranges: none, part of a vector, whole ones, and both.
const SIZES: [usize; 6] = [0, 1, 15, 16, 17, 1000];

fn scalar<T: Float>(value: f64) -> T {
    T::from_f64(value)
}

/// Gradient and weight as they are, clipped and penalised, decayed.
fn prepares<T: Float>() -> [Prepare<T>; 3] {
    let (scale, l1, l2) = (scalar(0.7), scalar(0.01), scalar(0.02));
    [
        Prepare::NOTHING,
        Prepare { scale, l1, l2, ..Prepare::NOTHING },
        Prepare { shrink: scalar(0.99), ..Prepare::NOTHING },
    ]
}

/// Gradients and weights with signs and zeros among them.
fn gradient_and_weights<T: Float>(size: usize) -> (Vec<T>, Vec<T>) {
    let (mut g, mut w) = (numbers::<T>(1, size), numbers::<T>(2, size));
    g.iter_mut().step_by(7).for_each(|g| *g = T::ZERO);
    w.iter_mut().step_by(5).for_each(|w| *w = T::ZERO);
    (g, w)
}

/// Slots with numbers that a step may find in them: none below zero, and some that are about to become subnormal.
fn filled<T: Float>(slots: usize, size: usize) -> Vec<Vec<T>> {
    let positive = |slot| {
        let mut slot: Vec<T> =
            numbers::<T>(10 + slot as u32, size).into_iter().map(toddle_lanes::Real::abs).collect();
        slot.iter_mut().step_by(14).for_each(|x| *x = T::MIN_POSITIVE);
        slot
    };
    (0..slots).map(positive).collect()
}

#[test]
fn means_end_at_zero_once_gradients_are_zero() {
    let (mean, square) = (Average::new(0.9), Average::new(0.99));
    let adam = Adam { rate: 0.01f32, mean, square, correction: 1.0, epsilon: 1e-8 };
    let (mut w, mut m, mut v) = ([1.0; 40], [0.5; 40], [0.5; 40]);
    for &isa in Isa::available() {
        for _ in 0..10_000 {
            let (prepare, g) = (Prepare::NOTHING, &[0.0; 40][..]);
            isa.run(Update { method: adam, prepare, g, w: &mut w, slots: [&mut m, &mut v] });
        }
        assert_eq!((m, v), ([0.0; 40], [0.0; 40]), "{isa}");
        (m, v) = ([0.5; 40], [0.5; 40]);
    }
}

/// Weights, and then slots, after a step of `method` on ranges that end at `cuts`.
fn stepped<T: Float, M: Method<T, N>, const N: usize>(
    isa: Isa,
    method: M,
    prepare: Prepare<T>,
    size: usize,
    cuts: &[usize],
) -> Vec<Vec<T>> {
    let (g, mut w) = gradient_and_weights::<T>(size);
    let mut slots = filled::<T>(N, size);
    let mut from = 0;
    for to in cuts.iter().copied().chain([size]) {
        let mut rest = slots.iter_mut();
        let lent = [(); N].map(|()| &mut rest.next().unwrap()[from..to]);
        let (g, w) = (&g[from..to], &mut w[from..to]);
        assert!(isa.run(Update { method, prepare, g, w, slots: lent }), "all weights are finite");
        from = to;
    }
    [vec![w], slots].concat()
}

/// Compares a method with its loop, at every size, cut nowhere and in odd places.
fn agrees<T: Float, M: Method<T, N>, const N: usize>(
    name: &str,
    method: M,
    reference: impl Fn(Prepare<T>, &[T], &mut [T], [&mut [T]; N]),
) {
    for (size, prepare) in SIZES.into_iter().flat_map(|size| prepares().map(|prepare| (size, prepare))) {
        let (g, mut w) = gradient_and_weights::<T>(size);
        let mut slots = filled::<T>(N, size);
        let mut rest = slots.iter_mut();
        reference(prepare, &g, &mut w, [(); N].map(|()| &mut rest.next().unwrap()[..]));
        let expected = [vec![w], slots].concat();
        let mut odd = [size.min(1), size.min(1), size / 2, size - size.min(3)];
        odd.sort_unstable();
        for isa in Isa::available() {
            for cuts in [&[][..], &[size / 3], &odd] {
                let got = stepped(*isa, method, prepare, size, cuts);
                let what = format!("{name} {} {isa}, {size} weights cut at {cuts:?}", T::NAME);
                for (slot, (got, expected)) in got.iter().zip(&expected).enumerate() {
                    same_bits(&format!("{what}, slot {slot}"), got, expected).unwrap();
                }
            }
        }
    }
}

fn all_agree<T: Float>() {
    let average = Average::new;
    for nesterov in [false, true] {
        let take = scalar(if nesterov { 1.0 } else { 0.7 });
        let sgd = Sgd { rate: scalar(0.1), momentum: scalar(0.9), take, nesterov };
        agrees::<T, _, 1>("momentum", sgd, |prepare, g, w, m| reference::momentum(sgd, prepare, g, w, m));
    }
    // Without a slot, momentum of nothing.
    let sgd = Sgd { rate: scalar(0.1), momentum: T::ZERO, take: T::ONE, nesterov: false };
    agrees::<T, _, 0>("sgd", sgd, |prepare, g, w, []| {
        let mut momentum = vec![T::ZERO; w.len()];
        reference::momentum(sgd, prepare, g, w, [&mut momentum]);
    });

    let (rate, epsilon) = (scalar(0.01), scalar(1e-8));
    let (mean, square, correction) = (average(0.9), average(0.999), scalar(10.0));
    let adam = Adam { rate, mean, square, correction, epsilon };
    agrees::<T, _, 2>("adam", adam, |prepare, g, w, mut slots| {
        reference::adam(adam, prepare, g, w, &mut slots);
    });
    agrees::<T, _, 3>("amsgrad", adam, |prepare, g, w, mut slots| {
        reference::adam(adam, prepare, g, w, &mut slots);
    });
    let adamax = Adamax { rate, mean, keep: scalar(0.999), epsilon };
    agrees("adamax", adamax, |prepare, g, w, slots| reference::adamax(adamax, prepare, g, w, slots));
    let (of_gradient, of_mean) = (scalar(0.003), scalar(0.005));
    let nadam = Nadam { of_gradient, of_mean, mean, square, correction, epsilon };
    agrees("nadam", nadam, |prepare, g, w, slots| reference::nadam(nadam, prepare, g, w, slots));

    for centered in [false, true] {
        let rms = RmsProp { rate, average: average(0.99), centered, momentum: scalar(0.9), epsilon };
        if !centered {
            agrees::<T, _, 1>("rmsprop", rms, |prepare, g, w, mut slots| {
                reference::rms_prop(rms, prepare, g, w, &mut slots);
            });
        } else {
            agrees::<T, _, 3>("centered rmsprop with momentum", rms, |prepare, g, w, mut slots| {
                reference::rms_prop(rms, prepare, g, w, &mut slots);
            });
        }
        agrees::<T, _, 2>("rmsprop of two slots", rms, |prepare, g, w, mut slots| {
            reference::rms_prop(rms, prepare, g, w, &mut slots);
        });
    }

    for initial in [T::ZERO, scalar(0.3)] {
        let adagrad = Adagrad { rate, initial, epsilon };
        agrees("adagrad", adagrad, |prepare, g, w, slots| reference::adagrad(adagrad, prepare, g, w, slots));
    }
    let adadelta = Adadelta { rate: T::ONE, average: average(0.9), epsilon: scalar(1e-6) };
    agrees("adadelta", adadelta, |prepare, g, w, slots| reference::adadelta(adadelta, prepare, g, w, slots));
    let lion = Lion { rate, step: average(0.9), mean: average(0.99) };
    agrees("lion", lion, |prepare, g, w, slots| reference::lion(lion, prepare, g, w, slots));
}

#[test]
fn methods_have_the_bits_of_their_references_however_they_are_cut() {
    all_agree::<f32>();
    all_agree::<f64>();
}

#[test]
fn plain_descent_is_the_posts() {
    let (g, mut w) = gradient_and_weights::<f64>(100);
    let sgd = Sgd { rate: 0.1, momentum: 0.0, take: 1.0, nesterov: false };
    let got = stepped::<f64, _, 0>(Isa::detect(), sgd, Prepare::NOTHING, 100, &[]);
    reference::sgd(0.1, &g, &mut w);
    same_bits("plain", &got[0], &w).unwrap();
}

/// The second half of what `moves` does to numbers, cut in the middle, is the second half of what it does to them all.
fn moves_alike<T: Float>(what: &str, moves: impl Fn(Isa, &mut [T]), reference: impl Fn(&mut [T])) {
    for size in SIZES {
        let mut expected = numbers::<T>(3, size);
        reference(&mut expected);
        for isa in Isa::available() {
            let mut got = numbers::<T>(3, size);
            let (left, right) = got.split_at_mut(size / 2);
            moves(*isa, left);
            moves(*isa, right);
            same_bits(&format!("{what} {} {isa} of {size}", T::NAME), &got, &expected).unwrap();
        }
    }
}

fn ranges_agree<T: Float>() {
    let factor = scalar(0.3);
    moves_alike::<T>("scale", |isa, x| Scale { factor, x }.on(isa), |x| reference::scale(factor, x));
    moves_alike::<T>("clamp", |isa, x| Clamp { limit: factor, x }.on(isa), |x| reference::clamp(factor, x));
    for size in SIZES {
        let (w, mut expected) = (numbers::<T>(1, size), numbers::<T>(2, size));
        reference::follow(factor, &w, &mut expected);
        for isa in Isa::available() {
            let mut a = numbers::<T>(2, size);
            Follow { take: factor, w: &w, a: &mut a }.on(*isa);
            same_bits(&format!("follow {} {isa} of {size}", T::NAME), &a, &expected).unwrap();
        }
    }
}

#[test]
fn scaled_clamped_and_followed_ranges_have_the_bits_of_their_references() {
    ranges_agree::<f32>();
    ranges_agree::<f64>();
}

#[test]
fn a_clamp_lets_nan_pass() {
    for isa in Isa::available() {
        let mut x = [f32::NAN, -9.0, 0.5, f32::INFINITY];
        Clamp { limit: 1.0, x: &mut x }.on(*isa);
        assert!(x[0].is_nan());
        assert_eq!(x[1..], [-1.0, 0.5, 1.0]);
    }
}

fn norms_agree<T: Float>() {
    for size in [0, 1, 17, LEAF - 1, LEAF, LEAF + 1, 7 * LEAF + 100] {
        let x = numbers::<T>(4, size);
        let expected: Vec<f64> = x.chunks(LEAF).map(|leaf| reference::square_sum(leaf).to_f64()).collect();
        assert_eq!(expected.len(), leaves(size));
        for isa in Isa::available() {
            for cut in [0, leaves(size) / 2, leaves(size)] {
                let mut sums = vec![f64::NAN; leaves(size)];
                let (left, right) = x.split_at((cut * LEAF).min(size));
                SquareSums { x: left, sums: &mut sums[..cut] }.on(*isa);
                SquareSums { x: right, sums: &mut sums[cut..] }.on(*isa);
                same_bits(&format!("{size} squares cut at leaf {cut}, {isa}"), &sums, &expected).unwrap();
            }
        }
        let plain = x.iter().map(|x| x.to_f64() * x.to_f64()).sum::<f64>().sqrt();
        assert!((norm(&expected) - plain).abs() <= 1e-6 * plain, "{} {plain}", norm(&expected));
    }
}

#[test]
fn norms_do_not_depend_on_who_sums_which_leaves() {
    norms_agree::<f32>();
    norms_agree::<f64>();
}

#[test]
fn one_number_that_is_not_finite_is_found_anywhere() {
    for isa in Isa::available() {
        for size in SIZES {
            let mut x = numbers::<f32>(1, size);
            assert!(AllFinite { x: &x }.on(*isa), "{size}");
            for at in [0, size / 2, size.saturating_sub(1)].into_iter().filter(|at| *at < size) {
                for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    let finite = std::mem::replace(&mut x[at], odd);
                    assert!(!AllFinite { x: &x }.on(*isa), "{odd} at {at} of {size}");
                    let mut w = numbers::<f32>(2, size);
                    let method = Sgd { rate: 0.1, momentum: 0.0, take: 1.0, nesterov: false };
                    let (prepare, g, w) = (Prepare::NOTHING, &x[..], &mut w[..]);
                    assert!(!isa.run(Update { method, prepare, g, w, slots: [] }), "{odd} at {at} of {size}");
                    x[at] = finite;
                }
            }
        }
    }
}
