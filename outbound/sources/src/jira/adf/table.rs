//! Tables as pipe tables, the only kind that Markdown has: one header row, one line a row, nothing merged.

use super::blocks::{block, blocks};
use super::node::Node;
use super::out::Out;

/// Cells that are as wide as this or wider count as this wide; no table on a page is.
const WIDEST: u64 = 64;

pub(super) fn table(out: &mut Out, node: &Node<'_>) {
    let rows: Vec<&Node<'_>> = node.content.iter().filter(|child| child.kind == "tableRow").collect();
    let has_header = rows.first().is_some_and(|row| {
        !row.content.is_empty() && row.content.iter().all(|cell| cell.kind == "tableHeader")
    });
    let mut lines: Vec<Vec<String>> = Vec::with_capacity(rows.len() + 1);
    if !has_header {
        lines.push(Vec::new());
    }
    // For each column the rows that a cell above still reaches into.
    let mut reached: Vec<u64> = Vec::new();
    for row in rows {
        lines.push(line(out, row, &mut reached));
    }
    let width = lines.iter().map(Vec::len).max().unwrap_or(0);
    if width > 0 {
        let mut text = String::new();
        for (place, mut cells) in lines.into_iter().enumerate() {
            cells.resize(width, String::new());
            for part in ["| ", &cells.join(" | "), " |\n"] {
                text.push_str(part);
            }
            if place == 0 {
                for part in ["|", &" --- |".repeat(width), "\n"] {
                    text.push_str(part);
                }
            }
        }
        out.block(text.trim_end());
    }
    for child in node.content.iter().filter(|child| child.kind != "tableRow") {
        block(out, child);
    }
}

fn line(out: &mut Out, row: &Node<'_>, reached: &mut Vec<u64>) -> Vec<String> {
    let mut cells = Vec::with_capacity(row.content.len());
    for cell in &row.content {
        while reached.get(cells.len()).is_some_and(|rows| *rows > 0) {
            reached[cells.len()] -= 1;
            cells.push(String::new());
        }
        let (wide, high) = (cell.number("colspan").unwrap_or(1), cell.number("rowspan").unwrap_or(1));
        let mut inside = out.cell();
        if matches!(&*cell.kind, "tableCell" | "tableHeader") {
            blocks(&mut inside, &cell.content);
        } else {
            block(&mut inside, cell);
        }
        let mut text = out.take_cell(inside);
        for _ in 0..wide.clamp(1, WIDEST) {
            if reached.len() <= cells.len() {
                reached.resize(cells.len() + 1, 0);
            }
            reached[cells.len()] = high.max(1) - 1;
            cells.push(std::mem::take(&mut text));
        }
    }
    for rows in reached.iter_mut().skip(cells.len()) {
        *rows = rows.saturating_sub(1);
    }
    cells
}
