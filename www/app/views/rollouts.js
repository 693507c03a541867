// @ts-check
/** @import { Rollout } from "../messages.js" */
/** @import { AppStore, State } from "../state.js" */
import { element, find, setText } from "../dom.js";
import { fixed, percent } from "../format.js";
import { currentJudgeKind, currentMethod } from "../state.js";
import { ROLLOUTS } from "../strings/judges.js";

/** Prompts whose answers are shown at once. */
const MOST = 4;

/** Answers of the policy's own that the last update learnt from. @param {AppStore} store */
export function rollouts(store) {
  const section = find("rollouts", HTMLElement);
  const rows = find("rollout-rows", HTMLTableSectionElement);
  const show = () => {
    const state = store.state();
    const method = currentMethod(state);
    section.hidden = !method?.needs.draws;
    if (section.hidden) return;
    setText(find("rollouts-text", HTMLElement), explanation(state));
    find("rollouts-verdict", HTMLElement).hidden = !method?.needs.judge;
    rows.replaceChildren(...groups(state).slice(0, MOST).flatMap(lines));
  };
  for (const part of /** @type {const} */ (["rollouts", "kept", "catalogue", "written", "settings"])) {
    store.watch((state) => state[part], show);
  }
}

/** @param {State} state */
function explanation(state) {
  const method = currentMethod(state);
  const [first] = state.rollouts;
  if (!method?.needs.judge) return ROLLOUTS.avoided;
  if (currentJudgeKind(state) === "person") return first ? ROLLOUTS.judged(first.step) : ROLLOUTS.judgements;
  const when = first ? ROLLOUTS.drawn(first.step) : "";
  return `${when}${method.needs.judge === "preferences" ? ROLLOUTS.share : ROLLOUTS.reward}`;
}

/** What is shown: of a method without a judge, the answers against the selected pair. @param {State} state @returns {Rollout[]} */
function groups(state) {
  if (currentMethod(state)?.needs.judge || !state.kept) return state.rollouts;
  const pair = state.pairs.find(({ id }) => id === state.kept?.id);
  if (!pair || state.kept.answers.length === 0) return [];
  return [{ step: 0, prompt: pair.prompt, answers: state.kept.answers, preferences: [], rewards: [] }];
}

/** A prompt's answers, a line each, with what the judge says of them. @param {Rollout} rollout */
export function lines(rollout) {
  return rollout.answers.map((answer, index) => {
    const cells = [element("td", {}, answer), verdict(rollout, index)];
    if (index > 0) return element("tr", {}, ...cells);
    const prompt = element("th", { scope: "rowgroup", rowspan: String(rollout.answers.length) }, rollout.prompt);
    return element("tr", {}, prompt, ...cells);
  });
}

/** @param {Rollout} rollout @param {number} index */
function verdict({ answers, preferences, rewards }, index) {
  const cell = element("td", { class: "number" });
  if (rewards.length > 0) setText(cell, fixed(rewards[index]));
  if (preferences.length === 0) return cell;
  const wins = share(preferences, answers.length, index);
  setText(cell, wins > 0.5 ? `✓ ${percent(wins)}` : wins < 0.5 ? `✗ ${percent(wins)}` : `= ${percent(wins)}`);
  cell.classList.add(wins > 0.5 ? "chosen" : wins < 0.5 ? "rejected" : "number");
  return cell;
}

/**
 * How often answer `index` of `count` is preferred to the others.
 * @param {number[]} preferences @param {number} count @param {number} index
 */
export function share(preferences, count, index) {
  let [sum, place] = [0, 0];
  for (let first = 0; first < count; first++) {
    for (let second = first + 1; second < count; second++, place++) {
      if (first === index) sum += preferences[place];
      if (second === index) sum += 1 - preferences[place];
    }
  }
  return sum / Math.max(1, count - 1);
}
