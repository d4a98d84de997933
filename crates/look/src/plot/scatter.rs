//! Answers against targets.

use crate::axis::{bounds, ticks};
use crate::digits::significant;
use crate::measure::Target;
use crate::svg::{AXIS, Anchor, COLOURS, FAINT, GRID, Svg};

const SIDE: f64 = 300.0;
const LEFT: f64 = 84.0;
const TOP: f64 = 34.0;
/// The most points that are drawn, evenly spread over the samples.
const POINTS: usize = 800;

/// A point for each sample: its target to the right, and the answer upward. Right answers are on the line.
pub fn scatter(target: &Target) -> String {
    let points = &target.points;
    let title = format!("Answers against targets: {}", target.target);
    let mut svg = Svg::new(LEFT + SIDE + 24.0, TOP + SIDE + 52.0, title);
    svg.bold([LEFT, 20.0], Anchor::Start, &target.target);
    let [low, high] = bounds(points.iter().flatten().copied());
    let along = |value: f64| (value - low) / (high - low) * SIDE;
    let place = |[truth, said]: [f64; 2]| [LEFT + along(truth), TOP + SIDE - along(said)];
    for (value, text) in ticks(low, high) {
        let [x, y] = place([value, value]);
        svg.line(format!("M{LEFT} {y:.1}h{SIDE}M{x:.1} {TOP}v{SIDE}"), GRID, 1.0);
        svg.text([LEFT - 8.0, y + 4.5], Anchor::End, FAINT, &text);
        svg.text([x, TOP + SIDE + 18.0], Anchor::Middle, FAINT, &text);
    }
    svg.line(format!("M{LEFT} {:.1}L{:.1} {TOP}", TOP + SIDE, LEFT + SIDE), AXIS, 1.0);
    svg.line(format!("M{LEFT} {TOP}v{SIDE}h{SIDE}"), AXIS, 1.0);
    let shown = points.iter().enumerate().step_by(points.len().div_ceil(POINTS).max(1));
    for (n, point) in shown.filter(|(_, point)| point.iter().all(|number| number.is_finite())) {
        let [truth, said] = point.map(significant);
        svg.dot(place(*point), COLOURS[0], format!("sample {n}: says {said}, true {truth}"));
    }
    svg.text([LEFT + SIDE / 2.0, TOP + SIDE + 42.0], Anchor::Middle, FAINT, "true");
    svg.upward([14.0, TOP + SIDE / 2.0], Anchor::Middle, FAINT, "the network says");
    svg.finish()
}
