// @ts-check
/** A name for a file, made of words that a person typed. @param {string} words @param {string} extension */
export function fileName(words, extension) {
  const plain = words.normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").toLowerCase().slice(0, 60);
  return `${plain || "untitled"}.${extension}`;
}
