//! How often answers of some probability are right.

use crate::digits::significant;
use crate::measure::Calibration;
use crate::svg::{AXIS, Anchor, COLOURS, FAINT, GRID, Svg};

const SIDE: f64 = 260.0;
const LEFT: f64 = 58.0;
const TOP: f64 = 30.0;

/// A bar for each bin of probabilities, as high as the share of right answers. On the dashed line, probabilities are as they should
/// be.
pub fn reliability(calibration: &Calibration) -> String {
    let mut svg = Svg::new(
        LEFT + SIDE + 20.0,
        TOP + SIDE + 50.0,
        "Reliability: the share of right answers by their probability",
    );
    let error = format!("calibration error {}", significant(calibration.error));
    svg.text([LEFT, 18.0], Anchor::Start, FAINT, error);
    let place = |x: f64, y: f64| [LEFT + x * SIDE, TOP + (1.0 - y) * SIDE];
    for fifth in 0..=5 {
        let value = f64::from(fifth) / 5.0;
        let [x, y] = place(value, value);
        svg.line(format!("M{LEFT} {y:.1}h{SIDE}"), GRID, 1.0);
        svg.text([LEFT - 8.0, y + 4.5], Anchor::End, FAINT, format!("{} %", fifth * 20));
        svg.text([x, TOP + SIDE + 18.0], Anchor::Middle, FAINT, fifth * 20);
    }
    let wide = 1.0 / calibration.bins.len().max(1) as f64;
    for (n, bin) in calibration.bins.iter().enumerate().filter(|(_, bin)| bin.samples > 0) {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let title = format!(
            "{} answers with {} on average, {} right",
            bin.samples,
            percent(bin.probability),
            percent(bin.right)
        );
        let corner = place((n as f64 + 0.06) * wide, bin.right);
        svg.area(corner, [0.88 * wide * SIDE, (bin.right * SIDE).max(1.0)], COLOURS[0], title);
    }
    let ([x, y], [to_x, to_y]) = (place(0.0, 0.0), place(1.0, 1.0));
    svg.dashed(format!("M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}"), COLOURS[2]);
    svg.line(format!("M{LEFT} {TOP}v{SIDE}h{SIDE}"), AXIS, 1.0);
    svg.text([LEFT + SIDE / 2.0, TOP + SIDE + 40.0], Anchor::Middle, FAINT, "probability of the answer (%)");
    svg.upward([14.0, TOP + SIDE / 2.0], Anchor::Middle, FAINT, "right answers");
    svg.finish()
}
