// @ts-check
/**
 * What a link carries, as the fragment of its address: `share=1.` and the fields as JSON, deflated, in base64url.
 * A fragment never leaves the browser.
 */
import { SHARE } from "../strings/share.js";
import { MARK } from "./is-shared.js";

const VERSION = 1;
/** No link of this page is longer: whatever is, is not unpacked. */
export const MOST_CHARACTERS = 300_000;
/** What a link may unpack to, bytes. */
export const MOST_BYTES = 2_000_000;

/** The fragment of a link that carries these fields. @param {object} fields */
export async function writeLink(fields) {
  const bytes = new TextEncoder().encode(JSON.stringify(fields));
  const packed = await collect(through(bytes, new CompressionStream("deflate-raw")), Infinity);
  return `${MARK}${VERSION}.${toBase64Url(packed)}`;
}

/**
 * The fields that a fragment carries, unchecked; none where it cannot be read. Never throws.
 * @param {string} fragment with or without its “#”
 * @returns {Promise<{ fields: Record<string, unknown> | null, problems: string[] }>}
 */
export async function readLink(fragment) {
  const refuse = (/** @type {string} */ why) => ({ fields: null, problems: [why] });
  const text = fragment.replace(/^#/, "");
  if (text.length > MOST_CHARACTERS) return refuse(SHARE.tooLong);
  const [, version, payload] = /^share=(\d{1,6})\.([A-Za-z0-9_-]+)$/.exec(text) ?? [];
  if (payload === undefined) return refuse(SHARE.damaged);
  const problems = Number(version) === VERSION ? [] : [SHARE.otherVersion(version)];
  try {
    const bytes = await collect(through(fromBase64Url(payload), new DecompressionStream("deflate-raw")), MOST_BYTES);
    const fields = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return refuse(SHARE.damaged);
    return { fields, problems };
  } catch (error) {
    return refuse(error instanceof RangeError && error.message === TOO_LARGE ? SHARE.tooLong : SHARE.damaged);
  }
}

const TOO_LARGE = "more bytes than allowed";

/** @param {Uint8Array<ArrayBuffer>} bytes @param {CompressionStream | DecompressionStream} stream */
function through(bytes, stream) {
  return new Blob([bytes]).stream().pipeThrough(stream);
}

/** All of a stream, but never more than `most` bytes. @param {ReadableStream<Uint8Array>} stream @param {number} most */
async function collect(stream, most) {
  /** @type {Uint8Array[]} */
  const chunks = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      reader.cancel().catch(() => {});
      throw new RangeError(TOO_LARGE);
    }
    chunks.push(value);
  }
  const all = new Uint8Array(size);
  let place = 0;
  for (const chunk of chunks) {
    all.set(chunk, place);
    place += chunk.length;
  }
  return all;
}

/** @param {Uint8Array} bytes */
function toBase64Url(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text */
function fromBase64Url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
