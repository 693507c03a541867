// @ts-check
/** @import { SamplePair, SampleRollout } from "../../pkg/playground.js" */
/** @import { DiffusionStore, State } from "../state.js" */
import { element, find, setText } from "../../app/dom.js";
import { fixed, signed } from "../../app/format.js";
import { COMPARISON, SAMPLE_ROLLOUTS as WORDS } from "../../app/strings/diffusion-pairs.js";
import { currentMethod, currentValues } from "../state.js";
import { anchorOf, className, rolloutsSentence } from "../words.js";
import { thumbnail } from "./thumbnail.js";

/** Groups that are shown at once. */
const MOST = 8;

/** What the last update learnt from, beside the data: what the policy drew, or an earlier checkpoint of it. @param {DiffusionStore} store */
export function rollouts(store) {
  const section = find("rollouts", HTMLElement);
  const table = find("rollout-table", HTMLTableElement);
  const show = () => {
    const state = store.state();
    const method = currentMethod(state);
    section.hidden = !method?.needs.draws;
    if (section.hidden) return;
    setText(find("rollouts-text", HTMLElement), rolloutsSentence(state));
    const groups = state.rollouts.slice(0, MOST);
    const against = method?.saves === true;
    const heads = against ? [WORDS.of, WORDS.winnerHead, WORDS.checkpointHead] : [WORDS.of, WORDS.samplesHead];
    const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
    table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...groups.map((group) => (against ? versus(group, state) : judged(group, state)))));
  };
  for (const part of /** @type {const} */ (["rollouts", "catalogue", "settings"])) store.watch((state) => state[part], show);
}

/** A winner beside what the checkpoint drew, and what that counts as. @param {SampleRollout} rollout @param {State} state */
function versus({ class: of, winner, answers, ratios }, state) {
  const [ratio] = ratios;
  const anchor = ratio === undefined ? null : anchorOf(ratio, currentValues(state));
  const own = element("div", { class: "sample" }, ...(winner ? [thumbnail(winner, "chosen", WORDS.winner)] : []));
  own.append(element("span", { class: "numbers" }, signed(ratio, 4)));
  const role = anchor === "left out" || !anchor ? "reference" : anchor;
  const other = element("div", { class: "sample" }, thumbnail(answers[0], role, WORDS.checkpointSample));
  other.append(element("span", { class: `numbers ${anchor ?? ""}` }, anchor ? WORDS.anchors[anchor] : ""));
  return element("tr", {}, element("th", { scope: "row" }, className(state, of)), element("td", {}, own), element("td", {}, other));
}

/** Samples of the policy's own with the judge's reward of each. @param {SampleRollout} rollout @param {State} state */
function judged({ class: of, answers, rewards }, state) {
  const cards = answers.map((answer, index) => {
    const best = rewards[index] === Math.max(...rewards);
    const card = element("div", { class: "sample" }, thumbnail(answer, best ? "chosen" : "plain", COMPARISON.sample(String(index + 1))));
    card.append(element("span", { class: "numbers" }, `${best ? "✓ " : ""}${fixed(rewards[index], 3)}`));
    return card;
  });
  return element("tr", {}, element("th", { scope: "row" }, className(state, of)), element("td", {}, element("div", { class: "samples" }, ...cards)));
}
