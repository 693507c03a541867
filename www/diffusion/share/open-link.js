// @ts-check
/** @import { Catalogue } from "../../app/messages.js" */
/** @import { DiffusionApp } from "../app.js" */
/** @import { DiffusionStore, Settings, State } from "../state.js" */
/** @import { LessonFields } from "../../app/share/lesson-fields.js" */
/** @import { Control, Shared } from "./fields.js" */
import { fitForCore, fitNumbers } from "../../app/share/fit-for-core.js";
import { lessonPanel } from "../../app/share/lesson-panel.js";
import { readLink } from "../../app/share/link.js";
import { look } from "../../app/share/look.js";
import { SHARE_SAMPLES } from "../../app/strings/diffusion-share.js";
import { SHARE } from "../../app/strings/share.js";
import { scenarioOf } from "../scenarios.js";
import { SAMPLER_NUMBERS } from "../shown.js";
import { currentRule } from "../state.js";
import { TABS, readShared, withoutUnknown } from "./fields.js";
import { pairsHere } from "./link-pairs.js";
import { lockControls } from "./locks.js";

/** What the page is opened with. @typedef {Pick<OpenedLink, "initial" | "shape" | "lesson" | "follow" | "settle">} Opened */

/** Opens what a link carries, as far as it is fit; whatever is not is told. @param {string} fragment @param {State} initial @returns {Promise<Opened>} */
export async function openLink(fragment, initial) {
  const { fields, problems } = await readLink(fragment);
  if (!fields) return unread(told(initial, SHARE.notOpened(problems.join("; "))));
  const read = readShared(fields);
  const here = withoutUnknown(read.shared);
  return new OpenedLink(here.shared, [...problems, ...read.problems, ...here.problems], initial);
}

/** A link that could not be read: the page opens without it. @param {State} initial @returns {Opened} */
const unread = (initial) => ({ initial, shape: null, lesson: {}, follow() {}, settle() {} });

/**
 * A link that could be read. It is done what whoever made it did: the scenario opens by what its pairs were made by
 * then, and what has been changed since is changed when they are there.
 */
class OpenedLink {
  #shared;
  #problems;
  #settings;

  /** @param {Shared} shared @param {string[]} problems @param {State} initial */
  constructor(shared, problems, initial) {
    this.#shared = shared;
    this.#problems = problems;
    this.#settings = initial.settings;
    this.initial = { ...initial, settings: settingsOf(shared, initial.settings) };
  }

  /** Strokes that a policy is to learn before the link's scenario can open. */
  get shape() {
    return this.#shared.shape ?? null;
  }

  /** What it says beside the work that it brings. @returns {LessonFields<Control>} */
  get lesson() {
    return this.#shared;
  }

  /** Looks at what the core knows, as soon as that is known. @param {DiffusionStore} store */
  follow(store) {
    let met = false;
    store.watch((state) => state.catalogue, (catalogue) => {
      if (!catalogue || met) return;
      met = true;
      // Not while the store tells of the catalogue.
      queueMicrotask(() => this.#meet(store, catalogue));
    });
  }

  /** @param {DiffusionStore} store @param {Catalogue} catalogue */
  #meet(store, catalogue) {
    const { shared, problems } = fitCatalogue(this.#shared, catalogue);
    this.#shared = shared;
    if (problems.length > 0) {
      const { scenario } = store.state().settings;
      store.dispatch({ type: "settings", settings: { ...settingsOf(shared, this.#settings), scenario } });
    }
    this.#tell(store, problems);
  }

  /** The lesson begins; what was changed after the scenario had been opened is changed once it is. @param {DiffusionStore} store @param {DiffusionApp} app */
  settle(store, app) {
    look(this.#shared.view ?? {}, TABS);
    lockControls(this.lesson);
    // This page keeps nothing of what is changed: loaded again, it opens the link as it was sent.
    lessonPanel(store, app, this.lesson, { afresh: () => location.reload() });
    const { scenario } = scenarioIn(this.#shared);
    let settled = false;
    store.watch(
      ({ settings, original, shape }) => settings.scenario === scenario && original !== null && shape !== null,
      (opened) => {
        if (!opened || settled) return;
        settled = true;
        queueMicrotask(() => this.#settle(store, app));
      },
    );
  }

  /** @param {DiffusionStore} store @param {DiffusionApp} app */
  #settle(store, app) {
    const { rule, sampler, field, way, pairs } = this.#shared;
    const state = store.state();
    const { original, shape } = state;
    if (!original || !shape) return;
    /** @type {string[]} */
    const problems = [];
    if (rule !== undefined && rule !== currentRule(state)) app.chooseRule(rule);
    if (sampler) app.sampleWith(sampler);
    if (way !== undefined) app.showWay({ class: way });
    if (field && field.timestep < shape.timesteps) app.showField(field);
    else if (field) problems.push(SHARE.unfit("field", SHARE_SAMPLES.noTimestep(shape.timesteps)));
    if (pairs) {
      const here = pairsHere(pairs, original, shape);
      if (here.unfit > 0) problems.push(SHARE_SAMPLES.unfitPairs(here.unfit));
      app.take(here.pairs, "replace");
    }
    if (problems.length > 0) this.#tell(store, problems);
  }

  /** One notice on all that was ignored. @param {DiffusionStore} store @param {string[]} problems */
  #tell(store, problems) {
    this.#problems = [...this.#problems, ...problems];
    if (this.#problems.length > 0) store.dispatch({ type: "notice", notice: noticeOf(SHARE.ignored(this.#problems)) });
  }
}

/** @param {string} text */
const noticeOf = (text) => ({ key: "link", kind: /** @type {const} */ ("note"), text });

/** @param {State} state @param {string} text @returns {State} */
const told = (state, text) => ({ ...state, notices: [...state.notices, noticeOf(text)] });

/** @param {Shared} shared */
function scenarioIn(shared) {
  const { name, method } = scenarioOf(shared.scenario ?? "");
  return { scenario: name, method: shared.method ?? method };
}

/** The settings with which a link's scenario is opened. @param {Shared} shared @param {Settings} settings @returns {Settings} */
function settingsOf(shared, settings) {
  const { scenario, method } = scenarioIn(shared);
  const { values, judgeKind, seed, engine, density } = shared;
  const rule = shared.origin?.rule ?? shared.rule;
  return {
    ...settings,
    // A shape's scenario opens when a policy has learnt it.
    ...(!shared.shape && { scenario }),
    ...(shared.method !== undefined && { methods: { [scenario]: method } }),
    ...(values && { values: { [`${scenario}/${method}`]: values } }),
    ...(rule !== undefined && { rules: { [scenario]: rule } }),
    ...(judgeKind && { judgeKind }),
    ...(seed !== undefined && { seed }),
    ...(engine && { engine }),
    ...(density !== undefined && { density }),
    sampler: shared.origin?.sampler ?? shared.sampler ?? settings.sampler,
  };
}

/** What the core does not know is left out: a method, or numbers beyond their ranges. @param {Shared} shared @param {Catalogue} catalogue @returns {{ shared: Shared, problems: string[] }} */
export function fitCatalogue(shared, catalogue) {
  const fit = { ...shared };
  /** @type {string[]} */
  const problems = [];
  const { method } = scenarioIn(shared);
  const core = fitForCore(method, shared.values ?? {}, catalogue);
  problems.push(...core.problems);
  if (!core.known) delete fit.method;
  if (fit.values) fit.values = core.values;
  for (const [field, sampler] of /** @type {const} */ ([["sampler", fit.sampler], ["origin", fit.origin?.sampler]])) {
    if (!sampler) continue;
    const numbers = Object.fromEntries(Object.entries(SAMPLER_NUMBERS).map(([name, own]) => [name, sampler[own]]));
    const unfit = fitNumbers(numbers, catalogue.sampling).problems;
    if (unfit.length > 0) delete fit[field];
    problems.push(...unfit);
  }
  return { shared: fit, problems };
}
