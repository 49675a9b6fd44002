import { ACTION, FULL, SHALLOW, SPARSE } from './cases/case.ts';
import type { Chart } from './charts.ts';
import { PUBLICATIONS } from './codexes.ts';
import { judge } from './requirements.ts';
import { type Results, tryFind } from './results.ts';
import { renderMarkdown, type Table, tablesOf } from './tables.ts';
import { renderBytes, renderCount, renderSeconds } from './units.ts';

const MARKS = { held: '✅ held', missed: '❌ missed', 'not measured': 'not measured' } as const;

/** The page of the benchmark. */
export function renderPage(results: Results, charts: readonly Chart[]): string {
  const { latency, machine, versions, date, codexes } = results;
  const sizes = codexes.map(
    ({ files, projects, commits }) =>
      `${renderCount(files)} files of ${renderCount(projects)} projects in ${renderCount(commits)} commits`,
  );
  return `${[
    '# Benchmark',
    `What a run of the action costs, beside what people would do instead, measured on ${date}: the committed bundle, run as a
runner runs it, and scripts written by hand, as processes against a GitHub on the same machine on which every request waits
${latency} ms. Codexes: ${sizes.join('; ')}. Written by \`npm run bench -- --write\`.`,
    CODEXES,
    ...headline(results),
    ...charts.map(({ file, title }) => `![${title}](${file.replace('docs/', '')})`),
    '## Who is compared',
    COMPARED,
    '## What must hold',
    'Only what can be counted, and ratios of what was measured in turns; a run that misses one ends with exit code 1.',
    renderVerdicts(results),
    '## All figures',
    FIGURES,
    ...tablesOf(results).map(renderTable),
    '## Machine and versions',
    [
      `- **Machine:** ${machine.cpu}, ${machine.cores} cores, ${machine.memory} of memory, ${machine.system}`,
      `- **Versions:** codex-sync ${versions.action}, Node ${versions.node}, git ${versions.git}`,
    ].join('\n'),
    '## How to run it',
    RUN,
    '## What it does not show',
    NOT_SHOWN,
  ].join('\n\n')}\n`;
}

const CODEXES = `
A document has about 5 KB, and each project published ${PUBLICATIONS} times: all of its documents, and then five of them. That is little: the docs
of Argo CD, of Renovate and of Vite have 6.6, 9.5 and 9.7 KB a document, and have seen 1,700 to 2,700 commits each.`.trim();

const COMPARED = `
- **${ACTION}:** this action, its process and every git that it starts. Nothing that Node compiled for an earlier run is there,
  as on a fresh runner.
- **${FULL}:** clone everything, copy, commit, push; what the earlier tool did.
- **${SHALLOW}:** the same with \`--depth=1\`.
- **${SPARSE}:** \`--depth=1 --filter=blob:none --sparse\`, and then only the project's folder: the best that people write by hand.

The scripts are in \`scripts/bench/by-hand\`. All have the same credential in the same way, push the same documents to the same
branch, and do not tidy up behind a commit; afterwards the codex is looked at, and a run that did not do what it was to do ends
the benchmark. They do less: no manifest, no guard, nothing kept of what others edited, no report.`.trim();

const FIGURES = `
Medians of so many **runs**. **Ratio** is the time divided by that of the first row. **CPU** is what all processes of a run kept busy together,
**memory** what they held together at their highest (what they share counts for each), **disk** what the run's own folders held,
without the documents that it fetched. **GitHub at work** is the time in which at least one request was being answered, without what it
waited for: it is part of the time, and nothing that a client can change. **Requests**, **connections**, **pushes**, **up** and **down** are what GitHub saw; those of the
Actions cache are not among them. A dash is what a system does not tell.`.trim();

const RUN = `
\`\`\`sh
npm run bench                                  # everything, about half an hour on two cores
npm run bench -- --quick                       # a codex of 400 files, two rounds
npm run bench -- --only publish-100 --codex 200000 --rounds 3
npm run bench -- --latency 100                 # milliseconds that a request waits; 30 unless told
npm run bench -- --write                       # writes this page, its charts and benchmark.json
npm run bench -- --draw                        # writes page and charts again from benchmark.json
\`\`\`

In each round every contestant has its turn, on a GitHub and a codex of its own; what takes longer than ten seconds has at most
three rounds. The codexes are made once and kept in \`node_modules/.cache\`; what the scripts clone, some 30 GB, stays in the folder
for temporary files until the end, since the next clone is slow where one was deleted just before.`.trim();

const NOT_SHOWN = `
- **A line of limited width.** All bytes come over loopback, which flatters whoever loads many: a full clone most of all.
- **TLS.** A connection costs nothing here, and on the internet two or three round trips; the column "connections" says how
  many there would be.
- **A server of its own.** It works on the same cores as the runs that are measured, and its time is in theirs.
- **GitHub's own work.** What answers here is git itself, and before it takes a push, it walks all files that its branches
  hold: a tenth of a second of 180,000, in everybody's time. The column "GitHub at work" says how much; GitHub does not say what
  its servers do.
- **An older codex.** A full clone of a codex that is used for years brings far more commits than these have.
- **Other ways to one document.** A single call of the contents API brings one document faster than anything here: it does
  not map environments to branches, keeps nothing for the next run, and has no answer when GitHub is down.`.trim();

/** The main figures in a sentence. */
function headline(results: Results): string[] {
  const codex = Math.max(...results.codexes.map(({ files }) => files));
  const [action, ...others] = [ACTION, SPARSE, SHALLOW, FULL].map((contestant) => {
    const figures = tryFind(results, 'publish-100', codex, contestant)?.figures;
    return { contestant, seconds: figures?.seconds?.[1], down: figures?.down?.[1] };
  });
  if (action?.seconds === undefined || action.down === undefined) return [];
  const compared = others.flatMap(({ contestant, seconds, down }) => {
    if (seconds === undefined || down === undefined || action.seconds === undefined) return [];
    const times = (seconds / action.seconds).toFixed(1);
    return [`a ${contestant} ${renderSeconds(seconds)} and ${renderBytes(down)} (${times} times as long)`];
  });
  return [
    `**Publishing 100 documents into ${renderCount(codex)} files takes ${renderSeconds(action.seconds)} and ${renderBytes(action.down)} down**; ${compared.join(', ')}.`,
  ];
}

function renderVerdicts(results: Results): string {
  const rows = judge(results).map(({ says, found, held }) => [says, found, MARKS[held]]);
  return renderMarkdown([['', 'found', ''], ...rows]).trimEnd();
}

function renderTable({ title, codex, rows }: Table): string {
  return `### ${title} (codex of ${renderCount(codex)} files)\n\n${renderMarkdown(rows).trimEnd()}`;
}
