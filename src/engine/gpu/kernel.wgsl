// What every kernel begins with. One dispatch may hold several kernels of one text ("instances"): each has a
// block of parameters, and as many workgroups as it needs.

/// All tensors, as words.
@group(0) @binding(0) var<storage, read_write> heap: array<u32>;
/// The blocks of instances that share a dispatch; for each of its workgroups two words, as `Instance` has them.
@group(0) @binding(1) var<storage, read> parameters: array<u32>;
/// What a dispatch is told.
@group(0) @binding(2) var<uniform> dispatch: Dispatch;

struct Dispatch {
    /// Where its workgroups' words begin among the parameters.
    table: u32,
    /// Its workgroups; a few more run, where it was rounded up.
    groups: u32,
    /// The block of an instance that is alone.
    block: array<vec4<u32>, 63>,
}

/// Threads in a workgroup.
const THREADS = 64u;

struct Instance {
    /// Where its block of parameters begins.
    block: u32,
    /// The workgroup's number within it.
    group: u32,
}

/// The instance that a workgroup belongs to.
fn instance(workgroup: u32) -> Instance {
    let words = dispatch.table + 2u * workgroup;
    return Instance(parameters[words], parameters[words + 1u]);
}

/// A parameter of the instance with that block.
fn parameter(block: u32, index: u32) -> u32 {
    return parameters[block + index];
}

fn square(x: f32) -> f32 {
    return x * x;
}

fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn is_finite(x: f32) -> f32 {
    return select(0.0, 1.0, (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u);
}

/// The larger; NaN where either is.
fn larger(x: f32, y: f32) -> f32 {
    return select(select(y, x, x >= y), x, is_nan(x));
}

/// The smaller; NaN where either is.
fn smaller(x: f32, y: f32) -> f32 {
    return select(select(y, x, x <= y), x, is_nan(x));
}

/// Some implementations go by way of e²ˣ, which overflows.
fn tanh_of(x: f32) -> f32 {
    return select(tanh(clamp(x, -9.0, 9.0)), x, is_nan(x));
}

fn sigmoid(x: f32) -> f32 {
    return select(1.0 / (1.0 + exp(-max(x, -88.0))), x, is_nan(x));
}

/// ln(1 + eˣ); the logarithm of 1 + e as Kahan keeps its digits.
fn softplus(x: f32) -> f32 {
    let e = exp(-abs(x));
    let sum = 1.0 + e;
    let log = select(log(sum) * e / (sum - 1.0), e, sum == 1.0);
    return select(max(x, 0.0) + log, x, is_nan(x));
}

fn gelu(x: f32) -> f32 {
    return 0.5 * x * (1.0 + tanh_of(0.7978846 * (x + 0.044715 * x * x * x)));
}

fn gelu_derivative(x: f32) -> f32 {
    let t = tanh_of(0.7978846 * (x + 0.044715 * x * x * x));
    let slope = 0.7978846 * (1.0 + 3.0 * 0.044715 * x * x);
    return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * slope;
}

fn running_mean(mean: f32, x: f32, decay: f32) -> f32 {
    return mean * decay + x * (1.0 - decay);
}

fn running_square(square: f32, x: f32, decay: f32) -> f32 {
    return square * decay + x * x * (1.0 - decay);
}

fn adam_step(weight: f32, mean: f32, square: f32, keep: f32, rate: f32, correction: f32, epsilon: f32) -> f32 {
    return weight * keep - rate * mean / (sqrt(square * correction) + epsilon);
}

// ---- a workgroup's threads together ----

var<workgroup> shared_numbers: array<f32, THREADS>;

/// The sum of every thread's number, in a fixed order.
fn sum_of_threads(local: u32, number: f32) -> f32 {
    shared_numbers[local] = number;
    workgroupBarrier();
    for (var width = THREADS / 2u; width > 0u; width /= 2u) {
        if local < width {
            shared_numbers[local] += shared_numbers[local + width];
        }
        workgroupBarrier();
    }
    let sum = shared_numbers[0];
    workgroupBarrier();
    return sum;
}

var<workgroup> numbers_of_eights: array<f32, 128>;
/// The sum of the numbers of eight threads that follow each other, in their order. Those beyond the first 128 get what
/// threads 128 before them do.
fn sum_of_eight(local: u32, number: f32) -> f32 {
    if local < 128u {
        numbers_of_eights[local] = number;
    }
    workgroupBarrier();
    var sum = 0.0;
    for (var k = 0u; k < 8u; k++) {
        sum += numbers_of_eights[local % 128u / 8u * 8u + k];
    }
    workgroupBarrier();
    return sum;
}

/// The largest of every thread's number; NaN is passed over.
fn largest_of_threads(local: u32, number: f32) -> f32 {
    shared_numbers[local] = number;
    workgroupBarrier();
    for (var width = THREADS / 2u; width > 0u; width /= 2u) {
        if local < width {
            let other = shared_numbers[local + width];
            shared_numbers[local] = select(shared_numbers[local], other, other > shared_numbers[local]);
        }
        workgroupBarrier();
    }
    let largest = shared_numbers[0];
    workgroupBarrier();
    return largest;
}

// ---- sines that keep their digits for any angle a text is long enough for ----

/// (sin x, cos x) for 0 ≤ x < 8192: quarter turns taken off in three parts (Cody and Waite), then Cephes'
/// polynomials.
fn sine_and_cosine(x: f32) -> vec2<f32> {
    let quarters = floor(x * 0.63661975 + 0.5);
    let r = ((x - quarters * 1.5703125) - quarters * 4.837513e-4) - quarters * 7.5497899e-8;
    let z = r * r;
    let s = ((-1.9515296e-4 * z + 8.3321609e-3) * z - 0.16666655) * z * r + r;
    let c = ((2.4433157e-5 * z - 1.3887316e-3) * z + 4.1666646e-2) * z * z - 0.5 * z + 1.0;
    switch u32(quarters) % 4u {
        case 0u: { return vec2<f32>(s, c); }
        case 1u: { return vec2<f32>(c, -s); }
        case 2u: { return vec2<f32>(-s, -c); }
        default: { return vec2<f32>(-c, s); }
    }
}

// ---- random numbers: src/rng.rs ----

/// The upper 32 bits of a product.
fn upper_half(a: u32, b: u32) -> u32 {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let first = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let second = (a & 0xffffu) * (b >> 16u) + (first & 0xffffu);
    return (a >> 16u) * (b >> 16u) + (first >> 16u) + (second >> 16u);
}

/// The first word of Philox4x32-10, as a number in [0, 1).
fn uniform_number(counter: vec4<u32>, key: vec2<u32>) -> f32 {
    var x = counter;
    var k = key;
    for (var round = 0; round < 10; round++) {
        let a = vec2<u32>(upper_half(0xD2511F53u, x.x), 0xD2511F53u * x.x);
        let c = vec2<u32>(upper_half(0xCD9E8D57u, x.z), 0xCD9E8D57u * x.z);
        x = vec4<u32>(c.x ^ x.y ^ k.x, c.y, a.x ^ x.w ^ k.y, a.y);
        k += vec2<u32>(0x9E3779B9u, 0xBB67AE85u);
    }
    return f32(x.x >> 8u) / 16777216.0;
}
