import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from '@swc/core';

// One word for one thing: what a name of the private language is called instead (CONTRIBUTING, "Names").
const INSTEAD: Readonly<Record<string, string>> = {
  'draft drafted drafter drafts drafting': 'plan',
  'shelf deliver delivered delivery deliveries': 'cache folder, write',
  'standing standings stood stands': 'effective tree, effective file',
  'layered layers lay laid': 'overlay',
  'ended settle dropped uncovered': 'closed, revealed',
  came: 'pull, pulled',
  'verdict judge': 'three-way comparison',
  world: 'session',
  'landed lost unanswered': 'accepted, rejected, unknown',
  patience: 'backoff',
  'twin twins unfit blocked': 'case collisions, unpublishable, skipped',
  'word words tell tells told untold say says said': 'input, message; record, report',
  'remedy mend': 'hint',
  mine: 'ours',
  'most nothing': 'MAX_x, EMPTY_x, limit',
  'door room house paper': 'entry point, folder, layer, code base, document',
  'somebody nobody': 'person, none',
};
const REFUSED = new Map(Object.entries(INSTEAD).flatMap(([old, said]) => old.split(' ').map((word) => [word, said])));

/** Keys of outputs, which are a contract with those who read them. */
const OUTPUT_KEYS = ['src/doctor/report.ts: says', 'src/doctor/report.ts: remedy'];

/** All names in a source, whatever they name. */
async function namesOf(source: string): Promise<Set<string>> {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('type' in node && node.type === 'Identifier' && 'value' in node) names.add(String(node.value));
    for (const child of Object.values(node)) visit(child);
  };
  visit(await parse(source, { syntax: 'typescript', target: 'es2022' }));
  return names;
}

/** The words that a name is made of: `publishUntilAccepted`, `MAX_BYTES`. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[ _]+/)
    .map((word) => word.toLowerCase());
}

test('no name is made of the words that the code used to have of its own', async () => {
  const entries = await readdir('src', { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter(({ name }) => name.endsWith('.ts'))) {
    const file = join(entry.parentPath, entry.name);
    for (const name of await namesOf(await readFile(file, 'utf8'))) {
      const old = wordsOf(name).find((word) => REFUSED.has(word));
      if (old !== undefined && !OUTPUT_KEYS.includes(`${file}: ${name}`))
        found.push(`${file}: ${name} (instead of "${old}" say ${REFUSED.get(old)})`);
    }
  }
  expect(found).toEqual([]);
});

test('no name is exported by two files', async () => {
  const entries = await readdir('src', { recursive: true, withFileTypes: true });
  const files = new Map<string, string[]>();
  for (const entry of entries.filter(({ name }) => name.endsWith('.ts'))) {
    const file = join(entry.parentPath, entry.name);
    const text = await readFile(file, 'utf8');
    const exported = text.matchAll(/^export (?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm);
    for (const name of new Set([...exported].map((match) => match[1] ?? ''))) {
      files.set(name, [...(files.get(name) ?? []), file]);
    }
  }
  expect(files.size).toBeGreaterThan(500);
  expect([...files].filter(([, of]) => of.length > 1)).toEqual([]);
});
