// @ts-check
/** @typedef {string | number | boolean | null | (string | number)[]} PythonValue */

/** A value as Python writes it; texts cannot leave their quotes. @param {PythonValue} value @returns {string} */
export function python(value) {
  if (value === null) return "None";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  // JSON's escapes are Python's too; a lone half of a pair of UTF-16 is escaped by both alike.
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A text for a comment or a docstring: one line without quotes that could end it. @param {string} text */
export const plainLine = (text) => text.replace(/[\s\p{C}]+/gu, " ").replaceAll("\\", "/").replaceAll('"', "'").trim();
