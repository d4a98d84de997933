//! How the numbers of each node are distributed, and what is wrong with them.

use toddle::check::{self, Finding, FindingKind, Verdict};
use toddle::{Float, Samples};
use toddle_data::{Augment, Augmented};
use toddle_look::inside;

use super::Response;
use super::input::target;
use super::work::{Work, no_samples};
use crate::protocol::{Alarm, AlarmKind, Answer, Fault, Half, Histogram, Histograms, Level, NodeHistograms};

/// The samples of the values and the gradients.
const SAMPLES: usize = 64;

impl<T: Float + From<f32>> Work<T> {
    pub fn histograms(&self) -> Response {
        let dataset = self.dataset(Half::Train)?;
        let samples = SAMPLES.min(dataset.len());
        let width = self.network.output().size();
        let x: Vec<T> = (0..samples).flat_map(|n| self.inputs(dataset, n)).collect();
        let mut trace = self.network.trace(&x)?;
        let mut dy = Vec::with_capacity(samples * width);
        for (n, y) in trace.output().chunks_exact(width).enumerate() {
            dy.extend(self.network.judge(self.loss(), y, &target(dataset, n))?.1);
        }
        let value = |name: &str| trace.value(name).unwrap_or_default();
        let values: Vec<Vec<T>> = self.network.nodes().iter().map(|node| value(node.name())).collect();
        let back = trace.backward(&dy)?;
        let nodes = self.network.nodes().iter().zip(values).enumerate().map(|(n, (node, values))| {
            let weights = &self.network.weights()[self.network.layout().layer(n)];
            NodeHistograms {
                name: node.name().into(),
                kind: node.kind().into(),
                weights: histogram(weights),
                values: histogram(&values),
                gradients: histogram(&back.value(node.name()).unwrap_or_default()),
            }
        });
        Ok(Answer::Histograms(Histograms { samples, nodes: nodes.collect(), alarms: self.alarms()? }))
    }

    /// What `toddle check` says of the weights as they are now.
    fn alarms(&self) -> Result<Vec<Alarm>, Fault> {
        let parts = self.parts.as_ref().ok_or_else(no_samples)?;
        let samples = Augmented::new(&parts.train, &Augment::default(), u64::from(self.experiment.seed))?;
        let samples: &dyn Samples<T> = &samples;
        let fit = self.experiment.fit(self.machine);
        let report = check::health(&self.network, &fit, samples).map_err(|error| Fault::of(&error))?;
        Ok(report.findings.into_iter().map(alarm).collect())
    }
}

fn alarm(finding: Finding) -> Alarm {
    let Finding { verdict, node, kind, message, remedy, .. } = finding;
    let kind = match kind {
        Some(FindingKind::Dead) => AlarmKind::Dead,
        Some(FindingKind::Saturated) => AlarmKind::Saturated,
        Some(FindingKind::Vanishing) => AlarmKind::Vanishing,
        Some(FindingKind::Exploding) => AlarmKind::Exploding,
        None => AlarmKind::Other,
    };
    let level = if verdict == Verdict::Wrong { Level::Wrong } else { Level::Doubtful };
    Alarm { node, kind, level, text: message, remedy: remedy.unwrap_or_default() }
}

/// None if there are no numbers, or one of them is not finite.
fn histogram<T: Float>(numbers: &[T]) -> Option<Histogram> {
    let each = || numbers.iter().map(|x| x.to_f64());
    if numbers.is_empty() || !each().all(f64::is_finite) {
        return None;
    }
    let inside::Histogram { low, high, counts, .. } = inside::Histogram::of("", each());
    let count = numbers.len() as f64;
    let mean = each().sum::<f64>() / count;
    let squares: f64 = each().map(|x| (x - mean) * (x - mean)).sum();
    let counts = counts.into_iter().map(u64::from).collect();
    Some(Histogram { least: low, most: high, counts, mean, deviation: (squares / count).sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_counts_every_number_once() {
        let numbers: Vec<f64> = (0..400).map(f64::from).collect();
        let of = histogram(&numbers).unwrap();
        assert_eq!((of.least, of.most, of.mean), (0.0, 399.0, 199.5));
        assert_eq!(of.counts.iter().sum::<u64>(), 400);
        assert!(of.counts.iter().all(|count| (9..=11).contains(count)), "{:?}", of.counts);
        assert_eq!(histogram(&[2.0f32; 3]).unwrap().counts.iter().sum::<u64>(), 3);
        assert_eq!(histogram(&[f32::NAN]), None);
    }
}
