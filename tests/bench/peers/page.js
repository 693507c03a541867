// What the page runs: `measure` times updates of the standard task in one of the systems.
import { SIZES } from "./task.js";

const SYSTEMS = { "jax-js": () => import("./jax.js"), tfjs: () => import("./tfjs.js") };

globalThis.measure = async ({ lib, backend, cfg, task, steps, milliseconds }) => {
  const { open } = await SYSTEMS[lib]();
  const update = await open(SIZES[cfg], task, backend);
  const losses = [];
  const times = [];
  const began = performance.now();
  // 20 updates at least: their losses are compared.
  while (losses.length < 20 || (losses.length < steps && performance.now() - began < milliseconds)) {
    const start = performance.now();
    losses.push(await update());
    times.push(performance.now() - start);
  }
  return { losses, times };
};
