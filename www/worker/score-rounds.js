// @ts-check
/** @import { LanguageSession } from "../pkg/playground.js" */
/** @import { PairScore } from "../app/messages.js" */

/** Pairs scored at once: commands are heard in between. */
const AT_ONCE = 256;

/** Scores all pairs in rounds, some at a time; edited ones answer first. */
export class ScoreRounds {
  /** Pairs of this round that are still to be scored. @type {number[]} */
  #left = [];
  /** @type {PairScore[]} */
  #scored = [];
  /** Whether weights or numbers may have changed since the round began. */
  #changed = false;
  /** Pairs whose numbers are wanted before the round's. @type {Set<number>} */
  #edited = new Set();

  /** Another run: its round begins anew. */
  begin() {
    this.#left = [];
  }

  /** Weights or numbers may have changed. */
  disturb() {
    this.#changed = true;
  }

  /** @param {number} id */
  edit(id) {
    this.#edited.add(id);
  }

  /** @param {number} id */
  isEdited(id) {
    return this.#edited.has(id);
  }

  /**
   * Scores some of the pairs called `ids`: edited ones while the run goes on, else those that come next. `all` says that a
   * round is complete, and no number of it out of date; `more` that pairs are left.
   * @param {LanguageSession} session
   * @param {Set<number>} ids
   * @param {boolean} running
   * @returns {Promise<{ scores: PairScore[], all: boolean, more: boolean }>}
   */
  async score(session, ids, running) {
    const edited = running ? [...this.#edited].filter((id) => ids.has(id)) : [];
    this.#edited.clear();
    const inRound = edited.length === 0;
    if (inRound && this.#left.length === 0) [this.#left, this.#scored, this.#changed] = [[...ids], [], false];
    const next = (inRound ? this.#left.splice(0, AT_ONCE) : edited).filter((id) => ids.has(id));
    const more = !inRound || this.#left.length > 0 || this.#changed;
    if (next.length === 0) return { scores: [], all: false, more };
    const scores = await session.scorePairs(Uint32Array.from(next));
    if (!inRound) return { scores, all: false, more };
    this.#scored.push(...scores);
    const all = !more;
    return { scores: all ? this.#scored : scores, all, more };
  }
}
