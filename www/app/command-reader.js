// @ts-check
/** What a message must be to be a command: checked where it arrives. */

/** @typedef {(value: any) => boolean} Fits */

/** @type {Fits} */
export const number = (value) => typeof value === "number" && !Number.isNaN(value);
/** @type {Fits} */
export const text = (value) => typeof value === "string";
/** @type {Fits} */
export const flag = (value) => typeof value === "boolean";
/** @type {(item: Fits) => Fits} */
export const listOf = (item) => (value) => Array.isArray(value) && value.every(item);
/** @type {Fits} */
export const numbers = (value) => typeof value === "object" && value !== null && Object.values(value).every(number);

/**
 * Reads the command in a message.
 * @template {{ type: string }} C
 * @param {Record<string, Record<string, Fits>>} commands the fields of each command, by its type
 * @returns {(message: any) => C}
 */
export function commandReader(commands) {
  return (message) => {
    const fields = Object.hasOwn(commands, message?.type) ? commands[message.type] : undefined;
    if (!fields) throw new TypeError(`there is no command ${JSON.stringify(message?.type)}`);
    for (const [name, fits] of Object.entries(fields)) {
      if (!fits(message[name])) throw new TypeError(`the command "${message.type}" has an unfit ${name}`);
    }
    return message;
  };
}
