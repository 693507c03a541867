//! Small dense systems of linear equations and inequalities.

/// The solution of `matrix · x = right`, by Gaussian elimination with partial pivoting; none where the
/// matrix is singular or not finite.
pub fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for column in 0..size {
        let largest = |a: &usize, b: &usize| {
            let [a, b] = [a, b].map(|row| matrix[*row][column].abs());
            a.total_cmp(&b)
        };
        let pivot = (column..size).max_by(largest)?;
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let (done, below) = matrix.split_at_mut(column + 1);
        let pivot_row = &done[column];
        if pivot_row[column] == 0.0 || !pivot_row[column].is_finite() {
            return None;
        }
        for (offset, row) in below.iter_mut().enumerate() {
            let factor = row[column] / pivot_row[column];
            subtract(row, pivot_row, factor);
            right[column + 1 + offset] -= factor * right[column];
        }
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|j| matrix[row][j] * right[j]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    Some(right)
}

/// What rounding may leave of a zero in the simplex method.
const ROUNDING: f64 = 1e-12;

/// The `x ≥ 0` of greatest sum with `matrix · x ≤ 1`, for a square matrix: the simplex method with Bland's
/// rule, which ends even though every corner of a game may be degenerate. Where rounding keeps it
/// from the end, the last corner.
pub fn greatest_sum(matrix: &[Vec<f64>]) -> Vec<f64> {
    let size = matrix.len();
    // A slack for each row; the columns are x, the slacks and the right side.
    let mut rows = Vec::with_capacity(size);
    for (i, row) in matrix.iter().enumerate() {
        let mut slacks = vec![0.0; size];
        slacks[i] = 1.0;
        rows.push([&row[..], &slacks, &[1.0]].concat());
    }
    // What the sum gains by each variable outside the basis.
    let mut gains = [vec![1.0; size], vec![0.0; size + 1]].concat();
    let mut basis: Vec<usize> = (size..2 * size).collect();
    for _ in 0..100 * size * size {
        let Some(entering) = gains[..2 * size].iter().position(|gain| *gain > ROUNDING) else {
            break;
        };
        let ratio = |row: usize| rows[row][2 * size] / rows[row][entering];
        let bounding = (0..size).filter(|row| rows[*row][entering] > ROUNDING);
        let tightest = bounding.min_by(|a, b| {
            let first = ratio(*a).total_cmp(&ratio(*b));
            first.then(basis[*a].cmp(&basis[*b]))
        });
        let Some(leaving) = tightest else { break };
        let pivot = rows[leaving][entering];
        let pivot_row: Vec<f64> = rows[leaving].iter().map(|entry| entry / pivot).collect();
        for row in rows.iter_mut().chain([&mut gains]) {
            let factor = row[entering];
            subtract(row, &pivot_row, factor);
        }
        rows[leaving] = pivot_row;
        basis[leaving] = entering;
    }
    let mut solution = vec![0.0; 2 * size];
    for (variable, row) in basis.into_iter().zip(rows) {
        solution[variable] = row[2 * size].max(0.0);
    }
    solution.truncate(size);
    solution
}

/// `row −= factor · other`.
fn subtract(row: &mut [f64], other: &[f64], factor: f64) {
    for (entry, other) in row.iter_mut().zip(other) {
        *entry -= factor * other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_a_singular_one_is_not() {
        let matrix = vec![
            vec![0.0, 2.0, 1.0],
            vec![1.0, 1.0, 0.0],
            vec![3.0, 0.0, 1.0],
        ];
        let found = solve(matrix, vec![7.0, 3.0, 6.0]).unwrap();
        for (a, b) in found.iter().zip([1.0, 2.0, 3.0]) {
            assert!((a - b).abs() < 1e-15, "{found:?}");
        }
        assert_eq!(
            solve(vec![vec![1.0, 2.0], vec![2.0, 4.0]], vec![1.0, 2.0]),
            None
        );
        assert_eq!(solve(vec![vec![f64::NAN]], vec![1.0]), None);
    }

    #[test]
    fn the_greatest_sum_lies_on_the_right_corner() {
        // x ≤ 1/2 and x + 4 y ≤ 1.
        let corner = greatest_sum(&[vec![2.0, 0.0], vec![1.0, 4.0]]);
        assert_eq!(corner, [0.5, 0.125]);
    }
}
