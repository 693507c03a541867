// @ts-check
/** @import { TokenPair } from "../pkg/playground.js" */
/** @import { AnswersOf, Beginning, Pair, Sampler, Side, TokenPlace } from "../app/messages.js" */
/** @import { Post, Run } from "./run.js" */
import { questionAsText, rolloutAsText, samplesAsText, stripAsText } from "./as-text.js";
import { expansionsIn, explore, lookAtAnswers, lookNext } from "./close-up.js";
import { JobSchedule } from "./job-schedule.js";
import { Pacer } from "./pacer.js";
import { ScoreRounds } from "./score-rounds.js";

/**
 * How a run stands: `running` until it is paused, `training` while it or its judge learns: a run may wait, a judge may learn while it rests.
 * @typedef {{ running: boolean, training: boolean, asksPerson: boolean }} Standing
 */
/** What is looked at closely. @typedef {{ token: TokenPlace | null, beginning: Beginning | null, answers: AnswersOf | null }} Watched */

const pacers = () => ({
  questions: new Pacer(500),
  judge: new Pacer(333),
  scores: new Pacer(333),
  tokens: new Pacer(333),
  rollouts: new Pacer(500),
  samples: new Pacer(1000),
  next: new Pacer(333),
  explored: new Pacer(333),
  answers: new Pacer(2000, 0.2),
  // Only the pause and the step show it: it runs over all pairs.
  evaluation: new Pacer(Infinity),
});
/** @typedef {keyof ReturnType<typeof pacers>} SideJob */

/**
 * What is shown of a run beside its metrics: measured at a low rate while it trains, at once when it rests. It lasts longer
 * than a run: what is watched stays so when another is opened.
 */
export class SideJobs {
  #post;
  #jobs = new JobSchedule(pacers());
  /** Those that are trained on. @type {Map<number, TokenPair>} */
  #pairs = new Map();
  /** The only side of those that have one. @type {Map<number, Side>} */
  #alone = new Map();
  /** Of all pairs, to see which were edited. @type {Map<number, string>} */
  #texts = new Map();
  #rounds = new ScoreRounds();
  /** @type {number | null} */
  #selected = null;
  /** @type {Sampler} */
  #sampler = { prompt: "", temperature: 1, count: 0, seed: 0 };
  /** @type {Watched} */
  #watched = { token: null, beginning: null, answers: null };
  /** How long the first answers to a prompt took to be added up: that decides how far all are. @type {{ prompt: string, took: number } | null} */
  #first = null;

  /** @param {Post} post */
  constructor(post) {
    this.#post = post;
  }

  /** Another run is opened. @param {{ selected: number | null, sampler: Sampler }} shown */
  open({ selected, sampler }) {
    this.#first = null;
    this.#selected = selected;
    this.#sampler = sampler;
    this.#texts.clear();
    this.#rounds.begin();
  }

  /** How samples are drawn. */
  get sampler() {
    return this.#sampler;
  }

  /** Whether pairs are left to score, whatever else rests. */
  get scoring() {
    return this.#jobs.isStale("scores");
  }

  /** What some jobs show is out of date. @param {SideJob[]} names all, if none is given */
  stale(...names) {
    this.#jobs.stale(...names);
    if (names.length === 0 || names.includes("scores")) this.#rounds.disturb();
  }

  /** It is out of date, and a person waits for it. @param {SideJob[]} names all, if none is given */
  want(...names) {
    this.stale(...names);
    this.#jobs.want(...names);
  }

  /** Other pairs are trained on. @param {Pair[]} pairs @param {TokenPair[]} usable those of them that can be read */
  setPairs(pairs, usable) {
    this.#pairs = new Map(usable.map((pair) => [pair.id, pair]));
    this.#alone = new Map(pairs.flatMap(({ id, only }) => (only === undefined ? [] : [[id, only]])));
    const texts = new Map(pairs.map((pair) => [pair.id, JSON.stringify([pair.prompt, pair.chosen, pair.rejected])]));
    for (const { id } of usable) {
      if (texts.get(id) !== this.#texts.get(id)) this.#rounds.edit(id);
    }
    this.#texts = texts;
    this.stale("questions", "judge", "evaluation", "tokens", "next", "answers");
    this.want("scores");
    if (this.#selected !== null && this.#rounds.isEdited(this.#selected)) this.want("tokens");
  }

  /** Another pair is looked at. @param {number | null} id */
  select(id) {
    this.#selected = id;
    this.want("tokens", "rollouts");
  }

  /** Samples are to be drawn otherwise. @param {Sampler} sampler */
  sample(sampler) {
    this.#sampler = sampler;
    this.want("samples");
  }

  /** Something else is looked at closely: its numbers are wanted at once. @param {Watched} watched */
  watch({ token, beginning, answers }) {
    const before = this.#watched;
    this.#watched = { token, beginning, answers };
    if (isOther(token, before.token)) this.want("next");
    if (isOther(beginning, before.beginning)) this.want("explored");
    if (isOther(answers, before.answers)) this.want("answers");
  }

  /** Shows what is due; when a run rests, everything that is out of date. @param {Run} run @param {Standing} standing */
  async publish(run, standing) {
    const { running, training } = standing;
    for (const name of this.#jobs.names) {
      if (!this.#jobs.isDue(name, training, performance.now())) continue;
      if (name === "evaluation" && (running || training)) continue;
      await this.#jobs.perform(name, () => this.#perform(name, run, standing));
    }
  }

  /** @param {SideJob} name @param {Run} run @param {Standing} standing */
  async #perform(name, run, { running, asksPerson }) {
    switch (name) {
      case "questions":
        return this.#publishQuestions(run, asksPerson);
      case "judge":
        return this.#publishJudge(run);
      case "scores":
        return this.#publishScores(run, running);
      case "tokens":
        return this.#publishTokens(run);
      case "rollouts":
        return this.#publishRollouts(run);
      case "samples":
        return this.#publishSamples(run);
      case "next":
        return this.#publishNext(run);
      case "explored":
        return this.#publishExplored(run);
      case "answers":
        return this.#publishAnswers(run);
      case "evaluation":
        return this.#publishEvaluation(run);
    }
  }

  /** What the person is asked. @param {Run} run @param {boolean} asksPerson */
  async #publishQuestions({ number, session, files }, asksPerson) {
    if (!asksPerson) return;
    const questions = await session.questions();
    this.#post({ type: "questions", session: number, questions: questions.map((question) => questionAsText(question, files.codec)) });
  }

  /** Where the judge stands, if it is one that learns. @param {Run} run */
  #publishJudge({ number, session }) {
    const report = session.judge();
    if (report) this.#post({ type: "judge", session: number, report });
  }

  /** The numbers of some pairs. @param {Run} run @param {boolean} running */
  async #publishScores({ number, session }, running) {
    if (this.#pairs.size === 0) return;
    const { step } = session;
    const { scores, all, more } = await this.#rounds.score(session, new Set(this.#pairs.keys()), running);
    // The round goes on: nothing has disturbed it.
    if (more) this.#jobs.stale("scores");
    if (scores.length > 0) this.#post({ type: "scores", session: number, step, all, scores });
  }

  /** The tokens of the selected pair. @param {Run} run */
  async #publishTokens({ number, session, files: { codec } }) {
    const pair = this.#selectedPair;
    if (!pair) return;
    const { chosen, rejected } = await session.scoreTokens(pair);
    this.#post({ type: "tokens", session: number, id: pair.id, chosen: stripAsText(chosen, codec), rejected: stripAsText(rejected, codec) });
  }

  /** What the last update learnt from of the policy's own, and what stands against the selected pair. @param {Run} run */
  #publishRollouts({ number, session, files: { codec } }) {
    const rollouts = session.rollouts().map((rollout) => rolloutAsText(rollout, codec));
    this.#post({ type: "rollouts", session: number, rollouts });
    const pair = this.#selectedPair;
    if (!pair) return;
    const answers = session.keptAnswers(pair).map((ids) => codec.decode(ids));
    this.#post({ type: "kept", session: number, id: pair.id, answers });
  }

  get #selectedPair() {
    return this.#selected === null ? undefined : this.#pairs.get(this.#selected);
  }

  /** @param {Run} run */
  async #publishSamples({ number, session, files, maxTokens }) {
    const samples = await samplesAsText(session, files, this.#sampler, maxTokens);
    this.#post({ type: "samples", session: number, ...samples });
  }

  /** What may stand in the place of a token that is looked at. @param {Run} run */
  async #publishNext({ number, session, files }) {
    const { token: at } = this.#watched;
    const pair = at ? this.#pairs.get(at.pair) : undefined;
    if (!at || !pair) return;
    const [{ step }, answer] = [session, pair[at.side]];
    const place = { prompt: pair.prompt, completion: answer.slice(0, at.index), here: answer[at.index] ?? files.end };
    this.#post({ type: "next", session: number, step, at, shown: await lookNext(session, files, place) });
  }

  /** What may come next in a text that a person has typed. @param {Run} run */
  async #publishExplored({ number, session, files }) {
    const { beginning: at } = this.#watched;
    if (!at) return;
    const { step } = session;
    this.#post({ type: "explored", session: number, step, at, ...(await explore(session, files, at)) });
  }

  /** Where the probability of the answers to one prompt went. @param {Run} run */
  async #publishAnswers({ number, session, files, maxTokens }) {
    const { answers: at } = this.#watched;
    if (!at) return;
    const { step } = session;
    const known = this.#first?.prompt === at.prompt ? this.#first : null;
    const what = { at, expansions: known ? expansionsIn(known.took, at.milliseconds) : undefined, maxTokens, pairs: [...this.#pairs.values()], alone: this.#alone };
    const start = performance.now();
    this.#post({ type: "answers", session: number, step, at, ...(await lookAtAnswers(session, files, what)) });
    if (known) return;
    this.#first = { prompt: at.prompt, took: performance.now() - start };
    this.want("answers");
  }

  /** How the run does over all pairs. @param {Run} run */
  async #publishEvaluation({ number, session }) {
    if (this.#pairs.size === 0) return;
    const rows = await session.evaluate();
    this.#post({ type: "evaluated", session: number, ...rows }, [rows.steps.buffer, rows.values.buffer]);
  }
}

/** Whether something is looked at, and it is not what was before. @param {unknown} now @param {unknown} before */
function isOther(now, before) {
  return now !== null && JSON.stringify(now) !== JSON.stringify(before);
}
