import { spawn } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { blocksOf, readPapers } from '../support/papers.ts';
import { startRecord } from '../support/record.ts';
import { type EndedProcess, follow } from '../support/runner-process.ts';
import { withoutSteps } from '../support/terminal.ts';

const papers = await readPapers();

function paper(file: string) {
  const found = papers.find((one) => one.file === file);
  if (!found) throw new Error(`There is no ${file}`);
  return found;
}

/** Types lines into the shell of the playground, one after the other; the first that fails ends it. */
async function play(lines: readonly string[]): Promise<EndedProcess> {
  const record = startRecord();
  const env = { ...process.env, SHELL: '/bin/sh', GH_TOKEN: 'unused' };
  const child = spawn(process.execPath, ['scripts/playground.ts'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(`set -e\n${lines.join('\n')}\n`);
  const ended = withoutSteps(await follow(child, () => {}, 100_000));
  await record(ended);
  return ended;
}

test('the playground leads from nothing to a published document, a promotion and a fetch', async () => {
  const block = blocksOf(paper('docs/TERMINAL.md'), 'sh').find((text) => text.includes('codex-sync init --yes')) ?? '';
  const lines = block.trim().split('\n');
  expect(lines.at(-1)).toBe('exit');
  const cache = '.fractary/plugins/codex/cache/acme/widgets/prod';
  const { exitCode, stdout, stderr } = await play([...lines.slice(0, -1), `cat ${cache}/docs/guide.md`]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const steps = [
    'Written (1)\n  .fractary/codex.yaml\n',
    '✅ write permission: ',
    'Dry run: 3 added, 0 modified, 0 deleted would be published to test (branch test). Nothing was written.',
    'Published to test (branch test): 3 added',
    'Promoted from test to prod (branch main): 1 project',
    'Fetched 1 document of prod (branch main)',
    'Turn the widget until it stops.\n',
  ];
  const found = steps.map((step) => stdout.indexOf(step));
  expect(found).not.toContain(-1);
  expect(found).toEqual([...found].sort((one, other) => one - other));
});

test('what the page of the terminal shows can be typed as it is', async () => {
  const block = blocksOf(paper('docs/TERMINAL.md'), 'sh').find((text) => text.startsWith('codex-sync init  ')) ?? '';
  const { exitCode, stdout, stderr } = await play(block.trim().split('\n'));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.match(/COMPLETED/g)).toHaveLength(5);
  expect(stdout).toContain('prod/docs/README.md (codex)');
});

test('every command of the quick start does what stands there', async () => {
  const quick = paper('docs/QUICK-START.md');
  const [first, more] = blocksOf(quick, 'json').map((text) => JSON.parse(text));
  const write = (config: object) =>
    `mkdir -p .fractary/plugins/codex && echo '${JSON.stringify(config)}' > .fractary/plugins/codex/config.json`;
  const lines = blocksOf(quick, 'sh').flatMap((block) => block.trim().split('\n'));
  const typed = lines.filter((line) => line.startsWith('codex-sync '));
  const staging = typed.findIndex((line) => line.includes('staging'));
  const { exitCode, stdout, stderr } = await play([
    write(first),
    ...typed.slice(0, staging),
    write({ ...first, ...more }),
    ...typed.slice(staging),
  ]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.match(/COMPLETED|CACHE STATUS/g)).toHaveLength(typed.length);
  expect(stdout).toContain('test and prod are in step');
  expect(stdout).toContain('Fetched 1 document of staging (branch staging)');
});
