//! Tables for people: aligned columns that fit in a terminal. Control characters are escaped, because other programs
//! may have written the text.

use std::collections::HashMap;

use toddle::escaped;

/// The minimum width of a terminal, in letters.
pub const WIDTH: usize = 80;

/// The number of spaces between columns.
const GAP: usize = 2;

/// Columns of cells as lines. The first cell of a column is its title.
pub fn align(columns: &[Vec<String>]) -> String {
    let columns = &columns.iter().map(|column| shown(column)).collect::<Vec<_>>();
    let widths: Vec<usize> = columns.iter().map(|column| width(column)).collect();
    let mut text = String::new();
    for row in 0..columns[0].len() {
        let cells = columns.iter().zip(&widths).map(|(column, &widest)| format!("{:<widest$}", column[row]));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

/// [`align`] with the cells of the last column broken into lines after commas, so that the table fits in a terminal.
pub fn align_broken(columns: &[Vec<String>]) -> String {
    let (last, others) = columns.split_last().expect("a table has columns");
    let used: usize = others.iter().map(|column| width(column) + GAP).sum();
    let mut broken = vec![Vec::new(); columns.len()];
    for (row, cell) in last.iter().enumerate() {
        for (n, line) in lines(&escaped(cell), WIDTH.saturating_sub(used)).into_iter().enumerate() {
            for (column, of) in broken.iter_mut().zip(others) {
                column.push(if n == 0 { of[row].clone() } else { String::new() });
            }
            broken[others.len()].push(line);
        }
    }
    align(&broken)
}

/// [`align`] with the last columns below the others, if all columns would be wider than a terminal. Each part begins
/// with the first column.
pub fn align_parted(columns: &[Vec<String>]) -> String {
    let (names, mut rest) = columns.split_first().expect("a table has columns");
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let mut used = width(names);
        let fits = |column: &&Vec<String>| {
            used += GAP + width(column);
            used <= WIDTH
        };
        let (part, others) = rest.split_at(rest.iter().take_while(fits).count().max(1));
        parts.push(align(&[std::slice::from_ref(names), part].concat()));
        rest = others;
    }
    parts.join("\n")
}

/// Cuts the beginnings of the cells of the first column, so that the table fits in a terminal. The ends of names differ
/// more than the beginnings.
pub fn shorten_first(columns: &mut [Vec<String>]) {
    let others: usize = columns[1..].iter().map(|column| width(column) + GAP).sum();
    let room = WIDTH.saturating_sub(others);
    columns[0] = shown(&columns[0]);
    for cell in &mut columns[0] {
        let letters = cell.chars().count();
        if letters > room {
            *cell = std::iter::once('…').chain(cell.chars().skip(letters + 1 - room.max(1))).collect();
        }
    }
}

/// The start and the end of a name that is longer than `room`, because names may differ in either.
pub fn shortened(name: &str, room: usize) -> String {
    let name = escaped(name);
    let letters = name.chars().count();
    if letters <= room {
        return name;
    }
    let start = (room - 1) / 2;
    let end = name.chars().skip(letters - (room - 1 - start));
    name.chars().take(start).chain(std::iter::once('…')).chain(end).collect()
}

/// The names of classes, shortened for a table.
///
/// Names that would look the same begin with the place of the class: `(3) left…lung`.
pub struct ShortNames<'a> {
    names: &'a [String],
    short: Vec<String>,
    /// Whether the name begins with the place.
    is_numbered: Vec<bool>,
}

impl<'a> ShortNames<'a> {
    /// The names in at most `room` letters.
    pub fn new(names: &'a [String], room: usize) -> Self {
        let mut short: Vec<String> = names.iter().map(|name| shortened(name, room)).collect();
        let mut counts = HashMap::new();
        short.iter().for_each(|name| *counts.entry(name.clone()).or_insert(0) += 1);
        let is_numbered: Vec<bool> = short.iter().map(|name| counts[name] > 1).collect();
        for (place, name) in names.iter().enumerate().filter(|(place, _)| is_numbered[*place]) {
            let number = format!("({place}) ");
            short[place] = format!("{number}{}", shortened(name, room.saturating_sub(number.len()).max(2)));
        }
        ShortNames { names, short, is_numbered }
    }

    /// The name of the class at this place.
    pub fn at(&self, place: usize) -> String {
        self.short[place].clone()
    }

    /// The name of the class `name`.
    pub fn of(&self, name: &str) -> String {
        match self.names.iter().position(|known| known == name) {
            Some(place) => self.at(place),
            None => escaped(name),
        }
    }

    /// A line for each class whose name begins with its place: the whole name. None if there is no such class.
    pub fn legend(&self) -> Option<String> {
        let numbered = self.names.iter().enumerate().filter(|(place, _)| self.is_numbered[*place]);
        let lines: Vec<String> =
            numbered.map(|(place, name)| format!("({place}) is {}\n", escaped(name))).collect();
        (!lines.is_empty()).then(|| lines.concat())
    }
}

/// Text in lines of at most `width` letters, broken after commas. A longer piece without a comma stays whole.
fn lines(text: &str, width: usize) -> Vec<String> {
    let letters = |text: &str| text.trim_end().chars().count();
    let mut lines = vec![String::new()];
    for piece in text.split_inclusive(", ") {
        let line = lines.last_mut().expect("there is a line");
        if !line.is_empty() && line.chars().count() + letters(piece) > width {
            lines.push(piece.into());
        } else {
            line.push_str(piece);
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// Aligns the cells of a column to the right.
pub fn to_the_right(column: &mut [String]) {
    let widest = width(column);
    column.iter_mut().for_each(|cell| *cell = format!("{:>widest$}", escaped(&*cell)));
}

fn width(column: &[String]) -> usize {
    shown(column).iter().map(|cell| cell.chars().count()).max().unwrap_or(0)
}

fn shown(column: &[String]) -> Vec<String> {
    column.iter().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_classes_stay_different() {
        let names = ["patient_1_left", "patient_2_left", "none"].map(str::to_owned);
        let short = ShortNames::new(&names, 10);
        assert_eq!([0, 1, 2].map(|place| short.at(place)), ["(0) pa…eft", "(1) pa…eft", "none"]);
        assert_eq!(short.of("patient_2_left"), "(1) pa…eft");
        assert_eq!(short.legend().unwrap(), "(0) is patient_1_left\n(1) is patient_2_left\n");
        assert_eq!(ShortNames::new(&names, 20).legend(), None);
    }

    #[test]
    fn a_long_name_keeps_its_start_and_its_end() {
        assert_eq!(shortened("seven", 5), "seven");
        assert_eq!(shortened("the quick brown fox", 9), "the … fox");
        assert_eq!(shortened("the quick brown fox", 8), "the… fox");
    }

    fn column<const N: usize>(cells: [&str; N]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn long_cells_are_broken() {
        let long = "conv2d { filters = 64, kernel = 3×3, stride = 2, padding = 1, groups = 4, bias = false, fast = true }";
        let table = align_broken(&[column(["layer", "conv1", "tanh1"]), column(["is", long, "tanh"])]);
        let expected = "\
layer  is
conv1  conv2d { filters = 64, kernel = 3×3, stride = 2, padding = 1, groups = 4,
       bias = false, fast = true }
tanh1  tanh
";
        assert_eq!(table, expected);
        assert_eq!(lines("", 7), [""]);
    }

    #[test]
    fn many_columns_are_parted() {
        let wide = "a".repeat(30);
        let columns =
            [column(["name", "x"]), column(["one", &wide]), column(["two", &wide]), column(["three", "y"])];
        let table = align_parted(&columns);
        assert!(table.lines().all(|line| line.chars().count() <= WIDTH), "{table}");
        assert_eq!(table.matches("name").count(), 1, "{table}");
        let table = align_parted(&[&columns[..], &columns[1..]].concat());
        assert_eq!(table.matches("name").count(), 2, "{table}");
        assert!(table.lines().all(|line| line.chars().count() <= WIDTH), "{table}");
    }
}
