import assert from "node:assert/strict";
import { test } from "node:test";
import { readPair } from "../../www/app/pair-problems.js";

/** Small letters are tokens, "<" is special. @param {string} text */
function read(text) {
  const letters = [...text];
  return {
    ids: letters.map((letter) => letter.charCodeAt(0)),
    unknown: [...new Set(letters.filter((letter) => !/[a-z<]/.test(letter)))],
    special: letters.includes("<") ? ["<"] : [],
  };
}

const limits = { title: "Letters", context: 8, begins: true };

/** @param {[string, string, string]} texts @param {object} [change] */
function problems([prompt, chosen, rejected], change = {}) {
  const { tokens, problems } = readPair({ id: 3, prompt, chosen, rejected }, read, { ...limits, ...change });
  assert.equal(tokens === null, problems.length > 0, "a pair with a problem is not trained on");
  return problems.map(({ field, message }) => `${field}: ${message}`);
}

test("a good pair becomes tokens", () => {
  const { tokens } = readPair({ id: 1, prompt: "a", chosen: "b", rejected: "" }, read, limits);
  assert.deepEqual(tokens, { prompt: [97], chosen: [98], rejected: [] });
});

test("each field says what it holds that the policy cannot read", () => {
  const [prompt, rejected] = problems(["É", "a", "x y"]);
  assert.match(prompt, /^prompt: .*“Letters” has no token for “É”/);
  assert.match(rejected, /^rejected: .*“␣”/);
  assert.match(problems(["", "<", "a"])[0], /^chosen: “<” .*write plain text/);
});

test("pairs with nothing to learn are named", () => {
  assert.match(problems(["", "", ""])[0], /Empty so far/);
  assert.match(problems(["a", "b", "b"])[0], /the same/);
});

test("lengths count the prompt and the begin token", () => {
  assert.deepEqual(problems(["abc", "abcd", "a"]), []);
  assert.match(problems(["abc", "abcde", "a"])[0], /^chosen: Prompt and chosen are 1 token too long/);
  assert.match(problems(["", "a", "b"], { begins: false })[0], /needs a prompt/);
});
