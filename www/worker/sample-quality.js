// @ts-check
/** @import { DataSamples, DiffusionSession, DigitClassifier } from "../pkg/playground.js" */
/** @import { DataSource, Recipe, Sampler, Shape } from "../diffusion/messages.js" */
/** @import { Rows } from "../app/messages.js" */
/** @import { Wasm } from "./core.js" */
/** @import { SampleData } from "./sample-data.js" */
import { DIGITS_MEASURED, POINTS_MEASURED, QUALITY } from "../diffusion/quality.js";
import { pick } from "./pair-maker.js";

/** Held-out points: their number, and a seed that nothing else draws by. */
const HELD_OUT = 2048;
const HELD_OUT_SEED = 70_001;
/** Sets of fresh points whose distances are averaged. */
const FRESH_SETS = 4;
/** Points that winners are picked from. */
const CANDIDATES = 16_384;
/** The noise of what is measured: always the same, so that a curve shows the policy and not luck. */
const NOISE = 70_100;
/** Directions of the sliced Wasserstein distance. */
const DIRECTIONS_SEED = 1;

/** Of which policy, and what is better there. @typedef {{ source: DataSource, shape: Shape, recipe: Recipe, rule: string }} Subject */
/** What samples are compared with, and how far from it fresh data are. @typedef {{ held: Float32Array, floor: number }} Yardstick */

/** Measures a policy's samples against data that no policy has learnt from. */
export class SampleQuality {
  #wasm;
  #data;
  /** @type {Map<string, Yardstick | null>} */
  #yardsticks = new Map();
  /** @type {{ classifier: DigitClassifier, floor: number } | null} */
  #digits = null;

  /** @param {Wasm} wasm @param {SampleData} data */
  constructor(wasm, data) {
    this.#wasm = wasm;
    this.#data = data;
  }

  /** Nothing is known of another drawing. */
  forget() {
    this.#yardsticks.clear();
  }

  /**
   * How good fresh samples are: one row.
   * @param {DiffusionSession} session @param {Subject} subject @param {Sampler} sampler
   * @returns {Promise<Rows>}
   */
  async measure(session, subject, sampler) {
    const { step } = session;
    const kinds = Math.max(1, subject.shape.classes);
    const count = subject.shape.dimensions === 2 ? POINTS_MEASURED : DIGITS_MEASURED;
    const classes = Uint32Array.from({ length: count }, (_, index) => index % kinds);
    const values = await session.sample(false, classes, { ...sampler, seed: NOISE });
    /** @type {Record<string, number>} */
    const measured = { ...(await this.#distances(values, classes, subject)), [QUALITY.points]: this.#points(values, subject) };
    const columns = Object.values(QUALITY);
    return { columns, steps: Uint32Array.of(step), values: Float32Array.from(columns, (name) => measured[name] ?? NaN) };
  }

  /** @param {Float32Array} values @param {Uint32Array} classes @param {Subject} subject @returns {Promise<Record<string, number>>} */
  async #distances(values, classes, subject) {
    if (subject.shape.dimensions !== 2) return this.#read(values, classes, subject.shape.dimensions);
    const [all, winners] = [this.#heldOut(subject.source), this.#winners(subject)];
    const away = (/** @type {Yardstick | null} */ from) => (from ? this.#distance(values, from.held) : NaN);
    return {
      [QUALITY.distance]: away(all),
      [QUALITY.floor]: all.floor,
      [QUALITY.winners]: away(winners),
      [QUALITY.winnersFloor]: winners?.floor ?? NaN,
    };
  }

  /** @param {Float32Array} one @param {Float32Array} other */
  #distance(one, other) {
    return this.#wasm.slicedWasserstein(one, other, 2, DIRECTIONS_SEED);
  }

  /** @param {DataSource} source @returns {Yardstick} */
  #heldOut(source) {
    return this.#yardstick(key(source), () => {
      const points = (/** @type {number} */ count, /** @type {number} */ turn) => {
        const drawn = this.#data.points(source, 2 * count, HELD_OUT_SEED + turn);
        return balanced(drawn, count, 2);
      };
      return { held: points(HELD_OUT, 0), fresh: (turn) => points(POINTS_MEASURED, turn) };
    });
  }

  /** Held-out points as the chosen ones of a scenario with real winners are; null elsewhere. @param {Subject} subject @returns {Yardstick | null} */
  #winners({ source, recipe, rule }) {
    if (recipe.from !== "data") return null;
    const name = JSON.stringify([key(source), rule, recipe.candidates]);
    try {
      return this.#yardstick(name, () => {
        const held = this.#picked(source, rule, { ...recipe, count: HELD_OUT }, 0);
        return { held, fresh: (turn) => this.#picked(source, rule, { ...recipe, count: POINTS_MEASURED }, turn) };
      });
    } catch {
      // A rule that cannot be read has no winners; whoever set it has been told.
      return null;
    }
  }

  /** @param {DataSource} source @param {string} rule @param {Recipe} recipe @param {number} turn */
  #picked(source, rule, recipe, turn) {
    const { values, classes } = this.#data.points(source, CANDIDATES, HELD_OUT_SEED + turn);
    const points = this.#wasm.rulePoints(rule, values, 2);
    return Float32Array.from(pick(classes, points, recipe, 0).flatMap(({ best }) => [values[2 * best], values[2 * best + 1]]));
  }

  /** @param {string} name @param {() => { held: Float32Array, fresh: (turn: number) => Float32Array }} make @returns {Yardstick} */
  #yardstick(name, make) {
    const known = this.#yardsticks.get(name);
    if (known) return known;
    const { held, fresh } = make();
    const floors = Array.from({ length: FRESH_SETS }, (_, turn) => this.#distance(fresh(turn + 1), held));
    const made = { held, floor: floors.reduce((sum, floor) => sum + floor, 0) / FRESH_SETS };
    this.#yardsticks.set(name, made);
    return made;
  }

  /** @param {Float32Array} values @param {Uint32Array} classes @param {number} dimensions */
  async #read(values, classes, dimensions) {
    this.#digits ??= await this.#openClassifier(classes, dimensions);
    const { classifier, floor } = this.#digits;
    const { recognised, entropy, frechet } = await classifier.measure(values, dimensions, classes);
    return { [QUALITY.recognised]: recognised, [QUALITY.entropy]: entropy, [QUALITY.frechet]: frechet, [QUALITY.frechetFloor]: floor };
  }

  /** The classifier, and how far as many real digits are from those held out. @param {Uint32Array} classes @param {number} dimensions */
  async #openClassifier(classes, dimensions) {
    const classifier = await this.#data.classifier();
    const real = await this.#data.learnt("digits", 0, 0);
    const values = balanced(real, classes.length, dimensions);
    const { frechet } = await classifier.measure(values, dimensions, classes);
    return { classifier, floor: frechet };
  }

  /** What the rule gives the samples on average. @param {Float32Array} values @param {Subject} subject */
  #points(values, { rule, shape }) {
    try {
      const points = this.#wasm.rulePoints(rule, values, shape.dimensions);
      return points.reduce((sum, one) => sum + one, 0) / points.length;
    } catch {
      return NaN;
    }
  }
}

/** @param {DataSource} source */
const key = (source) => (typeof source === "string" ? source : "drawing");

/**
 * So many samples, each class equally often and in turn, taken evenly from all there are of it: real digits stand in
 * the order of their writers.
 * @param {DataSamples} all @param {number} count @param {number} dimensions
 */
export function balanced({ values, classes }, count, dimensions) {
  /** @type {number[][]} */
  const places = [];
  classes.forEach((of, place) => (places[of] ??= []).push(place));
  const chosen = new Float32Array(count * dimensions);
  for (let index = 0; index < count; index++) {
    const own = places[index % places.length];
    const place = own[Math.floor((Math.floor(index / places.length) * own.length) / Math.ceil(count / places.length))];
    chosen.set(values.subarray(place * dimensions, (place + 1) * dimensions), index * dimensions);
  }
  return chosen;
}
