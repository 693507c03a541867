//! Symmetric matrices.

/// A square matrix, row by row.
pub type Matrix = Vec<Vec<f64>>;

/// Sweeps over all entries; Jacobi's method needs about ten for a hundred rows.
const SWEEPS: usize = 50;
/// What is left beside the diagonal, relative to the whole matrix.
const ROUNDING: f64 = 1e-15;

/// The eigenvalues of a symmetric matrix, in no order, and a unit eigenvector for each: Jacobi's method, by
/// cyclic sweeps (Golub and Van Loan, Matrix computations, §8.5).
pub fn eigen(mut matrix: Matrix) -> (Vec<f64>, Matrix) {
    let size = matrix.len();
    let unit = |i| {
        (0..size)
            .map(move |j| f64::from(u8::from(i == j)))
            .collect()
    };
    let mut vectors: Matrix = (0..size).map(unit).collect();
    let norm = |matrix: &Matrix, all: bool| {
        let entries = (0..size).flat_map(|i| (0..size).map(move |j| (i, j)));
        let entries = entries.filter(|(i, j)| all || i != j);
        entries
            .map(|(i, j)| matrix[i][j].powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let small = ROUNDING * norm(&matrix, true);
    for _ in 0..SWEEPS {
        if norm(&matrix, false) <= small {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                let rotation = rotation(&matrix, p, q);
                for row in &mut matrix {
                    [row[p], row[q]] = rotated(rotation, [row[p], row[q]]);
                }
                rotate_rows(&mut matrix, rotation, p, q);
                rotate_rows(&mut vectors, rotation, p, q);
            }
        }
    }
    let values = (0..size).map(|i| matrix[i][i]).collect();
    (values, vectors)
}

/// The cosine and sine of the angle that makes the entry at `p`, `q` vanish.
fn rotation(matrix: &Matrix, p: usize, q: usize) -> [f64; 2] {
    if matrix[p][q] == 0.0 {
        return [1.0, 0.0];
    }
    let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = tangent.hypot(1.0).recip();
    [cosine, tangent * cosine]
}

fn rotated([cosine, sine]: [f64; 2], [x, y]: [f64; 2]) -> [f64; 2] {
    [cosine * x - sine * y, sine * x + cosine * y]
}

fn rotate_rows(matrix: &mut Matrix, rotation: [f64; 2], p: usize, q: usize) {
    // p comes before q.
    let (above, below) = matrix.split_at_mut(q);
    for (x, y) in above[p].iter_mut().zip(&mut below[0]) {
        [*x, *y] = rotated(rotation, [*x, *y]);
    }
}

/// The square root of a matrix without negative eigenvalues; what rounding made negative counts as 0.
pub fn square_root(matrix: Matrix) -> Matrix {
    let size = matrix.len();
    let (values, vectors) = eigen(matrix);
    let entry = |i: usize, j: usize| {
        let parts = values.iter().zip(&vectors);
        parts
            .map(|(value, vector)| value.max(0.0).sqrt() * vector[i] * vector[j])
            .sum()
    };
    let row = |i| (0..size).map(|j| entry(i, j)).collect();
    (0..size).map(row).collect()
}

/// The product of `one` and a symmetric matrix.
pub fn product(one: &Matrix, other: &Matrix) -> Matrix {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum();
    let row = |x: &Vec<f64>| other.iter().map(|y| dot(x, y)).collect();
    one.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{self, Purpose};

    /// A random symmetric matrix; `A Aᵀ`, which has no negative eigenvalue, where `positive`.
    fn random(size: usize, positive: bool) -> Matrix {
        let number = |i, j| f64::from(rng::normal([3, 0], Purpose::Data, i as u32, j as u32));
        let row = |i: usize| (0..size).map(move |j| number(i.min(j), i.max(j))).collect();
        let matrix = (0..size).map(row).collect();
        match positive {
            true => product(&matrix, &matrix),
            false => matrix,
        }
    }

    #[track_caller]
    fn assert_same(found: &Matrix, wanted: &Matrix) {
        for (found, wanted) in found.iter().flatten().zip(wanted.iter().flatten()) {
            assert!(
                (found - wanted).abs() < 1e-10 * wanted.abs().max(1.0),
                "{found}, {wanted}"
            );
        }
    }

    #[test]
    fn eigenvectors_are_only_stretched() {
        let (values, _) = eigen(vec![vec![2.0, 1.0], vec![1.0, 2.0]]);
        assert!(
            (values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15,
            "{values:?}"
        );
        for size in [1, 5, 64] {
            let matrix = random(size, false);
            let (values, vectors) = eigen(matrix.clone());
            let stretched = values.iter().zip(&vectors);
            let stretched =
                stretched.map(|(value, vector)| vector.iter().map(|x| value * x).collect());
            // Rows of `vectors` times the matrix.
            assert_same(&product(&vectors, &matrix), &stretched.collect());
        }
    }

    #[test]
    fn the_square_root_squared_is_the_matrix() {
        let matrix = random(64, true);
        let root = square_root(matrix.clone());
        assert_same(&product(&root, &root), &matrix);
        // Of rank 1, so that most eigenvalues are 0 or rounded below it.
        for entry in square_root(vec![vec![4.0; 4]; 4]).iter().flatten() {
            assert!((entry - 1.0).abs() < 1e-7, "{entry}");
        }
    }
}
