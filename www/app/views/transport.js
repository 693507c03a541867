// @ts-check
/** Run, Pause, Step, Reset, and how far and how fast it goes. */
import { find, setText } from "../dom.js";
import { count, fixed } from "../format.js";
import { STATUS } from "../strings/status.js";

/** @typedef {{ phase: string, running: boolean, step: number, rate: number }} Run */

/**
 * @template {{ session: Run }} S
 * @param {{ watch: <T>(select: (state: S) => T, render: (value: T, state: S) => void) => void }} store
 * @param {{ run(): void, pause(): void, step(): void, reset(): void }} app
 */
export function transport(store, app) {
  const run = find("run", HTMLButtonElement);
  const pause = find("pause", HTMLButtonElement);
  const step = find("step", HTMLButtonElement);
  const reset = find("reset", HTMLButtonElement);
  run.addEventListener("click", () => app.run());
  pause.addEventListener("click", () => app.pause());
  step.addEventListener("click", () => app.step());
  reset.addEventListener("click", () => app.reset());
  store.watch(
    ({ session }) => `${session.phase} ${session.running}`,
    (_, { session }) => {
      const ready = session.phase === "ready";
      const held = document.activeElement;
      run.disabled = !ready || session.running;
      pause.disabled = !ready || !session.running;
      step.disabled = reset.disabled = !ready;
      // The keyboard stays where training can be steered.
      if (held === run && run.disabled && ready) pause.focus();
      if (held === pause && pause.disabled && ready) run.focus();
    },
  );
  const stepNumber = find("step-number", HTMLElement);
  const rate = find("rate", HTMLElement);
  store.watch(
    ({ session }) => session,
    ({ step, running, rate: updates }) => {
      setText(stepNumber, count(step));
      setText(rate, running && updates > 0 ? STATUS.rate(fixed(updates, 0)) : "");
    },
  );
}
