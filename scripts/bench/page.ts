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
    'The cost of a run of the action, compared with clones and scripts written by hand.',
    `Measured on ${date}: the committed bundle, run as a runner runs it, and the scripts, as processes against a GitHub on the same machine. Every
request waits ${latency} ms. Codexes: ${sizes.join('; ')}. \`npm run bench -- --write\` writes this page.`,
    CODEXES,
    ...headline(results),
    ...charts.map(({ file, title }) => `![${title}](${file.replace('docs/', '')})`),
    '## Who is compared',
    COMPARED,
    '## What must hold',
    'Counts, and ratios of measurements in turns. A run that misses one ends with exit code 1.',
    renderVerdicts(results),
    '## Figures',
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
A document has about 5 KB. Each project published ${PUBLICATIONS} times: all of its documents, and then five of them. That is little: the docs
of Argo CD, Renovate and Vite have 6.6, 9.5 and 9.7 KB a document, and 1,700 to 2,700 commits each.`.trim();

const COMPARED = `
- **${ACTION}:** this action, its process and every git that it starts, without compiled code of an earlier run, as on a fresh runner.
- **${FULL}:** clone everything, copy, commit, push, as the earlier tool did.
- **${SHALLOW}:** the same with \`--depth=1\`.
- **${SPARSE}:** \`--depth=1 --filter=blob:none --sparse\`, and then only the project's folder: the best script that people write by hand.

The scripts are in \`scripts/bench/by-hand\`. All use the same credential in the same way, push the same documents to the same branch, and do
not clean up after a commit. The benchmark checks the codex after each run, and a wrong result ends it. The scripts do less: they have no
manifest, no guard and no report, and keep no edits of others.`.trim();

const FIGURES = `
Medians of the runs. **Ratio** is the time divided by that of the first row. **Requests**, **pushes**, **up** and **down** are GitHub's
counts, without the requests of the Actions cache. A dash: the system does not report it. [benchmark.json](benchmark.json) also has the number of
runs, the lowest and the highest value, CPU, memory, disk, connections, and the time in which GitHub worked.`.trim();

const RUN = `
\`\`\`sh
npm run bench                                  # everything, about half an hour on two cores
npm run bench -- --quick                       # a codex of 400 files, two rounds
npm run bench -- --only publish-100 --codex 200000 --rounds 3
npm run bench -- --latency 100                 # milliseconds that a request waits (default: 30)
npm run bench -- --write                       # writes this page, its charts and benchmark.json
npm run bench -- --draw                        # writes page and charts again from benchmark.json
\`\`\`

In each round every contestant has its turn, on a GitHub and a codex of its own. A case of more than ten seconds has at most three rounds. The
codexes are made once and kept in \`node_modules/.cache\`. The clones of the scripts, some 30 GB, stay in the folder for temporary files until
the end, because a clone is slow right after one was deleted.`.trim();

const NOT_SHOWN = `
- **A later version.** The figures are those of the version above. [Scale](SCALE.md#requests-of-a-run) has the requests of a run as tests
  hold them.
- **A line of limited width.** All bytes come over loopback, which favours contestants that load many: a full clone most of all.
- **TLS.** A connection costs nothing here, and two or three round trips on the internet.
- **A server of its own.** It works on the same cores as the measured runs, and its time is in theirs.
- **GitHub's own work.** The local server is git itself. Before it takes a push, it walks all files of its branches: a tenth of a second for
  180,000, in every contestant's time. GitHub does not document the work of its servers.
- **An older codex.** A full clone of a codex that is used for years has far more commits than these.
- **Other ways to one document.** A single call of the contents API is faster than anything here. It does not map environments to branches,
  keeps nothing for the next run, and has no answer when GitHub is down.`.trim();

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

const SHOWN = ['', 'time', 'ratio', 'requests', 'pushes', 'up', 'down'];

function renderTable({ title, codex, rows }: Table): string {
  const shown = SHOWN.map((name) => rows[0]?.indexOf(name) ?? -1);
  const cells = rows.map((row) => shown.map((column) => row[column] ?? ''));
  return `### ${title} (codex of ${renderCount(codex)} files)\n\n${renderMarkdown(cells).trimEnd()}`;
}
