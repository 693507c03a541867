import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenColumns } from "../../www/app/token-columns.js";

/** @param {string[]} texts */
const strip = (texts) => ({ texts, policy: texts.map((_, place) => -place - 1), reference: texts.map((_, place) => -place - 2) });

test("what both answers begin with stands above itself", () => {
  const columns = tokenColumns(strip(["M", "a", "r", ""]), strip(["M", "a", "i", "r", ""]));
  assert.deepEqual(columns.map(({ shared }) => shared), [true, true, false, false, false]);
  assert.deepEqual(columns.map(({ chosen }) => chosen?.text), ["M", "a", "r", "", undefined]);
  assert.deepEqual(columns.map(({ rejected }) => rejected?.text), ["M", "a", "i", "r", ""]);
  assert.deepEqual(columns[3].chosen, { text: "", policy: -4, reference: -5, end: true });
  assert.equal(columns[4].chosen, null);
});

test("the end of one answer is not the same as a token of the other", () => {
  // A token may have no text of its own, and is still no end.
  const columns = tokenColumns(strip(["a", ""]), strip(["a", "", ""]));
  assert.deepEqual(columns.map(({ shared }) => shared), [true, false, false]);
});

test("equal tokens after the first difference are not shared", () => {
  const columns = tokenColumns(strip(["a", "x", "b", ""]), strip(["a", "y", "b", ""]));
  assert.deepEqual(columns.map(({ shared }) => shared), [true, false, false, false]);
});
