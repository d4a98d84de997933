//! Samples in a plane.

use crate::axis::bounds;
use crate::svg::{AXIS, Anchor, COLOURS, FAINT, INK, Svg, shortened, wide};

const SIDE: f64 = 420.0;
const LETTERS: usize = 20;
/// The most classes with a name beside the map.
const NAMED: usize = 24;

/// A point for each sample, in the colour of its class. The name of a class also stands in the middle of its points, because there are
/// fewer colours than classes may be.
///
/// Samples without classes have an empty list of `names`.
pub fn map(title: &str, subtitle: &str, points: &[[f64; 2]], labels: &[u32], names: &[String]) -> String {
    let [left, right] = bounds(points.iter().map(|point| point[0]));
    let [low, high] = bounds(points.iter().map(|point| point[1]));
    let (x0, y0) = (10.0, 52.0);
    let place =
        |[x, y]: [f64; 2]| [x0 + (x - left) / (right - left) * SIDE, y0 + (high - y) / (high - low) * SIDE];
    let width = (SIDE + 20.0).max(wide(title) + 20.0).max(wide(subtitle) + 20.0);
    let mut svg = Svg::new(width, y0 + SIDE + 12.0, title);
    svg.bold([x0, 20.0], Anchor::Start, title);
    svg.text([x0, 40.0], Anchor::Start, FAINT, subtitle);
    svg.line(format!("M{x0} {y0}h{SIDE}v{SIDE}h-{SIDE}z"), AXIS, 1.0);
    for (n, point) in points.iter().enumerate().filter(|(_, point)| point.iter().all(|x| x.is_finite())) {
        let label = labels.get(n).map_or(0, |&label| label as usize);
        let name = names.get(label).map_or(String::new(), |name| format!(", {name}"));
        svg.dot(place(*point), COLOURS[label % COLOURS.len()], format!("sample {n}{name}"));
    }
    for (class, name) in names.iter().enumerate().take(NAMED) {
        let own = || points.iter().zip(labels).filter(|(_, label)| **label as usize == class);
        let count = own().count();
        if count > 0 {
            let middle = [0, 1].map(|axis| own().map(|(point, _)| point[axis]).sum::<f64>() / count as f64);
            let [x, y] = place(middle);
            let name = shortened(name, LETTERS);
            let plate = [wide(&name) + 4.0, 17.0];
            svg.tint([x - plate[0] / 2.0, y - 8.5], plate, crate::svg::PAPER, 0.8);
            svg.text([x, y + 4.5], Anchor::Middle, INK, name);
        }
    }
    svg.finish()
}
