//! Tables for people: columns of cells, aligned.

/// Columns of cells, the title first, as lines.
pub fn align(columns: &[Vec<String>]) -> String {
    let width = |column: &Vec<String>| column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = columns.iter().map(width).collect();
    let mut text = String::new();
    for row in 0..columns[0].len() {
        let cells = columns.iter().zip(&widths).map(|(column, &widest)| format!("{:<widest$}", column[row]));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}
