// @ts-check
/** @import { GameStore, State } from "../state.js" */
import { element, find, setText } from "../../app/dom.js";
import { fixed } from "../../app/format.js";
import { GAMES, NAMES } from "../../app/strings/games.js";
import { currentReport, knownPlaces } from "../places.js";
import { currentPrompt } from "../state.js";

/** @typedef {{ name: keyof typeof NAMES, shares: number[], distance?: number }} Line */

/** Each distribution as a line of bars, a column for each response. @param {GameStore} store */
export function bars(store) {
  const table = find("shares", HTMLTableElement);
  /** What the table is made for. */
  let made = "";
  /** @type {Map<string, HTMLTableCellElement[]>} */
  let cells = new Map();
  const show = () => {
    const state = store.state();
    const responses = currentPrompt(state)?.responses ?? [];
    const lines = linesOf(state);
    const kind = JSON.stringify([responses, lines.map(({ name }) => name)]);
    if (kind !== made) {
      made = kind;
      cells = new Map(lines.map(({ name }) => [name, [...responses, ""].map((text) => element("td", { class: text ? `bar of-${name}` : "number" }))]));
      const head = ["", ...responses, GAMES.distance].map((text) => (text ? element("th", { scope: "col" }, text) : element("td")));
      const rows = lines.map(({ name }) => {
        const { sign } = NAMES[name];
        const mark = element("span", { class: `sign of-${name}`, "aria-hidden": "true" }, sign);
        return element("tr", {}, element("th", { scope: "row" }, mark, ` ${GAMES.name(name)}`), ...(cells.get(name) ?? []));
      });
      table.replaceChildren(element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
    }
    for (const { name, shares, distance } of lines) {
      const line = cells.get(name) ?? [];
      shares.forEach((share, index) => {
        setText(line[index], fixed(share, 3));
        line[index].style.setProperty("--share", String(share));
      });
      setText(line[shares.length], distance === undefined ? "" : fixed(distance, 4));
    }
  };
  store.watch((state) => state.reports, show);
  store.watch((state) => state.settings.prompt, show);
}

/** @param {State} state @returns {Line[]} */
function linesOf(state) {
  const report = currentReport(state);
  if (!report) return [];
  return [
    { name: "policy", shares: report.policy },
    { name: "reference", shares: report.reference },
    ...knownPlaces(report).map(({ place, shares, distance }) => ({ name: place, shares, distance })),
  ];
}
