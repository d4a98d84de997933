//! Which trials are trained, and for how many epochs. Every process comes to the same answer, because it depends on the results
//! alone.

use std::collections::{BTreeMap, BTreeSet};

use super::board::TrialResult;
use super::settings::{Goal, Halving, Sweep};
use super::trial::Trial;

/// A trial, and the number of epochs after which it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Job {
    /// The number of epochs.
    pub epochs: usize,
    /// The number of the trial.
    pub trial: usize,
}

/// The results so far.
pub type Results = BTreeMap<Job, TrialResult>;

/// The rounds of a sweep. Without halving there is one round.
#[derive(Clone, Debug)]
pub struct Rungs {
    goal: Goal,
    factor: usize,
    /// The number of epochs of each round.
    epochs: Vec<usize>,
    /// The point of each trial, by the trial's number less 1.
    points: Vec<usize>,
}

/// What is known of a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The number of the point.
    pub point: usize,
    /// The number of epochs after which it was judged last.
    pub epochs: usize,
    /// The mean of its trials; none if a trial has failed.
    pub mean: Option<f64>,
}

impl Rungs {
    /// The rounds of `sweep`, whose experiment has so many epochs.
    pub fn new(sweep: &Sweep, trials: &[Trial], epochs: usize) -> Rungs {
        let mut rounds = Vec::new();
        if let Some(Halving { epochs: first, factor }) = sweep.halving {
            let longer = |epochs: &usize| Some(epochs.saturating_mul(factor));
            rounds.extend(std::iter::successors(Some(first), longer).take_while(|round| *round < epochs));
        }
        rounds.push(epochs);
        Rungs {
            goal: sweep.goal,
            factor: sweep.halving.map_or(1, |halving| halving.factor),
            epochs: rounds,
            points: trials.iter().map(|trial| trial.point).collect(),
        }
    }

    /// The trainings that can be done now, in order. Empty if the sweep is complete.
    pub fn open(&self, results: &Results) -> Vec<Job> {
        let mut points: BTreeSet<usize> = self.points.iter().copied().collect();
        for &epochs in &self.epochs {
            let of_points = self.points.iter().enumerate().filter(|(_, point)| points.contains(point));
            let jobs = of_points.map(|(n, _)| Job { epochs, trial: n + 1 });
            let open: Vec<Job> = jobs.filter(|job| !results.contains_key(job)).collect();
            if !open.is_empty() {
                return open;
            }
            let ranked = self.ranked(epochs, &points, results);
            let going_on = (ranked.len() / self.factor).max(1);
            // A point that has failed does not go on.
            let best = ranked.iter().take(going_on).filter(|standing| standing.mean.is_some());
            points = best.map(|standing| standing.point).collect();
        }
        Vec::new()
    }

    /// The points that have been judged, the best first. Points that were trained longer come before the others.
    pub fn standings(&self, results: &Results) -> Vec<Standing> {
        let mut ranked: Vec<Standing> = Vec::new();
        let all: BTreeSet<usize> = self.points.iter().copied().collect();
        for &epochs in self.epochs.iter().rev() {
            let is_new = |point: &usize| ranked.iter().all(|standing| standing.point != *point);
            let is_judged =
                |point: &usize| self.trials(*point).all(|trial| results.contains_key(&Job { epochs, trial }));
            let points = all.iter().copied().filter(|point| is_new(point) && is_judged(point)).collect();
            ranked.extend(self.ranked(epochs, &points, results));
        }
        ranked
    }

    /// The standings of `points` after so many epochs, the best first. Of equal points, the earlier comes first.
    fn ranked(&self, epochs: usize, points: &BTreeSet<usize>, results: &Results) -> Vec<Standing> {
        let standing = |&point: &usize| {
            let values = self.trials(point).map(|trial| results[&Job { epochs, trial }].value(self.goal));
            let values: Option<Vec<f64>> = values.collect();
            let mean = values.map(|values| values.iter().sum::<f64>() / values.len() as f64);
            Standing { point, epochs, mean }
        };
        let mut ranked: Vec<Standing> = points.iter().map(standing).collect();
        ranked.sort_by(|a, b| self.goal.rank(a.mean).total_cmp(&self.goal.rank(b.mean)));
        ranked
    }

    /// The numbers of the trials of a point.
    pub fn trials(&self, point: usize) -> impl Iterator<Item = usize> {
        self.points.iter().enumerate().filter(move |(_, of)| **of == point).map(|(n, _)| n + 1)
    }

    /// How many trainings there are in all.
    pub fn count(&self) -> usize {
        let all: BTreeSet<usize> = self.points.iter().copied().collect();
        let per_point = self.points.len() / all.len().max(1);
        let rounds = self.epochs.iter().scan(all.len(), |points, _| {
            let now = *points;
            *points = (now / self.factor).max(1);
            Some(now * per_point)
        });
        rounds.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::parse;
    use super::*;

    #[test]
    fn halving_trains_the_best_longer() {
        let text = "version = 1\nname = \"s\"\nexperiment = \"e.toml\"\ngoal = \"accuracy\"\nmethod = \"grid\"\nseeds = [0, 1]\n\
                    halving = { epochs = 1, factor = 3 }\n[space]\na = [1, 2, 3, 4, 5, 6, 7, 8, 9]\n";
        let sweep = parse(text).expect("a sweep");
        let trials = sweep.trials();
        let rungs = Rungs::new(&sweep, &trials, 9);
        // Point 7 is the best; point 2 fails; the accuracy of the others grows with their number.
        let of = |trial: usize| {
            let point = trials[trial - 1].point;
            let value = if point == 7 { 99.0 } else { point as f64 };
            TrialResult { accuracy: (point != 2).then_some(value), ..TrialResult::default() }
        };
        let (mut results, mut rounds) = (Results::new(), Vec::new());
        loop {
            let open = rungs.open(&results);
            let Some(job) = open.last() else { break };
            if rounds.last().is_none_or(|(epochs, _)| *epochs != job.epochs) {
                rounds.push((
                    job.epochs,
                    open.iter().map(|job| trials[job.trial - 1].point).collect::<Vec<_>>(),
                ));
            }
            // The last comes first, as another process may be faster.
            results.insert(*job, of(job.trial));
        }
        let twice = |points: &[usize]| points.iter().flat_map(|point| [*point; 2]).collect::<Vec<_>>();
        assert_eq!(
            rounds,
            [(1, twice(&[1, 2, 3, 4, 5, 6, 7, 8, 9])), (3, twice(&[7, 8, 9])), (9, twice(&[7]))]
        );
        assert_eq!(results.len(), rungs.count());
        let order: Vec<usize> = rungs.standings(&results).iter().map(|standing| standing.point).collect();
        assert_eq!(order, [7, 9, 8, 6, 5, 4, 3, 1, 2]);
    }
}
