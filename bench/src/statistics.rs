//! Medians and their spread.

/// The middle of some values, and the quartiles around it: half of the values lie between these.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// A quarter of the values is smaller.
    pub low: f64,
    /// Half of the values are smaller.
    pub median: f64,
    /// A quarter of the values is larger.
    pub high: f64,
}

impl Spread {
    /// Of at least one value.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self { low: quantile(&values, 0.25), median: quantile(&values, 0.5), high: quantile(&values, 0.75) }
    }
}

/// Of values in ascending order, the one below which a share of them lies.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len() - 1;
    let at = (last as f64 * share).round() as usize;
    sorted[at.min(last)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles() {
        let spread = Spread::of(vec![5.0, 1.0, 2.0, 4.0, 3.0]);
        assert_eq!(spread, Spread { low: 2.0, median: 3.0, high: 4.0 });
        let one = Spread::of(vec![7.0]);
        assert_eq!(one, Spread { low: 7.0, median: 7.0, high: 7.0 });
    }
}
