//! The measured time of each layer.

use toddle::{Float, LayerTime, Machine, Network, profile};
use toddle_run::cost;

use crate::columns::{WIDTH, align, shorten_first, to_the_right};

/// The text for a layer that is fused and has no time of its own.
const FUSED: &str = "fused";

/// Microseconds a sample of each layer, forward and backward, their shares of the core's peak and of all layers' time.
pub fn table<T: Float>(network: &Network<T>, batch: usize, machine: &Machine) -> String {
    let profile = profile(network, batch, machine);
    let time_of = |time: &LayerTime| time.forward.unwrap_or_default() + time.backward.unwrap_or_default();
    let whole: f64 = profile.layers.iter().flatten().map(time_of).sum();
    let titles = ["layer", "forward", "of peak", "backward", "of peak", "of all"];
    let mut columns = titles.map(|title| vec![title.to_owned()]);
    let mut sums = [0.0; 2];
    for (node, time) in network.nodes().iter().zip(&profile.layers) {
        let (Some(layer), Some(time)) = (node.layer(), time) else { continue };
        let input = network.shape(node.inputs()[0]);
        let flops = 2 * cost::multiply_adds(&layer.spec(), input, node.output());
        // Backward there is one product for each weight's gradient, and one for the gradient to the input.
        let flops_back = flops * (1 + u64::from(time.to_input));
        let of_peak = |flops: u64, seconds: f64| match flops {
            0 => String::new(),
            _ => percent(flops as f64 / seconds / profile.peak),
        };
        let cells = [
            node.name().to_owned(),
            time.forward.map_or(FUSED.into(), microseconds),
            time.forward.map(|forward| of_peak(flops, forward)).unwrap_or_default(),
            time.backward.map_or(FUSED.into(), microseconds),
            time.backward.map(|backward| of_peak(flops_back, backward)).unwrap_or_default(),
            percent(time_of(time) / whole),
        ];
        columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        sums = [sums[0] + time.forward.unwrap_or_default(), sums[1] + time.backward.unwrap_or_default()];
    }
    let [forward, backward] = sums.map(microseconds);
    let last = [String::new(), forward, String::new(), backward, String::new(), percent(1.0)];
    columns.iter_mut().zip(last).for_each(|(column, cell)| column.push(cell));
    columns[1..].iter_mut().for_each(|column| to_the_right(column));
    shorten_first(&mut columns);
    let mut notes = vec![format!(
        "for one sample, on one thread with a peak of {:.0} GFLOP/s; each layer alone, its best time",
        profile.peak / 1e9
    )];
    if profile.layers.iter().flatten().any(|time| time.forward.is_none() || time.backward.is_none()) {
        notes.push(format!(
            "{FUSED}: computed together with a neighbouring layer, whose time includes it, or with a sum, which is not measured"
        ));
    }
    let notes = textwrap::fill(&notes.join("\n"), WIDTH);
    format!("{}\n{notes}\n", align(&columns))
}

fn microseconds(seconds: f64) -> String {
    format!("{:.2} µs", seconds * 1e6)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
