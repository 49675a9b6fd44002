import { globSync } from 'node:fs';
import fc from 'fast-check';

// Every mutant runs this one file: loading each file of tests by itself for each of them would take hours. The same
// cases for every mutant, and the first counterexample is enough; what takes long by its nature is left out.
fc.configureGlobal({ seed: 1, numRuns: 20, endOnFailure: true });

for (const file of globSync('{text,documents,inputs,codex,fetch,org,promote,doctor,status,sync,terminal}/*.test.ts', {
  cwd: import.meta.dirname,
})) {
  if (!file.endsWith('.property.test.ts')) await import(`./${file}`);
}
