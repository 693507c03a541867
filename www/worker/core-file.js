// @ts-check

/** A module whose one function holds one f32x4.relaxed_madd. */
const RELAXED_MULTIPLY_ADD = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  // One type, () -> v128, and one function of it.
  ...[1, 5, 1, 0x60, 0, 1, 0x7b],
  ...[3, 2, 1, 0],
  // Three times i32x4.splat(0), f32x4.relaxed_madd, end.
  ...[10, 19, 1, 17, 0, 0x41, 0, 0xfd, 0x11, 0x41, 0, 0xfd, 0x11, 0x41, 0, 0xfd, 0x11, 0xfd, 0x85, 0x02, 0x0b],
);

/**
 * Which build of the core this browser can run: the one that multiplies and adds in one instruction
 * where it has such, else the one that every browser with SIMD runs.
 *
 * @param {(module: Uint8Array<ArrayBuffer>) => boolean} [validate]
 */
export function coreFile(validate = WebAssembly.validate) {
  return validate(RELAXED_MULTIPLY_ADD) ? "playground_relaxed_bg.wasm" : "playground_bg.wasm";
}
