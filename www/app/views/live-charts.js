// @ts-check
/** @import { History } from "../history.js" */
/** @import { Group } from "./chart-figure.js" */
import { calm, onAppearance } from "../appearance.js";
import { element, setText } from "../dom.js";
import { compact } from "../format.js";
import { icon } from "../icons.js";
import { CHART_WORDS as WORDS } from "../strings/charts.js";
import { ChartFigure } from "./chart-figure.js";

/**
 * @typedef {object} Series
 * @property {string} metric a column of a history
 * @property {string} label
 * @property {"chosen" | "rejected" | "reference" | "plain" | "second"} role decides colour and dash
 * @property {boolean} [heldOut] whether it is measured on the held-out pairs: dotted
 * @property {string} [end] what it is called at its line's end
 * @property {boolean} [extra] what a class far away can do without
 */
/** The room between two columns of a history. @typedef {{ low: string, high: string, label: string, role: Series["role"] }} Band */
/**
 * @typedef {object} Chart
 * @property {string} name
 * @property {string} unit
 * @property {Series[]} series
 * @property {Band} [band]
 * @property {string} [over] what the lines run over, if not the steps
 */
/**
 * Where charts are looked at: the steps in sight, and the steps of the keyboard's cursor, of the pin and of the policy
 * where that is not the newest one.
 * @typedef {{ zoom: [number, number] | null, cursor: number | null, pinned: number | null, present: number | null }} Look
 */

/** Milliseconds between two drawings. */
const PERIOD = 100;
const CALM_PERIOD = 400;
/** Charts over the same have their cursor, zoom and pin together. */
const STEPS = WORDS.step;

/** @type {Look} */
const NOWHERE = { zoom: null, cursor: null, pinned: null, present: null };

let made = 0;

/** Live charts that are read together, each with its table. */
export class LiveCharts {
  #target;
  #charts;
  #histories;
  #lookAt;
  #key = `charts-${++made}`;
  /** @type {ChartFigure[]} */
  #drawn = [];
  /** What they are looked at, by what they run over. @type {Map<string, Look>} */
  #looks = new Map();
  /** @type {{ name: string, help: string }[]} */
  #metrics = [];
  /** @type {boolean[]} */
  #shown = [];
  #last = -Infinity;
  #waiting = false;
  #tools;
  #pinned;
  /** @type {HTMLElement} */
  #trouble = element("p", { class: "problem", role: "alert", hidden: "" });

  /**
   * @param {HTMLElement} target
   * @param {Chart[]} charts
   * @param {(place: number) => History[]} histories where each chart's columns stand
   * @param {((step: number) => void)} [lookAt] shows the policy as it was at a step, where that can be done
   */
  constructor(target, charts, histories, lookAt) {
    this.#target = target;
    this.#charts = charts;
    this.#histories = histories;
    this.#lookAt = lookAt;
    this.#tools = this.#makeTools();
    this.#pinned = element("section", { class: "pinned", hidden: "" });
    // Charts that fill what scrolls have their tools above it.
    const scrolls = target.parentElement?.matches(".scroll") ? target.parentElement : target;
    scrolls.before(this.#tools);
    target.after(this.#pinned);
    this.replace(charts);
    onAppearance(() => this.replace(this.#charts));
    new ResizeObserver(() => this.#fit()).observe(target);
  }

  /** As wide as there is room by now. */
  #fit() {
    for (const figure of this.#drawn) figure.fit();
  }

  /** Makes other charts, or the same in other colours. @param {Chart[]} charts */
  replace(charts) {
    this.#charts = charts;
    for (const figure of this.#drawn) figure.destroy();
    this.#drawn = charts.map((chart) => new ChartFigure(chart, this.#target, this.#group(chart)));
    for (const { plotted } of this.#drawn) plotted.setAttribute("aria-describedby", `${this.#key}-keys`);
    this.#tools.hidden = charts.length === 0;
    this.explain(this.#metrics);
    this.show(this.#shown);
    // The first ones were made before there were others beside them.
    this.#fit();
    this.draw();
  }

  /** What the lines mean, as their titles. @param {{ name: string, help: string }[]} metrics */
  explain(metrics) {
    this.#metrics = metrics;
    for (const figure of this.#drawn) figure.explain(metrics);
  }

  /** Which charts are in sight; all, if it is not said. @param {boolean[]} shown */
  show(shown) {
    this.#shown = shown;
    this.#drawn.forEach(({ figure }, index) => (figure.hidden = shown[index] === false));
    this.draw();
  }

  /** Marks the step whose policy is shown, if that is not the newest one. @param {number | null} present */
  mark(present) {
    this.#change(STEPS, { present });
  }

  /** A run has begun: nothing is zoomed or pinned any more. */
  restart() {
    for (const over of this.#looks.keys()) this.#change(over, NOWHERE);
    this.draw();
  }

  /** Draws what the histories hold by now, as soon as it is time. */
  draw() {
    if (this.#waiting) return;
    this.#waiting = true;
    const period = calm() ? CALM_PERIOD : PERIOD;
    setTimeout(() => requestAnimationFrame(() => {
      this.#waiting = false;
      this.#last = performance.now();
      this.#drawn.forEach((figure, place) => {
        if (!figure.figure.hidden) figure.draw(this.#histories(place), this.#look(figure));
      });
      this.#showPinned();
    }), Math.max(0, this.#last + period - performance.now()));
  }

  /** @param {ChartFigure} figure */
  #look({ chart }) {
    return this.#looks.get(chart.over ?? STEPS) ?? NOWHERE;
  }

  /** @param {string} over @param {Partial<Look>} change */
  #change(over, change) {
    const look = { ...NOWHERE, ...this.#looks.get(over), ...change };
    this.#looks.set(over, look);
    for (const figure of this.#drawn) if ((figure.chart.over ?? STEPS) === over) figure.mark(look);
    this.#showPinned();
  }

  /** @param {Chart} chart @returns {Group} */
  #group({ over = STEPS }) {
    const look = () => this.#looks.get(over) ?? NOWHERE;
    /** @param {[number, number] | null} zoom */
    const zoom = (zoom) => {
      this.#looks.set(over, { ...look(), zoom });
      this.draw();
    };
    return {
      key: `${this.#key}-${over}`,
      hold: (cursor) => this.#change(over, { cursor }),
      // Its cursor stays where it is: moved by the program, a press would look like the end of a drag.
      release: () => {
        this.#looks.set(over, { ...look(), cursor: null });
        this.draw();
      },
      zoom,
      scale: (figure, factor) => zoom(this.#scaled(figure, factor)),
      pin: (step) => this.#change(over, { pinned: look().pinned === step ? null : step }),
      trouble: (text) => {
        this.#trouble.hidden = false;
        setText(this.#trouble, text);
      },
    };
  }

  /** The steps in sight when they are so many times as many, about the cursor; nothing if that is all of them. @param {ChartFigure} figure @param {number} factor @returns {[number, number] | null} */
  #scaled(figure, factor) {
    const { zoom, cursor } = this.#look(figure);
    const { range } = figure;
    if (!range) return null;
    const [first, last] = range;
    const half = (Math.max(last - first, 1) * factor) / 2;
    const middle = cursor ?? (first + last) / 2;
    const all = this.#steps(figure);
    const [from, to] = [Math.max(middle - half, all[0]), Math.min(middle + half, all[1])];
    if (factor > 1 && (!zoom || (from <= all[0] && to >= all[1]))) return null;
    return to > from ? [from, to] : zoom;
  }

  /** The first and the last step that was measured. @param {ChartFigure} figure @returns {[number, number]} */
  #steps(figure) {
    const measured = this.#histories(this.#drawn.indexOf(figure)).filter(({ length }) => length > 0);
    if (measured.length === 0) return [0, 0];
    return [Math.min(...measured.map(({ steps }) => steps[0])), Math.max(...measured.map(({ steps, length }) => steps[length - 1]))];
  }

  #makeTools() {
    const first = () => this.#drawn.find(({ figure, chart }) => !figure.hidden && (chart.over ?? STEPS) === STEPS) ?? this.#drawn[0];
    /** @type {(text: string, name: string, press: (figure: ChartFigure) => void) => HTMLElement} */
    const button = (text, name, press) => {
      const made = element("button", { type: "button", class: "quiet", "aria-label": name, title: name }, text);
      made.addEventListener("click", () => {
        const figure = first();
        if (figure) press(figure);
      });
      return made;
    };
    const over = (/** @type {ChartFigure} */ figure) => this.#group(figure.chart);
    return element(
      "div",
      { class: "toolbar chart-tools", role: "group", "aria-label": WORDS.tools },
      icon("zoom"),
      button("+", WORDS.zoomIn, (figure) => over(figure).scale(figure, 0.5)),
      button("−", WORDS.zoomOut, (figure) => over(figure).scale(figure, 2)),
      button(WORDS.allSteps, WORDS.allSteps, (figure) => over(figure).zoom(null)),
      element("p", { class: "hint" }, WORDS.mouse, element("span", { class: "unseen", id: `${this.#key}-keys` }, ` ${WORDS.keys}`)),
      this.#trouble,
    );
  }

  /** What all charts measured at the step that is pinned, beside the newest. */
  #showPinned() {
    const pins = [...this.#looks].flatMap(([over, { pinned }]) => (pinned === null ? [] : [{ over, step: pinned }]));
    this.#pinned.hidden = pins.length === 0;
    // The buttons keep the focus while the numbers change.
    const parts = pins.map((pin) => this.#pinnedPart(pin));
    const known = [...this.#pinned.children];
    if (known.length === parts.length && parts.every((part, place) => /** @type {HTMLElement} */ (known[place]).dataset.pin === part.dataset.pin)) {
      parts.forEach((part, place) => known[place].querySelector("tbody")?.replaceWith(part.querySelector("tbody") ?? ""));
    } else this.#pinned.replaceChildren(...parts);
  }

  /** @param {{ over: string, step: number }} pin */
  #pinnedPart({ over, step }) {
    const figures = this.#drawn.filter(({ figure, chart }) => !figure.hidden && (chart.over ?? STEPS) === over);
    const rows = figures.flatMap((figure) =>
      figure.valuesAt(step).flatMap(({ label, then, now }) => {
        if (then.every((value) => value === undefined)) return [];
        const change = then.length === 1 && then[0] !== undefined && now[0] !== undefined ? compact(now[0] - then[0]) : "";
        const cells = [written(then), written(now), change].map((text) => element("td", { class: "number" }, text));
        return [element("tr", {}, element("th", { scope: "row" }, `${figure.chart.name}: ${label}`), ...cells)];
      }),
    );
    const title = WORDS.pinned(over, step);
    const unpin = element("button", { type: "button", class: "quiet" }, icon("remove"), WORDS.unpin);
    unpin.addEventListener("click", () => this.#change(over, { pinned: null }));
    const buttons = [unpin];
    if (this.#lookAt && over === STEPS) {
      const look = element("button", { type: "button" }, WORDS.lookAt(step));
      look.addEventListener("click", () => this.#lookAt?.(step));
      buttons.unshift(look);
    }
    return element(
      "div",
      { "data-pin": `${over} ${step}` },
      element("div", { class: "toolbar" }, element("h3", {}, title), ...buttons),
      element(
        "table",
        { "aria-label": title },
        element("thead", {}, element("tr", {}, ...WORDS.pinnedHead(over, step).map((text) => element("th", { scope: "col" }, text)))),
        element("tbody", {}, ...rows),
      ),
    );
  }
}

/** @param {(number | undefined)[]} numbers one, or both ends of a range */
function written(numbers) {
  return numbers.length === 1 ? compact(numbers[0]) : WORDS.range(compact(numbers[0]), compact(numbers[1]));
}
