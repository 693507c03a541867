// What takes the place of functions of kernel.wgsl where the GPU has subgroups: threads that can hand each other
// numbers without memory. Whole subgroups of a workgroup hold threads that follow each other.

/// The sum of every thread's number, in a fixed order.
fn sum_of_threads(local: u32, number: f32) -> f32 {
    let size = subgroupAdd(1u);
    let part = subgroupAdd(number);
    if subgroupExclusiveAdd(1u) == 0u {
        shared_numbers[local / size] = part;
    }
    workgroupBarrier();
    var sum = 0.0;
    for (var k = 0u; k < THREADS / size; k++) {
        sum += shared_numbers[k];
    }
    workgroupBarrier();
    return sum;
}

/// The largest of every thread's number; NaN is passed over.
fn largest_of_threads(local: u32, number: f32) -> f32 {
    let size = subgroupAdd(1u);
    let part = subgroupMax(select(-3.4028234e38, number, number == number));
    if subgroupExclusiveAdd(1u) == 0u {
        shared_numbers[local / size] = part;
    }
    workgroupBarrier();
    var largest = shared_numbers[0];
    for (var k = 1u; k < THREADS / size; k++) {
        largest = max(largest, shared_numbers[k]);
    }
    workgroupBarrier();
    return largest;
}
