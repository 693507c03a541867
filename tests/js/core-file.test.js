import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { coreFile } from "../../www/worker/core-file.js";

test("a browser gets the build that it can run", () => {
  assert.equal(coreFile(() => true), "playground_relaxed_bg.wasm");
  assert.equal(coreFile(() => false), "playground_bg.wasm");
});

test("what the browser is asked is a module that is valid with relaxed SIMD and only then", () => {
  let probe = new Uint8Array();
  coreFile((module) => {
    probe = module;
    return true;
  });
  // Where the instruction stands: with a plain f32x4.mul there (and one operand less), every engine takes the module.
  const at = probe.length - 4;
  assert.deepEqual([...probe.slice(at)], [0xfd, 0x85, 0x02, 0x0b]);
  const plain = Uint8Array.from([...probe.slice(0, at - 4), 0xfd, 0xe6, 0x01, 0x0b]);
  plain[plain.indexOf(10, 15) + 1] -= 4;
  plain[plain.indexOf(10, 15) + 3] -= 4;
  assert.ok(WebAssembly.validate(plain));
  const script = `process.stdout.write(String(WebAssembly.validate(Uint8Array.from([${probe}]))))`;
  const relaxed = Number(process.versions.node.split(".")[0]) >= 22 ? [] : ["--experimental-wasm-relaxed-simd"];
  assert.equal(execFileSync(process.execPath, [...relaxed, "-e", script]).toString(), "true");
});
