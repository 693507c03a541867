// @ts-check
/** What a session tells in tokens, as text. */
/** @import * as Core from "../pkg/playground.js" */
/** @import { Question, Rollout, Sampler, Samples, TokenStrip } from "../app/messages.js" */
/** @import { TextCodec } from "./text-codec.js" */
/** @import { PolicyFiles } from "./policy-library.js" */
/** @import { Run } from "./run.js" */
import { readPrompt } from "./prompt.js";

/** @param {Core.Question} question @param {TextCodec} codec @returns {Question} */
export const questionAsText = ({ id, prompt, first, second }, codec) => ({
  id,
  prompt: codec.decode(prompt),
  first: codec.decode(first),
  second: codec.decode(second),
});

/** @param {Core.TokenScores} scores @param {TextCodec} codec @returns {TokenStrip} */
export const stripAsText = ({ ids, policy, reference }, codec) => ({
  texts: Array.from(ids, (id) => codec.decode([id])),
  policy: [...policy],
  reference: [...reference],
});

/** @param {Core.Rollout} rollout @param {TextCodec} codec @returns {Rollout} */
export const rolloutAsText = ({ step, prompt, answers, preferences, rewards }, codec) => ({
  step,
  prompt: codec.decode(prompt),
  answers: answers.map((ids) => codec.decode(ids)),
  preferences: [...preferences],
  rewards: [...rewards],
});

/**
 * Completions of what a person has typed, by policy and reference; or why there are none.
 * @param {Core.LanguageSession} session
 * @param {PolicyFiles} files
 * @param {Sampler} sampler
 * @param {number} most tokens in a completion
 * @returns {Promise<Samples>}
 */
export async function samplesAsText(session, files, { prompt, temperature, count, seed }, most) {
  const { step } = session;
  const { ids, room, problem } = readPrompt(prompt, files);
  if (problem !== null) return { step, prompt, policy: [], reference: [], problem };
  const options = { count, temperature, topK: 0, topP: 1, maxTokens: Math.min(most, room), seed };
  const drawn = await session.sample(ids, options);
  const [policy, reference] = [drawn.policy, drawn.reference].map((all) => all.map((ids) => files.codec.decode(ids)));
  return { step, prompt, policy, reference, problem };
}

/**
 * An answer of the policy's own to a prompt, and if it can be none of those to avoid: the first of `count` that fits.
 * @param {Run} run
 * @param {{ prompt: string, temperature: number, seed: number, avoid: string[], count: number }} of
 */
export async function drawAnswer({ session, files, maxTokens }, { prompt, temperature, seed, avoid, count }) {
  const { ids, room, problem } = readPrompt(prompt, files);
  if (problem !== null) throw new Error(problem);
  const options = { count, temperature, topK: 0, topP: 1, maxTokens: Math.min(maxTokens, room), seed };
  const { policy } = await session.sample(ids, options);
  const texts = policy.map((completion) => files.codec.decode(completion));
  return texts.find((text) => text !== "" && !avoid.includes(text)) ?? texts[0];
}
