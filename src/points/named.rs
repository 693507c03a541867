//! The distributions that have a name.

use std::f32::consts::{PI, TAU};

use super::{Distribution, GaussianMixture, Luck, Point};

/// A distribution with a name: curves, one a class, with Gaussian noise.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// The name on the command line and in links.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What it is, in a sentence.
    pub summary: &'static str,
    /// The number of curves.
    classes: usize,
    /// The point a share of the way along the curve of a class, on a scale of its own.
    curve: fn(usize, f32) -> Point,
    /// Where the curves' mean lies on that scale.
    centre: Point,
    /// The mean of the curves' two variances on that scale.
    variance: f32,
    /// The standard deviation of the noise along each axis, on that scale.
    noise: f32,
}

/// All that have a name, the default first.
pub static DISTRIBUTIONS: [Named; 4] = [MOONS, RINGS, SPIRAL, GRID];

/// scikit-learn's `make_moons`: half circles of radius 1 around (0, 0) and, upside down, (1, 1/2).
const MOONS: Named = Named {
    name: "moons",
    title: "Two moons",
    summary: "Two half circles, each reaching into the other.",
    classes: 2,
    curve: |class, share| {
        let (sin, cos) = (PI * share).sin_cos();
        match class {
            0 => [cos, sin],
            _ => [1.0 - cos, 0.5 - sin],
        }
    },
    centre: [0.5, 0.25],
    // x: 1/2 within a moon, 1/4 between them. y: 1/2 − 4/π² within, (2/π − 1/4)² between.
    variance: (0.5 + 0.25 + 0.5 + 1.0 / 16.0 - 1.0 / PI) / 2.0,
    noise: 0.06,
};

/// Circles of radius 1 and 2.
const RINGS: Named = Named {
    name: "rings",
    title: "Two rings",
    summary: "A circle within a circle.",
    classes: 2,
    curve: |class, share| {
        let (sin, cos) = (TAU * share).sin_cos();
        [cos, sin].map(|x| (class + 1) as f32 * x)
    },
    centre: [0.0, 0.0],
    // The mean square of the radius, halved.
    variance: (1.0 + 4.0) / 4.0,
    noise: 0.08,
};

/// Two arms of Archimedes' spiral, whose radius is the number of turns. That grows as the root of the share:
/// so points are about as dense everywhere.
const SPIRAL: Named = Named {
    name: "spiral",
    title: "Spiral",
    summary: "Two arms that wind around each other.",
    classes: 2,
    curve: |class, share| {
        let turns = SPIRAL_TURNS * share.sqrt();
        let (sin, cos) = (TAU * turns).sin_cos();
        let side = if class == 0 { turns } else { -turns };
        [side * cos, side * sin]
    },
    centre: [0.0, 0.0],
    // The mean square of the radius, halved; the second arm mirrors the first.
    variance: SPIRAL_TURNS * SPIRAL_TURNS / 4.0,
    noise: 0.03,
};

const SPIRAL_TURNS: f32 = 1.25;

/// Nine Gaussians, three by three at distance 1.
const GRID: Named = Named {
    name: "grid",
    title: "Grid of Gaussians",
    summary: "Nine small Gaussians, three by three, whose density is known at every noise level.",
    classes: 9,
    curve: |class, _| [class % 3, class / 3].map(|place| place as f32 - 1.0),
    centre: [0.0, 0.0],
    variance: 2.0 / 3.0,
    noise: 0.1,
};

/// The distribution called `grid` as a mixture.
pub fn grid() -> GaussianMixture {
    let means = (0..GRID.classes).map(|class| GRID.on_curve(class, 0.0).map(f64::from));
    GaussianMixture::new(means.collect(), f64::from(GRID.scale() * GRID.noise))
}

/// The distribution called `name`.
pub fn by_name(name: &str) -> Result<&'static Named, UnknownDistribution> {
    let found = DISTRIBUTIONS.iter().find(|known| known.name == name);
    found.ok_or_else(|| UnknownDistribution {
        name: name.to_owned(),
        known: DISTRIBUTIONS.iter().map(|known| known.name).collect(),
    })
}

/// No distribution has this name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("there is no distribution {name:?}; choose one of {known:?}")]
pub struct UnknownDistribution {
    name: String,
    known: Vec<&'static str>,
}

impl Named {
    /// Makes the mean variance 1, noise included.
    fn scale(&self) -> f32 {
        (self.variance + self.noise * self.noise).sqrt().recip()
    }

    /// A point without noise, centred and scaled.
    fn on_curve(&self, class: usize, share: f32) -> Point {
        let point = (self.curve)(class, share);
        [0, 1].map(|axis| self.scale() * (point[axis] - self.centre[axis]))
    }
}

impl Distribution for Named {
    fn classes(&self) -> usize {
        self.classes
    }

    fn point(&self, class: usize, luck: Luck) -> Point {
        luck.around(self.on_curve(class, luck.place), self.scale() * self.noise)
    }
}

#[cfg(test)]
mod tests {
    use super::super::moments;
    use super::*;

    const COUNT: u32 = 40_000;

    #[test]
    fn every_distribution_is_centred_and_has_unit_variance() {
        for named in &DISTRIBUTIONS {
            let points: Vec<Point> = (0..COUNT).map(|index| named.sample(5, index)).collect();
            let (mean, variance) = moments(&points);
            // Some three standard errors.
            assert!(
                mean.iter().all(|mean| mean.abs() < 0.02),
                "{}: {mean:?}",
                named.name
            );
            assert!((variance - 1.0).abs() < 0.015, "{}: {variance}", named.name);
        }
    }

    #[test]
    fn points_depend_on_seed_and_index_alone_and_classes_are_equally_likely() {
        for named in &DISTRIBUTIONS {
            assert_eq!(named.sample(1, 7), named.sample(1, 7));
            assert_ne!(named.sample(1, 7), named.sample(1, 8));
            assert_ne!(named.sample(1, 7), named.sample(2, 7));
            let mut counts = vec![0; named.classes()];
            for index in 0..COUNT {
                let (point, class) = named.labelled(3, index);
                assert_eq!(point, named.sample_of(class, 3, index));
                counts[class] += 1;
            }
            let expected = COUNT / named.classes() as u32;
            let near = |count: &u32| count.abs_diff(expected) < expected / 20;
            assert!(counts.iter().all(near), "{}: {counts:?}", named.name);
        }
    }

    #[test]
    fn classes_lie_where_their_curves_are() {
        let radii = |named: &Named, class| -> Vec<f32> {
            let points = (0..1000).map(|index| named.sample_of(class, 0, index));
            points.map(|[x, y]| x.hypot(y) / named.scale()).collect()
        };
        for class in [0, 1] {
            let far = |radius: &f32| (radius - (class + 1) as f32).abs() > 0.4;
            assert!(!radii(&RINGS, class).iter().any(far), "ring {class}");
        }
        // The first moon is the upper one.
        let heights = |class| (0..1000).map(move |index| MOONS.sample_of(class, 0, index)[1]);
        assert!(heights(0).sum::<f32>() > 300.0);
        assert!(heights(1).sum::<f32>() < -300.0);
        // One arm is the other, turned by half a turn.
        for index in 0..100 {
            let share = index as f32 / 100.0;
            let [x, y] = SPIRAL.on_curve(0, share);
            assert_eq!(SPIRAL.on_curve(1, share), [-x, -y]);
        }
    }

    #[test]
    fn the_grid_is_the_mixture_that_it_is_said_to_be() {
        let mixture = grid();
        let count = f64::from(COUNT);
        let points = (0..COUNT).map(|index| GRID.sample(11, index).map(f64::from));
        // E|score|² is the trace of −E∇score, which for Gaussians this far apart is 2 / deviation²; a
        // wrong place or width of the Gaussians raises it.
        let squares = points.map(|x| mixture.score(x).map(|s| s * s).iter().sum::<f64>());
        let found = squares.sum::<f64>() / count * mixture.deviation().powi(2);
        assert!((found - 2.0).abs() < 0.05, "{found}");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        assert_eq!(by_name("rings").map(|named| named.title), Ok("Two rings"));
        let problem = by_name("moon").unwrap_err().to_string();
        assert!(
            problem.contains("\"moon\"") && problem.contains("\"moons\""),
            "{problem}"
        );
    }
}
