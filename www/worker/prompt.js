// @ts-check
/** @import { Beginning } from "../app/messages.js" */
/** @import { PolicyFiles } from "./policy-library.js" */
import { WORKER } from "../app/strings/worker.js";

/**
 * A prompt as tokens, with the room for a completion; or why none can be drawn.
 * @param {string} prompt
 * @param {PolicyFiles} files
 * @returns {{ ids: Uint32Array, room: number, problem: string | null }}
 */
export function readPrompt(prompt, { codec, limits }) {
  const { ids, unknown, special } = codec.encode(prompt);
  const room = limits.context - ids.length - (limits.begins ? 1 : 0);
  const unreadable = [...unknown, ...special];
  let problem = null;
  if (unreadable.length > 0) problem = WORKER.unreadPrompt(limits.title, unreadable);
  else if (room < 1) problem = WORKER.noRoom;
  else if (!limits.begins && ids.length === 0) problem = WORKER.noPrompt;
  return { ids: Uint32Array.from(ids), room, problem };
}

/**
 * A prompt and the beginning of an answer as tokens, with room for one more; or why it cannot go on.
 * @param {Beginning} beginning
 * @param {PolicyFiles} files
 * @returns {{ prompt: Uint32Array, completion: Uint32Array, problem: string | null }}
 */
export function readBeginning({ prompt, answer, tokens }, files) {
  const { ids, room, problem } = readPrompt(prompt, files);
  const { ids: begun, unknown, special } = files.codec.encode(answer);
  const completion = Uint32Array.from([...begun, ...tokens]);
  const unreadable = [...unknown, ...special];
  /** @type {string | null} */
  let trouble = problem;
  if (unreadable.length > 0) trouble ??= WORKER.unreadAnswer(files.limits.title, unreadable);
  else if (completion.length > room) trouble ??= WORKER.noRoomAfter;
  return { prompt: ids, completion, problem: trouble };
}
