//! Mixup and CutMix: each sample is mixed with another one, and so are their targets.

use alloc::vec::Vec;
use toddle_lanes::{Lock, Purpose, Random, Real};

use super::Fit;
use super::samples::Samples;
use crate::error::FitError;
use crate::{Float, Network, Shape, setting};

/// Mixes samples by the settings `mixup` and `cutmix`.
///
/// The partner of a sample and the share of each are functions of the seed, the epoch and the sample.
#[derive(Debug)]
pub(super) struct Mixer<T> {
    mixup: Option<f64>,
    cutmix: Option<f64>,
    seed: u64,
    /// Channels, height and width of an input.
    shape: [usize; 3],
    /// Room for a partner, for each thread.
    rooms: Lock<Vec<Vec<T>>>,
}

/// How a sample is mixed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mix {
    /// All elements: this share of the sample, and the rest of its partner.
    Blend(f64),
    /// The partner's pixels in these rows and columns.
    Patch { rows: [usize; 2], columns: [usize; 2] },
}

impl<T: Float> Mixer<T> {
    /// The mixer of a training on so many threads. None if samples are not mixed.
    pub fn new(fit: &Fit, network: &Network<T>, threads: usize) -> Option<Self> {
        fit.mixup.or(fit.cutmix)?;
        let shape = match network.input() {
            Shape::Vector(elements) => [elements, 1, 1],
            Shape::Image { channels, height, width } => [channels, height, width],
        };
        let room = network.input().size().max(network.output().size());
        let rooms = Lock::new((0..threads).map(|_| vec![T::ZERO; room]).collect());
        Some(Mixer { mixup: fit.mixup, cutmix: fit.cutmix, seed: fit.seed, shape, rooms })
    }

    /// Writes the input of sample `n` in `epoch`, mixed.
    pub fn input(&self, samples: &dyn Samples<T>, epoch: u32, n: usize, x: &mut [T]) {
        samples.input(epoch, n, x);
        let (partner, mix) = self.draw(samples.count(), epoch, n);
        self.with_room(x.len(), |other| {
            samples.input(epoch, partner, other);
            match mix {
                Mix::Blend(share) => blend(share, x, other),
                Mix::Patch { rows: [top, bottom], columns: [left, right] } => {
                    let [_, height, width] = self.shape;
                    let (rows, others) = (x.chunks_exact_mut(width), other.chunks_exact(width));
                    for (row, (x, other)) in rows.zip(others).enumerate() {
                        if (top..bottom).contains(&(row % height)) {
                            x[left..right].copy_from_slice(&other[left..right]);
                        }
                    }
                }
            }
        });
    }

    /// Writes the target of sample `n` in `epoch`, mixed by the shares of the input.
    pub fn target(&self, samples: &dyn Samples<T>, epoch: u32, n: usize, t: &mut [T]) {
        samples.target(n, t);
        let (partner, mix) = self.draw(samples.count(), epoch, n);
        self.with_room(t.len(), |other| {
            samples.target(partner, other);
            blend(self.share(mix), t, other);
        });
    }

    /// The share of the sample itself.
    fn share(&self, mix: Mix) -> f64 {
        match mix {
            Mix::Blend(share) => share,
            Mix::Patch { rows: [top, bottom], columns: [left, right] } => {
                let [_, height, width] = self.shape;
                1.0 - ((bottom - top) * (right - left)) as f64 / (height * width) as f64
            }
        }
    }

    /// The partner of sample `n`, and how the two are mixed.
    fn draw(&self, samples: usize, epoch: u32, n: usize) -> (usize, Mix) {
        let random = &mut Random::new(self.seed, Purpose::Mix, [epoch, n as u32]);
        let partner = random.below(samples as u32) as usize;
        let mix = match (self.mixup, self.cutmix) {
            (Some(mixup), Some(_)) if random.word() & 1 == 0 => Mix::Blend(random.beta(mixup)),
            (_, Some(cutmix)) => self.patch(random.beta(cutmix), random),
            (Some(mixup), None) => Mix::Blend(random.beta(mixup)),
            (None, None) => Mix::Blend(1.0),
        };
        (partner, mix)
    }

    /// A patch of the area `1 − share`, whose middle is anywhere. What is outside of the image is cut off.
    fn patch(&self, share: f64, random: &mut Random) -> Mix {
        let [_, height, width] = self.shape;
        let half = 0.5 * Real::sqrt(1.0 - share);
        let mut side = |length: usize| {
            let (middle, half) = (random.below(length as u32) as usize, (half * length as f64) as usize);
            [middle.saturating_sub(half), (middle + half).min(length)]
        };
        Mix::Patch { rows: side(height), columns: side(width) }
    }

    fn with_room(&self, length: usize, fill: impl FnOnce(&mut [T])) {
        let mut room = self.rooms.with(Vec::pop).unwrap_or_default();
        room.resize(room.len().max(length), T::ZERO);
        fill(&mut room[..length]);
        self.rooms.with(|rooms| rooms.push(room));
    }
}

/// `x ← share·x + (1 − share)·other`
fn blend<T: Float>(share: f64, x: &mut [T], other: &[T]) {
    let [own, rest] = [share, 1.0 - share].map(T::from_f64);
    for (x, other) in x.iter_mut().zip(other) {
        *x = own * *x + rest * *other;
    }
}

/// Checks the settings of mixing.
pub(super) fn check<T: Float>(fit: &Fit, network: &Network<T>) -> Result<(), FitError> {
    fit.mixup.map_or(Ok(()), |alpha| setting::positive("mixup", alpha, "0.2"))?;
    let Some(alpha) = fit.cutmix else { return Ok(()) };
    setting::positive("cutmix", alpha, "1")?;
    match network.inputs() {
        [only] if matches!(only.shape, Shape::Image { .. }) => Ok(()),
        _ => setting::refuse("cutmix", alpha, "none, since the input of the network is no image", "none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Conv2d, Dense, Flatten, Loss, NetworkSpec, Sgd};

    const COUNT: usize = 20;
    const SHAPE: [usize; 3] = [2, 6, 5];
    const PLANE: usize = 30;

    /// Images of one colour, which is the number of the sample. The target is one-hot.
    struct Colours;

    impl Samples<f64> for Colours {
        fn count(&self) -> usize {
            COUNT
        }

        fn input(&self, _: u32, n: usize, x: &mut [f64]) {
            x.fill(n as f64);
        }

        fn target(&self, n: usize, t: &mut [f64]) {
            t.fill(0.0);
            t[n] = 1.0;
        }
    }

    fn fit() -> Fit {
        Fit::new(Loss::cross_entropy(), Sgd::new(0.1)).seed(3)
    }

    fn mixer(fit: &Fit) -> Mixer<f64> {
        let spec = NetworkSpec::new(Shape::image(2, 6, 5))
            .add(Conv2d::new(1, 3))
            .add(Flatten)
            .add(Dense::new(COUNT));
        Mixer::new(fit, &spec.build(0).unwrap(), 1).unwrap()
    }

    /// The input and the target of a sample in an epoch, and its partner.
    fn mixed(mixer: &Mixer<f64>, epoch: u32, n: usize) -> (Vec<f64>, Vec<f64>, usize) {
        let (mut x, mut t) = (vec![0.0; SHAPE.iter().product()], vec![0.0; COUNT]);
        mixer.input(&Colours, epoch, n, &mut x);
        mixer.target(&Colours, epoch, n, &mut t);
        (x, t, mixer.draw(COUNT, epoch, n).0)
    }

    #[test]
    fn mixup_blends_inputs_and_targets_by_the_same_share() {
        let mixer = mixer(&fit().mixup(1.0));
        let mut shares = Vec::new();
        for (epoch, n) in (0..100).flat_map(|epoch| (0..COUNT).map(move |n| (epoch, n))) {
            let (x, t, partner) = mixed(&mixer, epoch, n);
            assert!(x.iter().all(|pixel| *pixel == x[0]));
            assert!((t.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let colour: f64 = t.iter().enumerate().map(|(n, share)| n as f64 * share).sum();
            assert!((x[0] - colour).abs() < 1e-9, "{} {colour}", x[0]);
            if partner != n {
                shares.push(t[n]);
                assert_eq!(t[partner], 1.0 - t[n]);
            }
        }
        // With α = 1, every share is as probable as any other.
        for least in [0.1, 0.5, 0.75] {
            let above = shares.iter().filter(|share| **share > least).count() as f64 / shares.len() as f64;
            assert!((above - (1.0 - least)).abs() < 0.05, "{least}: {above}");
        }
    }

    #[test]
    fn cutmix_takes_a_rectangle_and_counts_its_area() {
        let mixer = mixer(&fit().cutmix(1.0));
        let mut shares = Vec::new();
        for (epoch, n) in (0..100).flat_map(|epoch| (0..COUNT).map(move |n| (epoch, n))) {
            let (x, t, partner) = mixed(&mixer, epoch, n);
            if partner == n {
                continue;
            }
            let foreign: Vec<usize> = (0..PLANE).filter(|at| x[*at] == partner as f64).collect();
            let own = x[..PLANE].iter().filter(|pixel| **pixel == n as f64).count();
            assert_eq!((own + foreign.len(), &x[..PLANE]), (PLANE, &x[PLANE..]));
            assert!((t[n] - own as f64 / PLANE as f64).abs() < 1e-12);
            let side = |place: fn(usize) -> usize| {
                let places = foreign.iter().map(|at| place(*at));
                places.clone().max().map_or(0, |last| last - places.min().unwrap_or(0) + 1)
            };
            assert_eq!(side(|at| at / 5) * side(|at| at % 5), foreign.len(), "{x:?}");
            shares.push(t[n]);
        }
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        assert!((0.5..0.9).contains(&mean) && shares.contains(&1.0), "{mean}");
    }

    #[test]
    fn partners_and_shares_depend_on_epoch_sample_and_seed_alone() {
        let (one, other) = (mixer(&fit().mixup(0.4)), mixer(&fit().mixup(0.4).seed(4)));
        assert_eq!(one.draw(COUNT, 3, 5), mixer(&fit().mixup(0.4)).draw(COUNT, 3, 5));
        let draws =
            [one.draw(COUNT, 3, 5), one.draw(COUNT, 4, 5), one.draw(COUNT, 3, 6), other.draw(COUNT, 3, 5)];
        for (n, draw) in draws.iter().enumerate() {
            assert!(!draws[n + 1..].contains(draw), "{draws:?}");
        }
        let partners: Vec<usize> = (0..1000).map(|epoch| one.draw(COUNT, epoch, 0).0).collect();
        assert!(
            (0..COUNT).all(|n| (25..80).contains(&partners.iter().filter(|partner| **partner == n).count()))
        );
        let both = mixer(&fit().mixup(0.4).cutmix(1.0));
        let blends = (0..1000).filter(|epoch| matches!(both.draw(COUNT, *epoch, 0).1, Mix::Blend(_))).count();
        assert!((430..570).contains(&blends), "{blends}");
    }
}
