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

/** The results as they are kept: a spread's three numbers are one line. */
export function renderJson(results: Results): string {
  const text = JSON.stringify(results, null, 2);
  return `${text.replace(/\[\s+([\d.]+),\s+([\d.]+),\s+([\d.]+)\s+\]/g, '[$1, $2, $3]')}\n`;
}

/** Writes the results down with all that is made of them. */
export async function writePapers(file: string, results: Results): Promise<void> {
  for (const [path, content] of [[file, renderJson(results)] as const, ...renderPapers(results)]) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}
