// @ts-check
/** @import { AppStore, State } from "../state.js" */
/** @import { App } from "../app.js" */
import { find, setText } from "../dom.js";
import { count, percent } from "../format.js";
import { judgeLearns } from "../state.js";
import { JUDGE } from "../strings/judges.js";

/** Updates that a person has the judge make at once. */
const LESSON = 20;

/** Where the judge stands that learns from the pairs. @param {AppStore} store @param {App} app */
export function judge(store, app) {
  const section = find("teaching", HTMLElement);
  const status = find("teaching-status", HTMLElement);
  const button = find("teach", HTMLButtonElement);
  button.addEventListener("click", () => app.teach(LESSON));
  store.watch(judgeLearns, (learns) => (section.hidden = !learns));
  const show = () => {
    const state = store.state();
    button.disabled = state.session.phase !== "ready" || !state.judge;
    status.setAttribute("aria-live", state.session.running ? "off" : "polite");
    setText(status, sentence(state));
  };
  store.watch((state) => state.judge, show);
  store.watch((state) => `${state.session.phase} ${state.session.running}`, show);
}

/** @param {Pick<State, "judge">} state */
export function sentence({ judge }) {
  if (!judge) return JUDGE.making;
  const { updates, learns, history } = judge;
  if (updates === 0) return JUDGE.nothing;
  const next = learns ? JUDGE.learns : JUDGE.rests;
  const column = history.indexOf("judge/eval_accuracy");
  let row = history.length - 1;
  while (row >= 0 && Number.isNaN(history.at(row, column))) row--;
  const right = row < 0 ? "" : JUDGE.right(percent(history.at(row, column)));
  return JUDGE.made(updates, count(updates), right, next);
}
