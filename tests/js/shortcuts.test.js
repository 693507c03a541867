import assert from "node:assert/strict";
import { test } from "node:test";
import { written } from "../../www/app/shortcuts.js";

/** @param {string} key @param {object} [held] */
const press = (key, held = {}) => written({ key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

test("keys are written as the panel shows them", () => {
  assert.equal(press("n"), "N");
  assert.equal(press(" "), "Space");
  assert.equal(press("."), ".");
  assert.equal(press("ArrowUp", { altKey: true }), "Alt+ArrowUp");
  assert.equal(press("z", { ctrlKey: true }), "Ctrl+Z");
  assert.equal(press("z", { metaKey: true }), "Ctrl+Z", "Command stands for Ctrl");
});

test("a sign is the sign, whatever it takes to type it", () => {
  assert.equal(press("?", { shiftKey: true }), "?");
  assert.equal(press("N", { shiftKey: true }), "Shift+N");
  assert.equal(press("Z", { ctrlKey: true, shiftKey: true }), "Ctrl+Shift+Z");
});

test("Alt is told by the key, not by the letter that it makes of it", () => {
  assert.equal(press("ß", { altKey: true, code: "KeyS" }), "Alt+S");
});
