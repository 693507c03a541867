// @ts-check
/** @import { LanguageSession } from "../pkg/playground.js" */
/** @import { Judgement, JudgeKind } from "../app/messages.js" */
/** @import { PolicyFiles } from "./policy-library.js" */
/** @import { Post, Run } from "./run.js" */
import { sentence } from "../app/sentence.js";
import { WORKER } from "../app/strings/worker.js";

/** A stronger policy of the same shape. @typedef {{ name: string, weights: Uint8Array }} Strong */

/** Who judges the policy's own answers: a rule, a person, a judge that learns, or the density ratio of a stronger policy. */
export class Judge {
  #post;
  /** @type {JudgeKind} */
  #kind = "rule";
  /** The stronger policies that were kept or opened, each of the shape of one that is shipped. @type {Map<PolicyFiles, Strong>} */
  #strong = new Map();
  /** Updates that it was told to make beside the run's. */
  #left = 0;

  /** @param {Post} post */
  constructor(post) {
    this.#post = post;
  }

  /** Whether it is the person. */
  get isPerson() {
    return this.#kind === "person";
  }

  /** Whether a run has to wait: for the person's first word, or for a stronger policy. @param {Run} run */
  awaited({ session, files }) {
    return session.awaitsPerson || (this.#kind === "density ratio" && !this.#strong.has(files));
  }

  /**
   * Says who judges; if the rule is none, the judge before stays.
   * @param {Run} run
   * @param {string} rule
   * @param {JudgeKind} [kind]
   */
  async choose({ session, files }, rule, kind = "rule") {
    this.#left = 0;
    try {
      if (kind === "rule") session.setRule(rule, files.codec.vocabulary());
      else if (kind === "person") session.askPerson();
      else if (kind === "density ratio") await measureBy(session, this.#strong.get(files));
      else await session.setLearnedJudge(kind, rule, files.codec.vocabulary());
      this.#kind = kind;
    } catch (error) {
      this.#fail(WORKER.judgeStays(sentence(error)));
    }
  }

  /** Another policy of the same shape is the stronger one. @param {Run} run @param {Strong} strong */
  async strengthen({ session, files }, strong) {
    if (this.#kind === "density ratio") await measureBy(session, strong);
    this.#strong.set(files, strong);
    this.tellStrong(files);
  }

  /** Tells which policy is the stronger one, if there is one. @param {PolicyFiles} files */
  tellStrong(files) {
    this.#post({ type: "strong", name: this.#strong.get(files)?.name ?? null });
  }

  /** What stands before the prompts while kept answers are drawn; what cannot be read is told and left out. @param {Run} run @param {string[]} guides */
  guide({ session, files: { codec, limits } }, guides) {
    const readings = guides.map((guide) => codec.encode(guide));
    const strange = readings.flatMap(({ unknown, special }) => [...unknown, ...special]);
    if (strange.length > 0) this.#fail(WORKER.guideLeftOut(limits.title, strange));
    const fit = readings.filter(({ unknown, special }) => unknown.length + special.length === 0);
    session.setGuides(fit.map(({ ids }) => Uint32Array.from(ids)));
  }

  /** All that the person has said; what this policy cannot read is told and left out. @param {Run} run @param {Judgement[]} judgements */
  recall({ session, files: { codec, limits } }, judgements) {
    session.forget();
    const lost = judgements.filter(({ prompt, first, second, preferred }) => {
      const texts = [prompt, first, second].map((text) => codec.encode(text));
      if (texts.some(({ unknown, special }) => unknown.length + special.length > 0)) return true;
      const [about, one, other] = texts.map(({ ids }) => Uint32Array.from(ids));
      try {
        session.recall(about, one, other, preferred);
        return false;
      } catch {
        return true;
      }
    });
    if (lost.length > 0) this.#fail(WORKER.judgementsLeftOut(limits.title, lost.length, judgements.length));
  }

  /** It is to learn by itself. @param {number} updates so many; 0 ends what it was told before */
  teach(updates) {
    this.#left = updates;
  }

  /** Whether it is learning by itself. */
  get learning() {
    return this.#left > 0;
  }

  /** It learns until `end`, or until it was taught enough. @param {LanguageSession} session @param {number} end */
  async learn(session, end) {
    try {
      for (; this.#left > 0 && performance.now() < end; this.#left--) await session.updateJudge();
    } catch (error) {
      this.#left = 0;
      this.remark(error);
    }
  }

  /** Tells what broke it, if anything did, while the run goes on. @param {unknown} error */
  remark(error) {
    if (error !== undefined) this.#fail(WORKER.judgeRests(sentence(error)));
  }

  /** @param {string} text */
  #fail(text) {
    this.#post({ type: "failure", cause: "judge", text });
  }
}

/** The density ratio of a stronger policy judges; nobody does without one. @param {LanguageSession} session @param {Strong | undefined} strong */
async function measureBy(session, strong) {
  if (strong) await session.setDensityJudge(strong.weights);
  else session.dismissJudge();
}
