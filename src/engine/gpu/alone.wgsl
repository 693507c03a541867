// The same for an instance that has a dispatch to itself. That its parameters stand in known places of a uniform
// makes them cheap to read, and kernels cheap to compile.

/// The instance that a workgroup belongs to.
fn instance(workgroup: u32) -> Instance {
    return Instance(0u, workgroup);
}

/// A parameter of the instance.
fn parameter(block: u32, index: u32) -> u32 {
    return dispatch.block[index / 4u][index % 4u];
}
