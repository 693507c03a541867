//! A shape that a person drew.

use super::{Distribution, Luck, Point, moments, pick};

/// The standard deviation of the noise around a drawn point along each axis.
const JITTER: f32 = 0.04;
/// The least number of points.
const LEAST: usize = 2;

/// A shape that a person drew: one of its points, each as likely, with a little Gaussian noise. One class.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    points: Vec<Point>,
}

/// Why a drawing is no distribution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DrawnError {
    /// Hardly anything was drawn.
    #[error("this drawing has too few points: {found}, not {LEAST} at least")]
    TooFew {
        /// Points that there are.
        found: usize,
    },
    /// A coordinate is NaN or infinite.
    #[error("point {point} of the drawing is not finite")]
    NotFinite {
        /// Which, counted from 1.
        point: usize,
    },
    /// All points are the same.
    #[error("all points of the drawing are in one place")]
    OnePlace,
}

impl Drawn {
    /// The shape of `points`, on any scale: it is moved and scaled to unit variance.
    ///
    /// # Errors
    /// There are too few points, one is not finite, or all are in one place.
    pub fn new(points: &[Point]) -> Result<Self, DrawnError> {
        if points.len() < LEAST {
            return Err(DrawnError::TooFew {
                found: points.len(),
            });
        }
        let finite = |point: &Point| point.iter().all(|x| x.is_finite());
        if let Some(place) = points.iter().position(|point| !finite(point)) {
            return Err(DrawnError::NotFinite { point: place + 1 });
        }
        if points.iter().all(|point| point == &points[0]) {
            return Err(DrawnError::OnePlace);
        }
        let (mean, variance) = moments(points);
        let scale = f64::from(1.0 - JITTER * JITTER).sqrt() / variance.sqrt();
        let scaled = |point: &Point| {
            [0, 1].map(|axis| ((f64::from(point[axis]) - mean[axis]) * scale) as f32)
        };
        Ok(Drawn {
            points: points.iter().map(scaled).collect(),
        })
    }

    /// The points, moved and scaled.
    pub fn points(&self) -> &[Point] {
        &self.points
    }
}

impl Distribution for Drawn {
    fn classes(&self) -> usize {
        1
    }

    fn point(&self, _class: usize, luck: Luck) -> Point {
        let centre = self.points[pick(luck.place, self.points.len())];
        luck.around(centre, JITTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_on_any_scale_is_centred_and_has_unit_variance() {
        let line: Vec<Point> = (0..100).map(|x| [x as f32 + 1e3, 0.5 * x as f32]).collect();
        let drawn = Drawn::new(&line).unwrap();
        let points: Vec<Point> = (0..40_000).map(|index| drawn.sample(2, index)).collect();
        let (mean, variance) = moments(&points);
        assert!(mean.iter().all(|mean| mean.abs() < 0.02), "{mean:?}");
        assert!((variance - 1.0).abs() < 0.015, "{variance}");
        // It stays a line through the origin, and keeps its slope.
        let far = |[x, y]: &&Point| (y - 0.5 * x).abs() > 6.0 * JITTER;
        assert_eq!(points.iter().find(far), None);
    }

    #[test]
    fn what_is_no_drawing_is_said() {
        let problem = |points: &[Point]| Drawn::new(points).unwrap_err().to_string();
        assert_eq!(
            problem(&[[0.0, 1.0]]),
            "this drawing has too few points: 1, not 2 at least"
        );
        assert_eq!(
            problem(&[[0.0, 1.0], [f32::NAN, 0.0]]),
            "point 2 of the drawing is not finite"
        );
        assert_eq!(
            problem(&[[2.0, 1.0]; 5]),
            "all points of the drawing are in one place"
        );
        // Any finite coordinates will do.
        assert!(Drawn::new(&[[f32::MAX, 0.0], [-f32::MAX, 1e-30]]).is_ok());
    }
}
