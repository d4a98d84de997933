//! Answers against targets.

use std::slice;

use crate::axis::{bounds, ticks};
use crate::digits::significant;
use crate::measure::Target;
use crate::svg::{AXIS, Anchor, COLOURS, FAINT, GRID, Svg, shortened};

/// The most targets in one picture.
pub const MOST_SCATTERS: usize = 12;

const WIDTH: f64 = LEFT + SIDE + 24.0;
const HEIGHT: f64 = TOP + SIDE + 52.0;
const SIDE: f64 = 300.0;
const LEFT: f64 = 84.0;
const TOP: f64 = 34.0;
const LETTERS: usize = 36;
/// The most points that are drawn, evenly spread over the samples.
const POINTS: usize = 800;

/// A point for each sample: its target to the right, and the answer upward. Right answers are on the line.
pub fn scatter(target: &Target) -> String {
    scatters(slice::from_ref(target))
}

/// The [`scatter`] of each target, beside and below one another.
pub fn scatters(targets: &[Target]) -> String {
    let columns = targets.len().clamp(1, 3);
    let rows = targets.len().div_ceil(columns);
    let names = targets.iter().map(|target| &*target.target).collect::<Vec<_>>().join(", ");
    let title = format!("Answers against targets: {names}");
    let mut svg = Svg::new(WIDTH * columns as f64, HEIGHT * rows as f64, title);
    for (n, target) in targets.iter().enumerate() {
        draw(&mut svg, [WIDTH * (n % columns) as f64, HEIGHT * (n / columns) as f64], target);
    }
    svg.finish()
}

fn draw(svg: &mut Svg, [x0, y0]: [f64; 2], target: &Target) {
    let points = &target.points;
    let (left, top) = (x0 + LEFT, y0 + TOP);
    svg.bold([left, y0 + 20.0], Anchor::Start, shortened(&target.target, LETTERS));
    let [low, high] = bounds(points.iter().flatten().copied());
    let along = |value: f64| (value - low) / (high - low) * SIDE;
    let place = |[truth, said]: [f64; 2]| [left + along(truth), top + SIDE - along(said)];
    for (value, text) in ticks(low, high) {
        let [x, y] = place([value, value]);
        svg.line(format!("M{left} {y:.1}h{SIDE}M{x:.1} {top}v{SIDE}"), GRID, 1.0);
        svg.text([left - 8.0, y + 4.5], Anchor::End, FAINT, &text);
        svg.text([x, top + SIDE + 18.0], Anchor::Middle, FAINT, &text);
    }
    svg.line(format!("M{left} {:.1}L{:.1} {top}", top + SIDE, left + SIDE), AXIS, 1.0);
    svg.line(format!("M{left} {top}v{SIDE}h{SIDE}"), AXIS, 1.0);
    let shown = points.iter().enumerate().step_by(points.len().div_ceil(POINTS).max(1));
    for (n, point) in shown.filter(|(_, point)| point.iter().all(|number| number.is_finite())) {
        let [truth, said] = point.map(significant);
        svg.dot(place(*point), COLOURS[0], format!("sample {n}: says {said}, true {truth}"));
    }
    svg.text([left + SIDE / 2.0, top + SIDE + 42.0], Anchor::Middle, FAINT, "true");
    svg.upward([x0 + 14.0, top + SIDE / 2.0], Anchor::Middle, FAINT, "the network says");
}
