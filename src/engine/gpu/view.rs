//! How a tensor lies in memory: permuting, slicing and stretching move nothing.

use crate::graph::Shape;

/// A tensor's elements among those of a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The tensor's extents.
    pub dims: Vec<usize>,
    /// How far apart neighbours along each axis stand; 0 where the axis is stretched.
    pub strides: Vec<usize>,
    /// Where the first element stands.
    pub offset: usize,
    /// What the buffer is itself a view of, counted in its own order; the memory, if nothing.
    pub of: Option<Box<View>>,
}

impl View {
    /// All of a buffer, in order.
    pub fn whole(shape: &Shape) -> Self {
        let dims = shape.dims().to_vec();
        let mut strides = vec![1; dims.len()];
        for axis in (1..dims.len()).rev() {
            strides[axis - 1] = strides[axis] * dims[axis];
        }
        View {
            dims,
            strides,
            offset: 0,
            of: None,
        }
    }

    /// The number of elements.
    pub fn elements(&self) -> usize {
        self.dims.iter().product()
    }

    /// The number of words that it shows: a stretched axis shows the same again.
    pub fn words(&self) -> usize {
        if let Some(of) = &self.of {
            return of.words();
        }
        let axes = self.dims.iter().zip(&self.strides);
        axes.filter(|(_, stride)| **stride > 0)
            .map(|(extent, _)| extent)
            .product()
    }

    /// Whether element `i` stands at place `i`.
    pub fn is_whole(&self) -> bool {
        let (extents, strides) = self.merged();
        self.of.is_none() && self.offset == 0 && (extents.is_empty() || strides == [1])
    }

    /// Axis `i` of the result is axis `permutation[i]`.
    pub fn permute(&self, permutation: &[usize]) -> Self {
        let pick = |list: &[usize]| permutation.iter().map(|&axis| list[axis]).collect();
        View {
            dims: pick(&self.dims),
            strides: pick(&self.strides),
            offset: self.offset,
            of: self.of.clone(),
        }
    }

    /// From `start` along `axis`, `extent` entries.
    pub fn slice(&self, axis: usize, start: usize, extent: usize) -> Self {
        let mut view = self.clone();
        view.offset += start * view.strides[axis];
        view.dims[axis] = extent;
        view
    }

    /// Stretched to `shape`, aligned at the innermost axis.
    pub fn broadcast(&self, shape: &Shape) -> Self {
        let added = shape.rank() - self.dims.len();
        let stride = |(axis, &extent): (usize, &usize)| match axis.checked_sub(added) {
            Some(own) if self.dims[own] == extent => self.strides[own],
            _ => 0,
        };
        View {
            dims: shape.dims().to_vec(),
            strides: shape.dims().iter().enumerate().map(stride).collect(),
            offset: self.offset,
            of: self.of.clone(),
        }
    }

    /// A view of a buffer in whose memory the axes stand in the order of `permutation`.
    pub fn whole_if_permuted(shape: &Shape, permutation: &[usize]) -> Self {
        let extents: Vec<usize> = permutation.iter().map(|&axis| shape.dims()[axis]).collect();
        let permuted = View::whole(&extents.into());
        let mut strides = vec![0; shape.rank()];
        for (&axis, stride) in permutation.iter().zip(permuted.strides) {
            strides[axis] = stride;
        }
        View {
            dims: shape.dims().to_vec(),
            strides,
            offset: 0,
            of: None,
        }
    }

    /// The same elements under another shape.
    pub fn reshape(&self, shape: &Shape) -> Self {
        self.restride(shape).unwrap_or_else(|| View {
            of: Some(Box::new(self.clone())),
            ..View::whole(shape)
        })
    }

    /// The same elements under another shape, where strides alone say it.
    fn restride(&self, shape: &Shape) -> Option<Self> {
        let (extents, strides) = self.merged();
        let mut blocks = extents.into_iter().zip(strides).rev();
        let mut block = blocks.next();
        let mut reversed = Vec::with_capacity(shape.rank());
        for &extent in shape.dims().iter().rev() {
            if extent == 1 {
                reversed.push(0);
                continue;
            }
            let (left, stride) = block?;
            if left % extent != 0 {
                return None;
            }
            reversed.push(stride);
            block = match left / extent {
                1 => blocks.next(),
                rest => Some((rest, stride * extent)),
            };
        }
        reversed.reverse();
        Some(View {
            dims: shape.dims().to_vec(),
            strides: reversed,
            offset: self.offset,
            of: self.of.clone(),
        })
    }

    /// The axes `axes` alone, from their first entries on.
    pub fn along(&self, axes: impl IntoIterator<Item = usize>) -> Self {
        let axes: Vec<usize> = axes.into_iter().collect();
        View {
            offset: 0,
            ..self.permute(&axes)
        }
    }

    /// As few axes as walk through the same elements in the same order: extents and strides.
    pub fn merged(&self) -> (Vec<usize>, Vec<usize>) {
        let (mut extents, mut strides): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        for (&extent, &stride) in self.dims.iter().zip(&self.strides) {
            if extent == 1 {
                continue;
            }
            match (extents.last_mut(), strides.last_mut()) {
                (Some(outer), Some(outer_stride)) if *outer_stride == stride * extent => {
                    *outer *= extent;
                    *outer_stride = stride;
                }
                _ => {
                    extents.push(extent);
                    strides.push(stride);
                }
            }
        }
        (extents, strides)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of a view's elements, in order.
    fn places(view: &View) -> Vec<usize> {
        let mut places = vec![view.offset];
        for (&extent, &stride) in view.dims.iter().zip(&view.strides) {
            let next = |place: &usize| {
                (0..extent)
                    .map(move |i| place + i * stride)
                    .collect::<Vec<_>>()
            };
            places = places.iter().flat_map(next).collect();
        }
        places
    }

    #[test]
    fn views_walk_through_memory_as_tensors_do() {
        let view = View::whole(&[2, 3, 4].into());
        assert!(view.is_whole());
        assert_eq!(places(&view), (0..24).collect::<Vec<_>>());
        let permuted = view.permute(&[1, 0, 2]);
        assert_eq!(places(&permuted)[..5], [0, 1, 2, 3, 12]);
        assert!(!permuted.is_whole());
        let laid_out = View::whole_if_permuted(&[2, 3, 4].into(), &[1, 0, 2]);
        assert!(laid_out.permute(&[1, 0, 2]).is_whole());
        let split = permuted.reshape(&[3, 2, 2, 2].into());
        assert_eq!((places(&split), &split.of), (places(&permuted), &None));
        let joined = permuted.reshape(&[3, 8].into());
        assert_eq!(joined.of, Some(Box::new(permuted)));
        let slice = view.slice(1, 1, 2);
        assert_eq!(places(&slice)[..9], [4, 5, 6, 7, 8, 9, 10, 11, 16]);
        let stretched = View::whole(&[3, 1].into()).broadcast(&[2, 3, 2].into());
        assert_eq!(places(&stretched), [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2]);
        assert_eq!(stretched.merged().0, [2, 3, 2]);
        assert_eq!(
            (stretched.words(), slice.words(), joined.words()),
            (3, 16, 24)
        );
        assert!(view.reshape(&[24].into()).is_whole());
        assert!(View::whole(&[1, 1].into()).is_whole());
    }
}
