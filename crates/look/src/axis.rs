//! The range of numbers, and round numbers on an axis.

/// The least and the greatest of the numbers that are finite. None if there are none.
///
/// ```
/// use toddle_look::axis::range;
///
/// assert_eq!(range([2.0, f64::NAN, -1.0, f64::INFINITY]), Some([-1.0, 2.0]));
/// assert_eq!(range([f64::NAN]), None);
/// ```
pub fn range(numbers: impl IntoIterator<Item = f64>) -> Option<[f64; 2]> {
    let finite = numbers.into_iter().filter(|number| number.is_finite());
    finite.map(|number| [number; 2]).reduce(|[low, high], [number, _]| [low.min(number), high.max(number)])
}

/// Round numbers between `low` and `high`, as text: at most seven.
pub(crate) fn ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let ten = 10_f64.powf(((high - low) / 5.0).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|round| round * ten);
    let step = steps.into_iter().find(|step| (high - low) / step <= 6.0).unwrap_or(10.0 * ten);
    let digits = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    let is_long = high.abs().max(low.abs()) >= 1e7 || step < 1e-6;
    let text = |value: f64| if is_long { format!("{value:.2e}") } else { format!("{value:.digits$}") };
    (first..=last).map(|n| n as f64 * step).map(|value| (value, text(value))).collect()
}

/// The least and the greatest of the numbers, with a small margin. Numbers that are not finite do not count.
pub(crate) fn bounds(numbers: impl IntoIterator<Item = f64>) -> [f64; 2] {
    let Some([low, high]) = range(numbers) else { return [0.0, 1.0] };
    let margin = ((high - low) * 0.04).max(high.abs().max(low.abs()) * 1e-6).max(f64::MIN_POSITIVE);
    [low - margin, high + margin]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let texts = |low, high| ticks(low, high).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts(-0.3, 9.7), ["0", "2", "4", "6", "8"]);
        assert_eq!(texts(0.1, 0.42), ["0.1", "0.2", "0.3", "0.4"]);
        assert_eq!(texts(120_000.0, 480_000.0), ["200000", "300000", "400000"]);
        assert!(ticks(1e9, 1.5e9).len() < 8);
    }
}
