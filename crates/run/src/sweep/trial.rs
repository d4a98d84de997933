//! The list of trials, which is the same for every process.

use serde_json::Value;
use toddle::NumpyRandom;

use super::settings::{Method, Sweep};
use super::sobol;
use crate::experiment::inline;

/// One training of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The number of the trial, counted from 1.
    pub number: usize,
    /// The number of its point, counted from 1. Trials of the same point differ in their seed only.
    pub point: usize,
    /// The values of the settings of the space.
    pub values: Vec<Value>,
    /// The seed, if the sweep gives seeds.
    pub seed: Option<u32>,
}

impl Trial {
    /// The settings as `--set` takes them.
    pub fn sets(&self, sweep: &Sweep) -> Vec<String> {
        let space =
            sweep.space.keys().zip(&self.values).map(|(key, value)| format!("{key}={}", inline(value)));
        space.chain(self.seed.map(|seed| format!("seed={seed}"))).collect()
    }

    /// The name of its files.
    pub fn name(&self) -> String {
        format!("{:04}", self.number)
    }
}

impl Sweep {
    /// Whether the trials have different data.
    pub fn varies_data(&self) -> bool {
        self.space.keys().any(|key| key.starts_with("data"))
    }

    /// All trials: point by point, and each point with each seed.
    pub fn trials(&self) -> Vec<Trial> {
        let seeds: Vec<Option<u32>> = match &self.seeds[..] {
            [] => vec![None],
            seeds => seeds.iter().copied().map(Some).collect(),
        };
        let points = self.points().into_iter().enumerate();
        let trials =
            points.flat_map(|(n, values)| seeds.iter().map(move |seed| (n + 1, values.clone(), *seed)));
        let number = |(n, (point, values, seed))| Trial { number: n + 1, point, values, seed };
        trials.enumerate().map(number).collect()
    }

    /// The values of each point.
    fn points(&self) -> Vec<Vec<Value>> {
        let axes: Vec<_> = self.space.values().collect();
        let count = self.points.unwrap_or(0);
        let mut random = NumpyRandom::new(self.seed);
        match self.method {
            Method::Grid => axes.iter().fold(vec![Vec::new()], |points, axis| {
                let more = |point: Vec<Value>| {
                    axis.grid().into_iter().map(move |value| [&point[..], &[value]].concat())
                };
                points.into_iter().flat_map(more).collect()
            }),
            Method::Random => {
                (0..count).map(|_| axes.iter().map(|axis| axis.value(random.uniform())).collect()).collect()
            }
            Method::Sobol => {
                // Other seeds shift the points by other bits, which keeps them even.
                let shifts: Vec<u32> =
                    axes.iter().map(|_| (random.uniform() * 2f64.powi(32)) as u32).collect();
                let part = |axis: usize, n: usize| {
                    f64::from(sobol::coordinate(axis, n as u32) ^ shifts[axis]) / 2f64.powi(32)
                };
                let point = |n| axes.iter().enumerate().map(|(a, axis)| axis.value(part(a, n))).collect();
                (0..count).map(point).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::parse;

    fn trials(text: &str) -> Vec<Vec<String>> {
        let sweep = parse(text).expect("a sweep");
        sweep.trials().iter().map(|trial| trial.sets(&sweep)).collect()
    }

    const HEAD: &str = "version = 1\nname = \"s\"\nexperiment = \"e.toml\"\ngoal = \"loss\"\n";

    #[test]
    fn a_grid_has_every_combination_with_every_seed() {
        let text = format!(
            "{HEAD}method = \"grid\"\nseeds = [1, 2]\n[space]\na = [1, 2]\nb = [\"x\", {{ c = 0.5 }}]\n"
        );
        let trials = trials(&text);
        assert_eq!(trials.len(), 8);
        assert_eq!(trials[0], ["a=1", "b=\"x\"", "seed=1"]);
        assert_eq!(trials[1], ["a=1", "b=\"x\"", "seed=2"]);
        assert_eq!(trials[7], ["a=2", "b={ c = 0.5 }", "seed=2"]);
    }

    #[test]
    fn more_points_keep_the_first_and_other_seeds_give_others() {
        for method in ["random", "sobol"] {
            let text = |points: usize, seed: u32| {
                let space = "[space]\nrate = { from = 0.001, to = 0.1, scale = \"logarithmic\" }\nsize = [8, 16, 32]\n";
                trials(&format!("{HEAD}method = \"{method}\"\npoints = {points}\nseed = {seed}\n{space}"))
            };
            let (few, many, others) = (text(5, 0), text(20, 0), text(5, 1));
            assert_eq!(few[..], many[..5], "{method}");
            assert_ne!(few, others, "{method}");
        }
    }
}
