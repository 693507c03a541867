// @ts-check
/** @import { PolicyFiles } from "./trainer.js" */

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
  if (unreadable.length > 0) {
    problem = `The policy “${limits.title}” cannot read “${unreadable.join("”, “")}” in this prompt.`;
  } else if (room < 1) problem = "This prompt leaves no room for a completion: shorten it.";
  else if (!limits.begins && ids.length === 0) problem = "This policy needs a prompt.";
  return { ids: Uint32Array.from(ids), room, problem };
}
