//! The confusion matrix.

use crate::svg::{Anchor, COLOURS, FAINT, GRID, INK, Svg, shortened, wide};

/// The most classes of a matrix that is drawn.
pub const MOST_CLASSES: usize = 100;

/// The side of the whole matrix, and the sides that a cell may have.
const SIDE: f64 = 400.0;
const CELL: [f64; 2] = [7.0, 40.0];
/// The smallest cell in which a number is written.
const NUMBERED: f64 = 24.0;
/// How much of its colour a cell without samples shows.
const EMPTY: f64 = 0.45;
const LETTERS: usize = 14;

/// The confusion matrix: a row for each true class, and a column for each answer. Right answers are blue and mistakes are orange; the
/// darker a cell, the larger its share of its row.
pub fn confusion(names: &[String], rows: &[Vec<u64>]) -> String {
    let classes = rows.len().max(1);
    let cell = (SIDE / classes as f64).clamp(CELL[0], CELL[1]);
    let named = cell >= 12.0;
    let names: Vec<String> = names.iter().map(|name| shortened(name, LETTERS)).collect();
    let longest = names.iter().map(|name| wide(name)).fold(0.0, f64::max);
    let is_short = longest <= cell;
    let left = 34.0 + if named { longest } else { 0.0 };
    let top = 34.0
        + if !named {
            0.0
        } else if is_short {
            16.0
        } else {
            longest
        };
    let side = cell * classes as f64;
    let mut svg = Svg::new(
        left + side + 10.0,
        top + side + 10.0,
        "Confusion matrix: true classes in rows, answers in columns",
    );
    svg.text([left + side / 2.0, 18.0], Anchor::Middle, FAINT, "the network says");
    svg.upward([18.0, top + side / 2.0], Anchor::Middle, FAINT, "true class");
    for (c, name) in names.iter().enumerate().filter(|_| named) {
        let middle = (c as f64 + 0.5) * cell;
        svg.text([left - 7.0, top + middle + 4.5], Anchor::End, INK, name);
        match is_short {
            true => svg.text([left + middle, top - 7.0], Anchor::Middle, INK, name),
            false => svg.upward([left + middle + 4.5, top - 7.0], Anchor::Start, INK, name),
        }
    }
    // Without room for a number in a cell, one area stands for all cells without samples.
    let has_numbers = cell >= NUMBERED;
    if !has_numbers {
        svg.tint([left, top], [side, side], GRID, EMPTY);
    }
    for (truth, row) in rows.iter().enumerate() {
        let all: u64 = row.iter().sum();
        for (says, &count) in row.iter().enumerate() {
            let corner = [left + says as f64 * cell, top + truth as f64 * cell];
            let inner = if cell > 10.0 { cell - 1.0 } else { cell };
            if count == 0 {
                if has_numbers {
                    svg.tint(corner, [inner; 2], GRID, EMPTY);
                }
                continue;
            }
            let colour = if truth == says { COLOURS[0] } else { COLOURS[2] };
            let share = (count as f64 / all as f64).sqrt();
            svg.tint(corner, [inner; 2], colour, 0.12 + 0.6 * share);
            if has_numbers && wide(&count.to_string()) < cell + 6.0 {
                svg.text(
                    [corner[0] + inner / 2.0, corner[1] + inner / 2.0 + 4.5],
                    Anchor::Middle,
                    INK,
                    count,
                );
            }
        }
    }
    svg.finish()
}
