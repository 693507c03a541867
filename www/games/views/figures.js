// @ts-check
/** @import { Chart } from "../../app/views/live-charts.js" */
/** @import { Place } from "../rows.js" */
/** @import { GameStore, State } from "../state.js" */
import { element, find, setText } from "../../app/dom.js";
import { fixed } from "../../app/format.js";
import { GAMES } from "../../app/strings/games.js";
import { LiveCharts } from "../../app/views/live-charts.js";
import { currentReport, knownPlaces } from "../places.js";
import { distanceColumn, figureColumn } from "../rows.js";
import { currentEnd } from "../state.js";

/** @type {Record<Place, Chart["series"][number]["role"]>} */
const ROLES = { stationaryPoint: "second", equilibrium: "rejected", optimum: "plain" };

/** What is exactly known of the policy: now, and over the steps. @param {GameStore} store */
export function figures(store) {
  const live = new LiveCharts(find("charts", HTMLElement), [], () => [store.state().history]);
  store.watch(
    (state) => JSON.stringify(chartsOf(state)),
    (charts) => live.replace(JSON.parse(charts)),
  );
  store.watch((state) => state.history, () => live.draw());
  const target = find("figures", HTMLElement);
  /** @type {Map<string, HTMLElement>} */
  const values = new Map();
  const show = () => {
    const now = numbers(store.state());
    if ([...values.keys()].join() !== now.map(({ name }) => name).join()) {
      values.clear();
      for (const { name } of now) values.set(name, element("dd"));
      target.replaceChildren(...[...values].map(([name, value]) => element("div", {}, element("dt", {}, name), value)));
    }
    for (const { name, text } of now) setText(/** @type {HTMLElement} */ (values.get(name)), text);
  };
  store.watch((state) => state.reports, show);
  store.watch((state) => state.settings, show);
}

/** @param {State} state */
function numbers(state) {
  const report = currentReport(state);
  if (!report) return [];
  const { place } = currentEnd(state);
  const known = knownPlaces(report);
  const end = known.find((one) => one.place === place);
  return [
    ...(end ? [{ name: GAMES.distanceFigure(end.place), text: fixed(end.distance, 4) }] : []),
    { name: GAMES.klFigure, text: fixed(report.kl, 4) },
    { name: GAMES.winFigure, text: `${fixed(100 * report.winRate, 2)} %` },
    { name: GAMES.exploitability, text: fixed(report.exploitability, 4) },
  ];
}

/** @param {State} state @returns {Chart[]} */
function chartsOf(state) {
  const { prompt } = state.settings;
  const report = currentReport(state);
  if (!report) return [];
  return [
    {
      name: GAMES.distances,
      unit: GAMES.distancesUnit,
      series: knownPlaces(report).map(({ place }) => ({
        metric: distanceColumn(prompt, place),
        label: GAMES.placeLine(place),
        role: ROLES[place],
      })),
    },
    { name: GAMES.divergence, unit: GAMES.divergenceUnit, series: [{ metric: figureColumn(prompt, "kl"), label: GAMES.divergenceLine, role: "chosen" }] },
    { name: GAMES.winRate, unit: GAMES.winRateUnit, series: [{ metric: figureColumn(prompt, "winRate"), label: GAMES.winRateLine, role: "chosen" }] },
    { name: GAMES.exploitability, unit: GAMES.exploitabilityUnit, series: [{ metric: figureColumn(prompt, "exploitability"), label: GAMES.exploitabilityLine, role: "chosen" }] },
  ];
}
