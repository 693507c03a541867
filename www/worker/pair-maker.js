// @ts-check
/** @import { DiffusionSession, DrawOptions, SamplePair } from "../pkg/playground.js" */
/** @import { DataSource, Recipe, Shape } from "../diffusion/messages.js" */
/** @import { Wasm } from "./core.js" */
/** @import { SampleData } from "./sample-data.js" */

/** Points of a distribution that are at hand. */
const DATA_POINTS = 1024;
/** Where they come from is always the same. */
const DATA_SEED = 1;
/** The most lots of the policy's own samples that are drawn for pairs: a rule may find most of them alike. */
const MOST_LOTS = 8;

/** Makes pairs by a rule: of a policy's own samples, or of what it was trained on. */
export class PairMaker {
  #wasm;
  #data;

  /** @param {Wasm} wasm @param {SampleData} data */
  constructor(wasm, data) {
    this.#wasm = wasm;
    this.#data = data;
  }

  /** What a policy was trained on, as far as it is at hand. @param {DataSource} source */
  data(source) {
    return this.#data.learnt(source, DATA_POINTS, DATA_SEED);
  }

  /**
   * Pairs by a recipe; other ones at each turn. Their ids count from 0.
   * @param {{ session: DiffusionSession, shape: Shape, data: DataSource, recipe: Recipe, rule: string, draw: DrawOptions, turn: number }} of
   * @returns {Promise<SamplePair[]>}
   */
  async make({ session, shape, data, recipe, rule, draw, turn }) {
    if (recipe.from === "policy") return this.#own(session, recipe.count, rule, draw, turn);
    const { values, classes } = await this.data(data);
    const points = this.#wasm.rulePoints(rule, values, shape.dimensions);
    const picked = pick(classes, points, recipe, turn);
    const sample = (/** @type {number} */ place) => values.slice(place * shape.dimensions, (place + 1) * shape.dimensions);
    return picked.map(({ best, worst }, id) => ({ id, class: classes[best], chosen: sample(best), rejected: sample(worst) }));
  }

  /** @param {DiffusionSession} session @param {number} count @param {string} rule @param {DrawOptions} draw @param {number} turn */
  async #own(session, count, rule, draw, turn) {
    /** @type {SamplePair[]} */
    const pairs = [];
    for (let lot = 0; lot < MOST_LOTS && pairs.length < count; lot++) {
      const seed = draw.seed + 1 + turn * MOST_LOTS + lot;
      const classes = session.spreadClasses(count, seed);
      pairs.push(...(await session.proposePairs(classes, rule, { ...draw, seed }, pairs.length)));
    }
    return pairs.slice(0, count);
  }
}

/**
 * The best and the worst of some candidates of one class, for each pair, class by class in turn; candidates of a class
 * that a rule gives the same make no pair.
 * @param {ArrayLike<number>} classes of all there are
 * @param {ArrayLike<number>} points what the rule gives each
 * @param {Recipe} recipe
 * @param {number} turn
 */
export function pick(classes, points, { count, candidates }, turn) {
  /** @type {number[][]} */
  const places = [];
  for (let place = 0; place < classes.length; place++) (places[classes[place]] ??= []).push(place);
  const known = places.filter((own) => own?.length >= candidates);
  /** @type {{ best: number, worst: number }[]} */
  const pairs = [];
  const most = known.length * Math.max(0, ...known.map((own) => Math.floor(own.length / candidates)));
  for (let tried = 0; tried < most && pairs.length < count; tried++) {
    const own = known[tried % known.length];
    const start = (Math.floor(tried / known.length) + turn * Math.ceil(count / known.length)) * candidates;
    const among = Array.from({ length: candidates }, (_, index) => own[(start + index) % own.length]);
    among.sort((one, other) => points[other] - points[one]);
    const [best, worst] = [among[0], among[candidates - 1]];
    if (points[best] > points[worst]) pairs.push({ best, worst });
  }
  return pairs;
}
