//! What each input of a row says for or against an answer.

use crate::digits::significant;
use crate::svg::{AXIS, Anchor, COLOURS, FAINT, INK, Svg, shortened, wide};

/// The most bars of a chart: those with the largest numbers.
pub const MOST_BARS: usize = 30;

const ROW: f64 = 22.0;
const AREA: f64 = 260.0;
const TOP: f64 = 34.0;
const LETTERS: usize = 24;

/// A bar for each number, with its name: to the right for a number above 0, and to the left for one below 0. The largest numbers
/// stand at the top.
pub fn bars(title: &str, named: &[(String, f64)]) -> String {
    let mut named: Vec<(String, f64)> =
        named.iter().map(|(name, x)| (shortened(name, LETTERS), *x)).collect();
    named.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    named.truncate(MOST_BARS);
    let left = named.iter().map(|(name, _)| wide(name)).fold(40.0, f64::max) + 12.0;
    let width = left + AREA + 90.0;
    let mut svg = Svg::new(width.max(wide(title) + 12.0), TOP + ROW * named.len() as f64 + 12.0, title);
    svg.bold([6.0, 20.0], Anchor::Start, title);
    let most = named.iter().map(|(_, x)| x.abs()).fold(f64::MIN_POSITIVE, f64::max);
    let has_both = named.iter().any(|(_, x)| *x < 0.0) && named.iter().any(|(_, x)| *x > 0.0);
    let is_below = named.iter().all(|(_, x)| *x <= 0.0);
    let (zero, scale) = match (has_both, is_below) {
        (true, _) => (left + AREA / 2.0, AREA / 2.0 / most),
        (false, true) => (left + AREA, AREA / most),
        (false, false) => (left, AREA / most),
    };
    for (n, (name, x)) in named.iter().enumerate() {
        let y = TOP + ROW * n as f64;
        svg.text([left - 8.0, y + 15.0], Anchor::End, INK, name);
        let (from, long) = (zero.min(zero + x * scale), (x * scale).abs());
        let colour = if *x < 0.0 { COLOURS[0] } else { COLOURS[2] };
        svg.area([from, y + 4.0], [long, ROW - 8.0], colour, format!("{name}: {}", significant(*x)));
        svg.text([left + AREA + 8.0, y + 15.0], Anchor::Start, FAINT, significant(*x));
    }
    let bottom = TOP + ROW * named.len() as f64;
    svg.line(format!("M{zero:.1} {TOP}V{bottom:.1}"), AXIS, 1.0);
    svg.finish()
}
