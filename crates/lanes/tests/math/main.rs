//! How far exp, ln, tanh and their kin are from the true values, and that every form of vectors gives the same bits.

mod truth;

use std::thread;

use toddle_lanes::{Float, Isa, Kernel, LANES, Real, Simd, math};
use truth::{Function, Precision, Truth, Truths, Values, Worst, random, random_f64, same, scale};

/// A line of the recorded values: a function, an argument and the value there.
struct Golden {
    function: Function,
    x: f64,
    value: Truth<f64>,
}

fn goldens() -> Vec<Golden> {
    let number = |digits: &str| f64::from_bits(u64::from_str_radix(digits, 16).unwrap());
    let parse = |line: &str| {
        let [name, x, high, low, exponent] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let function = *Function::ALL.iter().find(|function| function.name() == name).unwrap();
        let value = Truth { high: number(high), low: number(low), exponent: exponent.parse().unwrap() };
        Golden { function, x: number(x), value }
    };
    include_str!("../../../testkit/goldens/math/elementary.txt").lines().map(parse).collect()
}

/// The same measurement on every CPU's share of `0..count` blocks of sixteen, made by `block`.
fn worst<T: Float>(function: Function, count: u64, block: impl Fn(u64) -> [T; LANES] + Sync) -> Worst<T> {
    const CHUNK: u64 = 256;
    let workers = thread::available_parallelism().map_or(1, |n| n.get()) as u64;
    let share = |worker: u64| {
        let chunks = (0..count.div_ceil(CHUNK)).filter(|chunk| chunk % workers == worker);
        let measured = chunks.map(|chunk| {
            let blocks = chunk * CHUNK..count.min((chunk + 1) * CHUNK);
            function.worst(&blocks.map(&block).collect::<Vec<_>>())
        });
        measured.reduce(Worst::and)
    };
    thread::scope(|scope| {
        let threads = (0..workers).map(|worker| scope.spawn(move || share(worker))).collect::<Vec<_>>();
        threads.into_iter().filter_map(|thread| thread.join().unwrap()).reduce(Worst::and).unwrap()
    })
}

fn assert_close<T: Float>(function: Function, worst: Worst<T>) {
    let name = format!("{} of {}", function.name(), T::NAME);
    println!("{name}: at most {:.3} ulp, at {}", worst.ulps, worst.at);
    assert!(worst.ulps <= function.bound(), "{name}: {worst:?}");
    assert!(worst.ulps > 0.4, "{name}: nothing was measured: {worst:?}");
    assert_eq!(worst.wrong_specials, 0, "{name}: {worst:?}");
}

#[test]
fn the_true_values_agree_with_those_recorded() {
    let goldens = goldens();
    assert!(goldens.len() > 4000);
    for Golden { function, x, value } in goldens {
        for (precision, bits) in [(Precision::Full, 96), (Precision::EnoughForSingle, 60)] {
            let mut truth = [Truth::of([x; LANES])];
            Isa::detect().run(Truths { function, precision, xs: &mut truth });
            let truth = truth[0].lane(0);
            let n = (truth.exponent - value.exponent) as i32;
            let difference = (scale(truth.high, n) - value.high) + (scale(truth.low, n) - value.low);
            assert!(difference.abs() < 2f64.powi(-bits), "{function:?} at {x:e}: {truth:?}, not {value:?}");
        }
    }
}

#[test]
fn the_distance_is_that_of_the_neighbouring_numbers() {
    let one_and_a_bit = Truth { high: 1.0, low: 2f64.powi(-54), exponent: 0.0 };
    assert_eq!(one_and_a_bit.ulps(1.0), 0.25);
    assert_eq!(one_and_a_bit.ulps(1.0f64.next_up()), 0.75);
    assert_eq!(Truth { high: 1.5, low: 0.0, exponent: 0.0 }.ulps(1.5f32.next_down()), 1.0);
    assert_eq!(Truth { high: 1.25, low: 0.0, exponent: -1074.0 }.ulps(f64::from_bits(2)), 0.75);
    assert_eq!(Truth { high: 1.0, low: 0.0, exponent: 1024.0 }.ulps(f64::INFINITY), 0.0);
    assert_eq!(Truth { high: 1.0, low: 0.0, exponent: 1024.0 }.ulps(f64::MAX), 1.0);
    assert_eq!(Truth { high: 1.0, low: 0.0, exponent: 0.0 }.ulps(f64::INFINITY), f64::INFINITY);
    assert_eq!(Truth { high: 1.0, low: 0.0, exponent: 0.0 }.ulps(f64::NAN), f64::INFINITY);
}

#[test]
fn recorded_values_are_close() {
    let check = |function: Function, x: f64, ulps: f64| {
        assert!(ulps <= function.bound(), "{function:?} at {x:e}: {ulps}")
    };
    for Golden { function, x, value } in goldens() {
        check(function, x, value.ulps(function.value(x)));
        let single = function.worst(&[[x as f32; LANES]]);
        check(function, x, single.ulps);
    }
}

#[test]
fn every_251st_f32_is_close() {
    const COUNT: u64 = (1 << 32) / 251 / LANES as u64 + 1;
    for function in Function::ALL {
        let block = |n: u64| {
            std::array::from_fn(|lane| f32::from_bits(251 * (n as u32 * LANES as u32 + lane as u32)))
        };
        assert_close(function, worst(function, COUNT, block));
    }
}

#[test]
fn ten_million_random_f64_are_close() {
    for function in Function::ALL {
        let block = |n: u64| std::array::from_fn(|lane| random_f64(n * LANES as u64 + lane as u64));
        assert_close(function, worst(function, 10_000_000 / LANES as u64, block));
    }
}

/// Zeros, infinities, NaNs of either sign and with payloads, and the ends of the subnormal and normal numbers.
const SPECIAL: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f64::from_bits(0xfff8_0000_0000_0001),
    f64::from_bits(0x7ff0_0000_0000_0001),
    f64::MIN_POSITIVE,
    f64::from_bits(0x000f_ffff_ffff_ffff),
    f64::from_bits(1),
    f64::from_bits(0x8000_0000_0000_0001),
    f64::MAX,
    f64::MIN,
    0.5,
];

fn assert_same_bits<T: Float>(blocks: &[[T; LANES]]) {
    for function in Function::ALL {
        let scalar = blocks.iter().map(|block| block.map(|x| function.value(x))).collect::<Vec<_>>();
        for &isa in Isa::available() {
            let mut values = blocks.to_vec();
            isa.run(Values { function, xs: &mut values });
            for ((x, a), b) in blocks.iter().zip(&scalar).zip(&values) {
                for lane in 0..LANES {
                    let (x, a, b) = (x[lane], a[lane], b[lane]);
                    assert!(
                        same(a, b),
                        "{} of {x:e}: {a} alone, {b} in {isa}",
                        function.name(),
                        x = x.to_f64()
                    );
                }
            }
        }
    }
}

#[test]
fn every_form_gives_the_same_bits() {
    const BLOCKS: u64 = 8192;
    let number = |n: u64, lane: usize| n * LANES as u64 + lane as u64;
    let doubles = (0..BLOCKS).map(|n| std::array::from_fn(|lane| random_f64(number(n, lane))));
    assert_same_bits(&[SPECIAL].into_iter().chain(doubles).collect::<Vec<_>>());

    let single =
        |n: u64| if n.is_multiple_of(2) { f32::from_bits(random(n) as u32) } else { random_f64(n) as f32 };
    let singles = (0..BLOCKS).map(|n| std::array::from_fn(|lane| single(number(n, lane))));
    let ends =
        [f32::MIN_POSITIVE, f32::from_bits(0x7f_ffff), f32::from_bits(1), f32::MAX].map(|x| [x; LANES]);
    let special = [SPECIAL.map(|x| x as f32)].into_iter().chain(ends);
    assert_same_bits(&special.chain(singles).collect::<Vec<_>>());
}

fn assert_special<T: Float>() {
    let t = T::from_f64;
    let (zero, one, infinity, nan) = (T::ZERO, T::ONE, t(f64::INFINITY), t(f64::NAN));
    let tiny = t(if T::NAME == "f32" { 2f64.powi(-149) } else { f64::from_bits(1) });
    let huge = t(if T::NAME == "f32" { f64::from(f32::MAX) } else { f64::MAX });
    let cases: [&[(T, T)]; 7] = [
        // exp
        &[
            (zero, one),
            (-zero, one),
            (tiny, one),
            (-tiny, one),
            (infinity, infinity),
            (-infinity, zero),
            (huge, infinity),
            (-huge, zero),
            (nan, nan),
        ],
        // ln
        &[
            (one, zero),
            (zero, -infinity),
            (-zero, -infinity),
            (infinity, infinity),
            (-one, nan),
            (-tiny, nan),
            (-huge, nan),
            (-infinity, nan),
            (nan, nan),
        ],
        // tanh
        &[
            (zero, zero),
            (-zero, -zero),
            (tiny, tiny),
            (-tiny, -tiny),
            (huge, one),
            (-huge, -one),
            (infinity, one),
            (-infinity, -one),
            (nan, nan),
        ],
        // sigmoid
        &[
            (zero, t(0.5)),
            (-zero, t(0.5)),
            (tiny, t(0.5)),
            (huge, one),
            (-huge, zero),
            (infinity, one),
            (-infinity, zero),
            (nan, nan),
        ],
        // expm1
        &[
            (zero, zero),
            (-zero, -zero),
            (tiny, tiny),
            (-tiny, -tiny),
            (huge, infinity),
            (-huge, -one),
            (infinity, infinity),
            (-infinity, -one),
            (nan, nan),
        ],
        // ln_1p
        &[
            (zero, zero),
            (-zero, -zero),
            (tiny, tiny),
            (-tiny, -tiny),
            (-one, -infinity),
            (-huge, nan),
            (infinity, infinity),
            (-infinity, nan),
            (nan, nan),
        ],
        // erf
        &[
            (zero, zero),
            (-zero, -zero),
            (tiny, tiny),
            (-tiny, -tiny),
            (huge, one),
            (-huge, -one),
            (infinity, one),
            (-infinity, -one),
            (nan, nan),
        ],
    ];
    for (function, cases) in Function::ALL.iter().zip(cases) {
        for &(x, due) in cases {
            let value = function.value(x);
            assert!(same(value, due), "{} of {x}: {value}, not {due}", function.name());
        }
    }
}

#[test]
fn special_values_are_exact() {
    assert_special::<f32>();
    assert_special::<f64>();
}

#[test]
fn tanh_and_erf_are_odd_and_tanh_its_own_argument_near_zero() {
    for counter in 0..100_000 {
        let x = random_f64(counter);
        for function in [Function::Tanh, Function::Erf] {
            assert!(same(function.value(-x), -function.value(x)), "{function:?} of {x:e}");
            assert!(same(function.value(-x as f32), -function.value(x as f32)), "{function:?} of {x:e}");
        }
        if x.abs() < 1e-8 {
            assert_eq!(math::tanh(x).to_bits(), x.to_bits(), "{x:e}");
        }
    }
}

/// Square roots in place.
struct Roots<'a, T>(&'a mut [[T; LANES]]);

impl<T: Float> Kernel<T> for Roots<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        for x in self.0 {
            simd.store(simd.load(x).sqrt(), x);
        }
    }
}

#[test]
fn square_roots_are_rounded_once_in_every_form() {
    let doubles: Vec<[f64; LANES]> = [SPECIAL]
        .into_iter()
        .chain((0..1000).map(|n| std::array::from_fn(|lane| random_f64(16 * n + lane as u64))))
        .collect();
    let singles: Vec<_> = doubles.iter().map(|xs| xs.map(|x| x as f32)).collect();
    for isa in Isa::available() {
        let (mut roots, mut single_roots) = (doubles.clone(), singles.clone());
        isa.run(Roots(&mut roots));
        isa.run(Roots(&mut single_roots));
        for (x, root) in doubles.iter().flatten().zip(roots.iter().flatten()) {
            assert!(same(*root, f64::sqrt(*x)), "√{x:e} is {root:e} in {isa}");
        }
        for (x, root) in singles.iter().flatten().zip(single_roots.iter().flatten()) {
            assert!(same(*root, f32::sqrt(*x)), "√{x:e} is {root:e} in {isa}");
        }
    }
}
