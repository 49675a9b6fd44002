// How the time of a run for a whole organization grows with it: the committed bundle run as a process against a local
// GitHub, 50 repositories and 200, in turns. What is compared is one machine with itself; requests and pushes are exact.
import { type LocalGitHub, startGitHub } from '../__tests__/support/github.ts';
import { runAction } from '../__tests__/support/runner.ts';
import { benchStart, middle } from './bench-start.ts';

const CODEX = 'acme/codex.acme.com';
const TOKEN = 'github_pat_of_the_bench';

const SIZES = [50, 200];
const DOCUMENTS = 40;
const ROUNDS = 3;
/** Times are never quite the same twice. */
const MOST_GROWTH = 1.1;
const MOST_PUSHES = 12;

interface Figures {
  seconds: number[];
  requests: number;
  pushes: number;
}

if (!benchStart()) process.exitCode = 1;
const figures = new Map(SIZES.map((size): [number, Figures] => [size, { seconds: [], requests: 0, pushes: 0 }]));
for (let round = 1; round <= ROUNDS; round++) {
  for (const [size, figure] of figures) {
    process.stderr.write(`Round ${round} of ${ROUNDS}: ${size} repositories\n`);
    const github = await startGitHub();
    try {
      await hostOrganization(github, size);
      const workspace = await github.scratch('nothing');
      const inputs = { mode: 'sync-org', token: TOKEN, 'codex-repository': CODEX };
      const start = process.hrtime.bigint();
      const run = await runAction({
        github,
        workspace,
        repository: CODEX,
        event: 'schedule',
        timeout: 600_000,
        inputs,
      });
      const { exitCode, requests } = run;
      figure.seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
      if (exitCode !== 0) throw new Error(`The run of ${size} repositories ended with exit code ${exitCode}`);
      figure.requests = requests.length;
      figure.pushes = requests.filter(({ method, service }) => method === 'POST' && service === 'receive-pack').length;
    } finally {
      await github.close();
    }
  }
}

const rows = [...figures].map(([size, { seconds, requests, pushes }]) => {
  const sorted = [...seconds].sort((one, other) => one - other);
  const median = middle(seconds);
  const spread = `${sorted[0]?.toFixed(1)} to ${sorted.at(-1)?.toFixed(1)}`;
  return { size, median, spread, requests, pushes };
});
const [small, large] = rows;
const lines = rows.map(
  ({ size, median, spread, requests, pushes }) =>
    `${`${size}`.padStart(12)} ${median.toFixed(1).padStart(9)} ${spread.padStart(14)} ${(median / size).toFixed(3).padStart(14)} ${`${requests}`.padStart(9)} ${`${pushes}`.padStart(7)}`,
);
process.stdout.write(
  `\nOrganization, ${DOCUMENTS} documents a repository, first run, ${ROUNDS} rounds\n\n` +
    `repositories   seconds         spread  a repository  requests  pushes\n${lines.join('\n')}\n`,
);
if (small && large) {
  const growth = large.median / small.median / (large.size / small.size);
  process.stdout.write(`\nTime against size: ${growth.toFixed(2)} (1 is linear, less is better)\n`);
  const isDear = ({ size, requests, pushes }: (typeof rows)[number]) => pushes > MOST_PUSHES || requests > 12 * size;
  if (growth > MOST_GROWTH || rows.some(isDear)) process.exitCode = 1;
}

async function hostOrganization(github: LocalGitHub, size: number): Promise<void> {
  await github.createRepository(CODEX, { files: { 'README.md': '# Codex\n' } });
  const names = Array.from({ length: size }, (_, index) => `acme/doc-${index + 1}`);
  for (const name of names) {
    const paths = Array.from({ length: DOCUMENTS }, (_, index) => `docs/${index + 1}.md`);
    await github.createRepository(name, {
      files: Object.fromEntries(paths.map((path) => [path, `${path} of ${name}\n`])),
    });
  }
  const sources = Object.fromEntries(names.map((name) => [name, 'read' as const]));
  github.addToken(TOKEN, { ...sources, [CODEX]: 'write' });
}
