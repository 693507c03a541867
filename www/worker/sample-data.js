// @ts-check
/** @import { DataSamples } from "../pkg/playground.js" */
/** @import { DataSource } from "../diffusion/messages.js" */
/** @import { Wasm } from "./core.js" */
import { WORKER } from "../app/strings/worker.js";
import { policyFile } from "./policy-files.js";

/** What diffusion policies were trained on, and what was kept from them: real digits, points of a distribution or of a drawing. */
export class SampleData {
  #wasm;
  #assets;
  /** The text of all digits. @type {Promise<string> | null} */
  #digits = null;

  /** @param {Wasm} wasm @param {URL} assets their folder, with a slash at its end */
  constructor(wasm, assets) {
    this.#wasm = wasm;
    this.#assets = assets;
  }

  /** Digits to learn from; or so many points. @param {DataSource} source @param {number} count @param {number} seed @returns {Promise<DataSamples>} */
  async learnt(source, count, seed) {
    return source === "digits" ? this.#wasm.readDigits(await this.#digitsText()) : this.points(source, count, seed);
  }

  /** Digits that nothing has learnt from. */
  async heldOutDigits() {
    return this.#wasm.heldOutDigits(await this.#digitsText());
  }

  /** What tells digits apart; it measures them against those held out. */
  async classifier() {
    const { values } = await this.heldOutDigits();
    const weights = await policyFile(new URL("digits/", this.#assets).href, "classifier.safetensors");
    return this.#wasm.DigitClassifier.load(new Uint8Array(weights), values, DIGIT_PIXELS);
  }

  /** Points of a distribution that has a name, or of a drawing. @param {DataSource} source @param {number} count @param {number} seed @returns {DataSamples} */
  points(source, count, seed) {
    return typeof source === "string" ? this.#wasm.dataPoints(source, count, seed) : this.#wasm.drawnPoints(source, count, seed);
  }

  #digitsText() {
    this.#digits ??= this.#fetchDigits();
    return this.#digits;
  }

  async #fetchDigits() {
    const response = await fetch(new URL("digits/digits.csv", this.#assets)).catch(() => null);
    if (response?.ok) return response.text();
    this.#digits = null;
    throw new Error(WORKER.unfetchedDigits);
  }
}

const DIGIT_PIXELS = 64;
