//! Tables in Markdown.

use std::fmt;

use crate::statistics::Spread;

/// A table: its first row names the columns.
#[derive(Clone, Debug, Default)]
pub struct Table(Vec<Vec<String>>);

impl Table {
    /// A table with these columns.
    pub fn new(columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut table = Self::default();
        table.row(columns);
        table
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.0.push(cells.into_iter().map(Into::into).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, row) in self.0.iter().enumerate() {
            writeln!(f, "| {} |", row.join(" | "))?;
            if at == 0 {
                writeln!(f, "|---{}|", "|---".repeat(row.len() - 1))?;
            }
        }
        Ok(())
    }
}

/// A median and the quartiles around it.
pub fn ratio(spread: Spread) -> String {
    let Spread { low, median, high } = spread;
    format!("**{median:.2}** ({low:.2} - {high:.2})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown() {
        let mut table = Table::new(["a", "b"]);
        table.row(["1".to_owned(), ratio(Spread { low: 0.9, median: 1.0, high: 1.1 })]);
        assert_eq!(table.to_string(), "| a | b |\n|---|---|\n| 1 | **1.00** (0.90 - 1.10) |\n");
    }
}
