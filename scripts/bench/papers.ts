import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { chartsOf } from './charts.ts';
import { renderPage } from './page.ts';
import type { Results } from './results.ts';

/** The page and its charts, by file: all that is made of the results, and of nothing else. */
export function renderPapers(results: Results): Map<string, string> {
  const charts = chartsOf(results);
  return new Map([
    ['docs/benchmark.md', renderPage(results, charts)],
    ...charts.map(({ file, picture }) => [file, picture] as const),
  ]);
}

/** Writes the results down with all that is made of them. */
export async function writePapers(file: string, results: Results): Promise<void> {
  // Three numbers of a spread are one line.
  const text = JSON.stringify(results, null, 2).replace(
    /\[\s+([-\d.]+),\s+([-\d.]+),\s+([-\d.]+)\s+\]/g,
    '[$1, $2, $3]',
  );
  for (const [path, content] of [[file, `${text}\n`] as const, ...renderPapers(results)]) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}
