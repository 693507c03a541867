// @ts-check
/** @import { CompareApp } from "../app.js" */
/** @import { CompareStore, State } from "../state.js" */
import { find, setText } from "../../app/dom.js";
import { count, fixed } from "../../app/format.js";
import { COMPARE } from "../../app/strings/compare.js";
import { STATUS } from "../../app/strings/status.js";
import { fill, numberField } from "../../app/views/fields.js";
import { currentJudge, currentStep, judged, sharedValue, titleOf } from "../state.js";

/** The shared numbers that are always in sight. */
const IN_SIGHT = new Set(["learning_rate", "batch_size"]);

/** What all runs share, and what moves them. @param {CompareStore} store @param {CompareApp} app */
export function controls(store, app) {
  find("choices", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  const [policy, scenario] = [find("policy", HTMLSelectElement), find("scenario", HTMLSelectElement)];
  policy.addEventListener("change", () => app.choosePolicy(policy.value));
  scenario.addEventListener("change", () => app.chooseScenario(scenario.value));
  store.watch((state) => state.policies, (policies, { settings }) => fill(policy, policies, settings.policy));
  store.watch(
    ({ settings, scenarios }) => `${settings.policy}\n${settings.scenario}\n${scenarios.length}`,
    (_, { settings, scenarios }) => {
      fill(scenario, scenarios.filter((header) => header.policy === settings.policy), settings.scenario);
      policy.value = settings.policy;
    },
  );

  const judge = find("judge", HTMLInputElement);
  judge.addEventListener("change", () => app.setJudge(judge.value));
  store.watch(judged, (asked) => (find("judge-label", HTMLElement).hidden = !asked));
  store.watch(currentJudge, (rule) => (judge.value = rule));

  const seed = find("seed", HTMLInputElement);
  seed.addEventListener("change", () => {
    if (seed.validity.valid && Number.isInteger(seed.valueAsNumber)) app.setSeed(seed.valueAsNumber);
    else seed.value = String(store.state().settings.seed);
  });
  store.watch((state) => state.settings.seed, (value) => (seed.value = String(value)));

  store.watch((state) => state.catalogue, (catalogue) => {
    const [near, far] = [find("shared", HTMLElement), find("shared-more", HTMLElement)];
    near.replaceChildren();
    far.replaceChildren();
    for (const hyper of catalogue?.training ?? []) {
      const field = numberField(hyper, {
        value: () => sharedValue(store.state(), hyper),
        set: (value) => app.setShared(hyper.name, value),
        refuse: (text) => app.refuse(text),
      });
      (IN_SIGHT.has(hyper.name) ? near : far).append(field);
    }
  });
  store.watch(({ session, edited, settings, scenarios }) => {
    const title = scenarios.find(({ name }) => name === settings.scenario)?.title;
    if (session.phase !== "ready") return "";
    const whose = edited ? COMPARE.edited(title) : COMPARE.original(title);
    return COMPARE.data(session.pairs, whose, session.heldOut);
  }, (text) => setText(find("data", HTMLElement), text));
  transport(store, app);
}

/** @param {CompareStore} store @param {CompareApp} app */
function transport(store, app) {
  const [run, pause] = [find("run", HTMLButtonElement), find("pause", HTMLButtonElement)];
  const [step, reset] = [find("step", HTMLButtonElement), find("reset", HTMLButtonElement)];
  run.addEventListener("click", () => app.run());
  pause.addEventListener("click", () => app.pause());
  step.addEventListener("click", () => app.step());
  reset.addEventListener("click", () => app.reset());
  store.watch(
    ({ session, settings }) => `${session.phase} ${session.running} ${settings.runs.length > 0}`,
    (_, { session, settings }) => {
      const ready = session.phase === "ready" && settings.runs.length > 0;
      const held = document.activeElement;
      run.disabled = !ready || session.running;
      pause.disabled = !ready || !session.running;
      step.disabled = reset.disabled = !ready;
      // The keyboard stays where training can be steered.
      if (held === run && run.disabled && ready) pause.focus();
      if (held === pause && pause.disabled && ready) run.focus();
    },
  );
  store.watch(currentStep, (value) => setText(find("step-number", HTMLElement), count(value)));
  store.watch(({ session }) => session, ({ running, rate }) => {
    setText(find("rate", HTMLElement), running && rate > 0 ? COMPARE.rate(fixed(rate, rate < 10 ? 1 : 0)) : "");
  });
  const region = find("status", HTMLElement);
  store.watch(statusSentence, (text, { session }) => {
    // Read aloud only when the runs rest, or nothing else could be heard.
    region.setAttribute("aria-live", session.running ? "off" : "polite");
    setText(region, text);
  });
}

/** Where the runs stand, in a sentence. @param {State} state */
function statusSentence(state) {
  const { session, settings, runs } = state;
  const step = count(currentStep(state));
  if (session.phase === "failed") return STATUS.failed;
  if (session.phase !== "ready") return COMPARE.opening;
  if (session.running) return STATUS.running(step);
  if (currentStep(state) === 0) return COMPARE.ready;
  const margins = settings.runs.flatMap((run) => {
    const known = runs.get(run.id);
    return known?.evaluated == null ? [] : [`${titleOf(state, run)} ${fixed(known.latest["rewards/margins"])}`];
  });
  return COMPARE.paused(step, margins);
}
