//! Distributions over the plane: what a diffusion policy of two dimensions learns to draw from.
//!
//! Each is centred on the origin, and the mean of its two variances is 1, so that one noise schedule serves
//! all. A point depends on the seed and its index alone. Classes are parts that can be asked for by
//! themselves: a moon, a ring, a Gaussian.

mod drawn;
mod mixture;
mod named;

pub use drawn::{Drawn, DrawnError};
pub use mixture::GaussianMixture;
pub use named::{DISTRIBUTIONS, Named, UnknownDistribution, by_name, grid};

use crate::rng::{self, Purpose};

/// A point of the plane.
pub type Point = [f32; 2];

/// A distribution over the plane, made of classes that are equally likely.
pub trait Distribution {
    /// How many classes there are, at least 1.
    fn classes(&self) -> usize;

    /// The point that `luck` gives of class `class`.
    fn point(&self, class: usize, luck: Luck) -> Point;

    /// Point number `index` under `seed`.
    fn sample(&self, seed: u64, index: u32) -> Point {
        self.labelled(seed, index).0
    }

    /// The same with its class.
    fn labelled(&self, seed: u64, index: u32) -> (Point, usize) {
        let luck = Luck::new(seed, index);
        let class = pick(luck.class, self.classes());
        (self.point(class, luck), class)
    }

    /// Point number `index` under `seed` of class `class`, which must be less than [`Self::classes`].
    fn sample_of(&self, class: usize, seed: u64, index: u32) -> Point {
        self.point(class, Luck::new(seed, index))
    }
}

/// What decides a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Luck {
    /// Which class, uniform in [0, 1).
    class: f32,
    /// Where in the class, uniform in [0, 1).
    place: f32,
    /// How far from there, standard normal along each axis.
    jitter: Point,
}

impl Luck {
    fn new(seed: u64, index: u32) -> Self {
        let counter = [index, 0, 0, Purpose::Data as u32];
        let [class, place, a, b] = rng::philox(counter, rng::key(seed));
        Luck {
            class: rng::unit(class),
            place: rng::unit(place),
            jitter: rng::normals([a, b]),
        }
    }

    /// `centre`, moved by a Gaussian of this standard deviation.
    fn around(&self, centre: Point, deviation: f32) -> Point {
        [0, 1].map(|axis| centre[axis] + deviation * self.jitter[axis])
    }
}

/// The one of `count` things that a uniform number of [0, 1) picks.
fn pick(uniform: f32, count: usize) -> usize {
    // The product may round up to `count`.
    ((uniform * count as f32) as usize).min(count - 1)
}

/// The mean of points and the mean of their two variances.
fn moments(points: &[Point]) -> ([f64; 2], f64) {
    let count = points.len() as f64;
    let sum = |axis: usize| {
        points
            .iter()
            .map(|point| f64::from(point[axis]))
            .sum::<f64>()
    };
    let mean = [0, 1].map(|axis| sum(axis) / count);
    let squares = points
        .iter()
        .flat_map(|point| [0, 1].map(|axis| (f64::from(point[axis]) - mean[axis]).powi(2)));
    (mean, squares.sum::<f64>() / (2.0 * count))
}
