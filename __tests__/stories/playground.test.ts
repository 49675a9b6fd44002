import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { follow } from '../support/runner-process.ts';

/** What the README lets a person type behind `npm run playground`. */
async function typedLines(): Promise<string[]> {
  const readme = await readFile('README.md', 'utf8');
  const [, block = ''] = /`npm run playground` opens.*?^```sh\n(.*?)^```$/ms.exec(readme) ?? [];
  return block.split('\n').filter((line) => line !== '');
}

test('the README alone leads from nothing to a published document, a promotion and a fetch', async () => {
  const lines = await typedLines();
  expect(lines.length).toBeGreaterThan(5);
  const env = { ...process.env, SHELL: '/bin/sh', GH_TOKEN: 'unused' };
  const child = spawn(process.execPath, ['scripts/playground.ts'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  // Each line in turn; the first that fails ends the shell.
  child.stdin.end(
    `set -e\n${lines.slice(0, -1).join('\n')}\ncat .fractary/plugins/codex/cache/acme/widgets/prod/docs/guide.md\n`,
  );
  const { exitCode, stdout, stderr } = await follow(child, () => {}, 60_000);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const steps = [
    'Written (1)\n  .fractary/codex.yaml\n',
    '✅ write permission: ',
    'Dry run: 2 added, 0 modified, 0 deleted would be published to test (branch test). Nothing was written.',
    'Published to test (branch test): 2 added',
    'Promoted from test to prod (branch main): 1 project',
    'Fetched 1 document of prod (branch main)',
    'Turn the widget until it stops.\n',
  ];
  const found = steps.map((step) => stdout.indexOf(step));
  expect(found).not.toContain(-1);
  expect(found).toEqual([...found].sort((one, other) => one - other));
});
