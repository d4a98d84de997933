//! Safe functions with ranges and places that nobody should give them: each panics, or does the same in every instruction set.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use toddle_lanes::{Float, Isa, Kernel, LANES, Part, Real, Simd, Whole};

/// Ranges that are whole, empty, turned round, too long and at the ends of what a number holds.
fn ranges() -> Vec<Range<usize>> {
    let places = [0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, usize::MAX - 1, usize::MAX];
    // Miri takes a thousand times as long.
    let places: Vec<usize> = places.into_iter().step_by(if cfg!(miri) { 4 } else { 1 }).collect();
    places.iter().flat_map(|&start| places.iter().map(move |&end| start..end)).collect()
}

/// Where the lanes would be read from.
fn starts() -> Vec<isize> {
    let far = [isize::MAX, isize::MIN, 1 << 40, 1 << 59, 1 << 60, 1 << 61, 1 << 62];
    let ends =
        far.into_iter().flat_map(|far| [far, far.wrapping_neg(), far.wrapping_add(1), far.wrapping_sub(1)]);
    (-34..=34).chain(ends).step_by(if cfg!(miri) { 17 } else { 1 }).collect()
}

/// The lanes of a mask.
struct Mask(Range<usize>);

impl<T: Float> Kernel<T> for Mask {
    type Output = Vec<f64>;
    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> Vec<f64> {
        let mut lanes = [T::ZERO; LANES];
        simd.store(S::V::select(simd.mask(self.0), simd.splat(T::ONE), simd.splat(T::ZERO)), &mut lanes);
        lanes.map(T::to_f64).to_vec()
    }
}

/// The lanes of a register's mask.
struct PartMask(Range<usize>);

impl<T: Float> Kernel<T> for PartMask {
    type Output = Vec<f64>;
    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> Vec<f64> {
        fn of<P: Part>(part: P, range: Range<usize>) -> Vec<f64> {
            let mut lanes = vec![P::T::ZERO; P::WIDTH];
            let one_or_zero = P::R::select(part.mask(range), part.splat(P::T::ONE), part.splat(P::T::ZERO));
            part.write(one_or_zero, &mut lanes);
            lanes.into_iter().map(P::T::to_f64).collect()
        }
        let lanes = of(simd.part(), self.0.clone());
        assert_eq!(of(Whole(simd), self.0)[..lanes.len()], lanes);
        lanes
    }
}

#[test]
fn masks_are_true_in_the_lanes_that_there_are() {
    for isa in Isa::available() {
        for range in ranges() {
            let check = |lanes: Vec<f64>| {
                for (lane, value) in lanes.iter().enumerate() {
                    assert_eq!(*value == 1.0, range.contains(&lane), "{isa}: {range:?}, lane {lane}");
                }
            };
            check(isa.run::<f32, _>(Mask(range.clone())));
            check(isa.run::<f64, _>(Mask(range.clone())));
            check(isa.run::<f32, _>(PartMask(range.clone())));
            check(isa.run::<f64, _>(PartMask(range.clone())));
        }
    }
}

/// What `lanes` read; `whole` of a whole vector.
struct Read<'a, T> {
    from: &'a [T],
    at: isize,
    lanes: Range<usize>,
    whole: bool,
}

impl<T: Float> Kernel<T> for Read<'_, T> {
    type Output = Vec<T>;
    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> Vec<T> {
        fn of<P: Part>(part: P, from: &[P::T], at: isize, lanes: Range<usize>) -> Vec<P::T> {
            let mut read = vec![P::T::ZERO; P::WIDTH];
            part.write(part.read_lanes(from, at, lanes), &mut read);
            read
        }
        let Read { from, at, lanes, whole } = self;
        if whole { of(Whole(simd), from, at, lanes) } else { of(simd.part(), from, at, lanes) }
    }
}

fn lanes_read_their_places_or_panic<T: Float>() {
    // What lies beside the elements that are lent is no element of theirs.
    let all: Vec<T> = (1..=96).map(|n| T::from_f64(f64::from(n))).collect();
    let from = &all[40..56];
    for isa in Isa::available() {
        for whole in [false, true] {
            for range in ranges() {
                for at in starts() {
                    let read = Read { from, at, lanes: range.clone(), whole };
                    let read = catch_unwind(AssertUnwindSafe(|| isa.run(read)));
                    let place = |lane: usize| {
                        let place = i128::try_from(lane).ok()? + at as i128;
                        from.get(usize::try_from(place).ok()?)
                    };
                    let width = read.as_ref().map_or(LANES, Vec::len);
                    let can_be = range.is_empty()
                        || range.end <= width && range.clone().all(|lane| place(lane).is_some());
                    let Ok(read) = read else {
                        assert!(!(range.is_empty() || whole && can_be), "{isa}: {range:?} from {at}");
                        continue;
                    };
                    assert!(can_be, "{isa}: {range:?} from {at} reads {read:?}");
                    for (lane, value) in read.iter().enumerate() {
                        let expected = if range.contains(&lane) { *place(lane).unwrap() } else { T::ZERO };
                        assert!(*value == expected, "{isa}: {range:?} from {at}, lane {lane}");
                    }
                }
            }
        }
    }
}

#[test]
fn lanes_read_what_they_are_lent() {
    std::panic::set_hook(Box::new(|_| ()));
    let runs = [
        catch_unwind(lanes_read_their_places_or_panic::<f32>),
        catch_unwind(lanes_read_their_places_or_panic::<f64>),
    ];
    drop(std::panic::take_hook());
    for run in runs {
        if let Err(panic) = run {
            panic!("{}", panic.downcast::<String>().map_or("a panic".into(), |text| *text));
        }
    }
}

/// A part of a slice, loaded and stored.
struct Copy<'a, T>(&'a [T], &'a mut [T]);

impl<T: Float> Kernel<T> for Copy<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        simd.store_partial(simd.load_partial(self.0), self.1);
    }
}

#[test]
fn parts_touch_nothing_beside_them() {
    fn check<T: Float>(isa: Isa) {
        let all: Vec<T> = (1..=64).map(|n| T::from_f64(f64::from(n))).collect();
        for from in 0..=20 {
            for to in 0..=20 {
                let mut written = [-T::ONE; 64];
                isa.run(Copy(&all[20..20 + from], &mut written[20..20 + to]));
                for (n, value) in written.iter().enumerate() {
                    let lane = n.wrapping_sub(20);
                    let expected = match lane {
                        lane if lane >= to.min(LANES) => -T::ONE,
                        lane if lane < from => all[n],
                        _ => T::ZERO,
                    };
                    assert!(*value == expected, "{isa}: {from} to {to}, number {n}");
                }
            }
        }
    }
    for &isa in Isa::available() {
        check::<f32>(isa);
        check::<f64>(isa);
    }
}
