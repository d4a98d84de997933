//! How numbers are spread.

use crate::digits::short;
use crate::inside::Histogram;
use crate::svg::{AXIS, Anchor, COLOURS, FAINT, Svg, shortened};

const WIDTH: f64 = 250.0;
const HEIGHT: f64 = 132.0;
const LEFT: f64 = 10.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 108.0;
const LETTERS: usize = 30;

/// One histogram.
pub fn histogram(histogram: &Histogram) -> String {
    let mut svg = Svg::new(WIDTH, HEIGHT, format!("Histogram of {}", histogram.name));
    draw(&mut svg, [0.0, 0.0], histogram);
    svg.finish()
}

/// Several histograms beside and below one another.
pub fn histograms(all: &[Histogram]) -> String {
    let columns = all.len().clamp(1, 3);
    let rows = all.len().div_ceil(columns);
    let mut svg = Svg::new(WIDTH * columns as f64, HEIGHT * rows as f64, "Histograms of the weights");
    for (n, histogram) in all.iter().enumerate() {
        let corner = [WIDTH * (n % columns) as f64, HEIGHT * (n / columns) as f64];
        draw(&mut svg, corner, histogram);
    }
    svg.finish()
}

fn draw(svg: &mut Svg, [x, y]: [f64; 2], Histogram { name, low, high, counts }: &Histogram) {
    let most = f64::from(counts.iter().copied().max().unwrap_or(0).max(1));
    let wide = (WIDTH - 2.0 * LEFT) / counts.len().max(1) as f64;
    svg.bold([x + LEFT, y + 16.0], Anchor::Start, shortened(name, LETTERS));
    for (n, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let tall = (f64::from(count) / most * (BOTTOM - TOP)).max(0.6);
        let from = low + (high - low) * n as f64 / counts.len() as f64;
        let title = format!("{count} from {} on", short(from));
        svg.area([x + LEFT + n as f64 * wide, y + BOTTOM - tall], [wide * 0.9, tall], COLOURS[0], title);
    }
    svg.line(format!("M{:.1} {:.1}H{:.1}", x + LEFT, y + BOTTOM, x + WIDTH - LEFT), AXIS, 1.0);
    if *low < 0.0 && *high > 0.0 {
        let zero = x + LEFT - low / (high - low) * (WIDTH - 2.0 * LEFT);
        svg.line(format!("M{zero:.1} {:.1}V{:.1}", y + TOP, y + BOTTOM + 4.0), AXIS, 1.0);
    }
    svg.text([x + LEFT, y + BOTTOM + 16.0], Anchor::Start, FAINT, short(*low));
    svg.text([x + WIDTH - LEFT, y + BOTTOM + 16.0], Anchor::End, FAINT, short(*high));
}
