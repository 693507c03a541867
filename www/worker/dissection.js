// @ts-check
/** @import { LanguageSession, PairNumbers, Rollout } from "../pkg/playground.js" */

/**
 * The next update in its parts, made on trial: the run stands again where it stood, and the update that follows is
 * this one.
 * @param {LanguageSession} session nothing that it has measured waits to be fetched
 * @returns {Promise<{ step: number, before: PairNumbers[], loss: number, gradNorm: number, rollouts: Rollout[] }>}
 */
export async function dissect(session) {
  const { step } = session;
  const ids = session.nextBatch();
  // No ids would stand for all.
  const before = ids.length > 0 ? await session.scorePairs(ids) : [];
  const start = await session.record();
  try {
    await session.update();
    const { columns, values } = await session.metrics();
    const measured = (/** @type {string} */ name) => values[columns.indexOf(name)] ?? NaN;
    return { step, before, loss: measured("loss"), gradNorm: measured("grad_norm"), rollouts: session.rollouts() };
  } finally {
    await session.rewind(start);
    start.free();
  }
}
