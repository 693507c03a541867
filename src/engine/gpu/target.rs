//! What kernels are written for.

/// What runs the kernels: the same numbers come of either, by other ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A GPU. Its memory is far, its threads are many: those of a workgroup fetch what they need together, and
    /// work is cut small enough that there is some for all.
    Hardware,
    /// A processor that stands in for a GPU. Threads that wait for each other cost it ten times what they save:
    /// each does as much as it can alone.
    Software,
}
