import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gitText, tryGit } from '../support/git.ts';
import { type EndedProcess, follow } from '../support/runner-process.ts';

/** What `npm run demo` prints in all, with npm's own lines above it. */
const MAX_LINES = 200;
const LINES_OF_NPM = 8;

let place: string;

beforeAll(async () => {
  place = await mkdtemp(join(await realpath(tmpdir()), 'demo-'));
});
afterAll(() => rm(place, { recursive: true, force: true }));

/** Runs the demo as a person does, with a folder for temporary files of its own. */
async function demo(...args: string[]): Promise<EndedProcess & { readonly lines: string[] }> {
  const env = { ...process.env, TMPDIR: place, TEMP: place };
  const child = spawn(process.execPath, ['scripts/demo.ts', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = await follow(child, () => {}, 300_000);
  return { ...ended, lines: ended.stdout.trimEnd().split('\n') };
}

/** Of the lines below "Look at": those that name a file that is not there, or a question that git does not answer. */
async function lookInVain(lines: readonly string[]): Promise<string[]> {
  const shown = lines.filter((line) => line.startsWith(`  ${place}`) || line.startsWith('  git -C '));
  const answers = shown.map(async (line) => {
    const [, directory, ...words] = line
      .trim()
      .replace(/^git -C /, 'git ')
      .split(' ');
    if (directory === undefined) return existsSync(line.trim());
    const { exitCode, stdout } = await tryGit(directory, words);
    return exitCode === 0 && stdout.length > 0;
  });
  const found = await Promise.all(answers);
  return shown.filter((_, at) => !found[at]);
}

describe('the demo', () => {
  test('tells the story in six scenes and 200 lines, and each ends with what to look at, which is there', async () => {
    const { exitCode, stderr, stdout, lines } = await demo();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(lines.length).toBeLessThanOrEqual(MAX_LINES - LINES_OF_NPM);
    const [, ...scenes] = stdout.split(/^(?=━━━ )/m);
    expect(scenes.map((scene) => /^━━━ (\d+)\./.exec(scene)?.[1])).toEqual(['1', '2', '3', '4', '5', '6']);
    for (const scene of scenes) expect(scene).toMatch(/\nLook at\n {2}\S/);
    expect(await lookInVain(lines)).toEqual([]);
    // Whatever else of the disk is named must be there as well.
    const paths = stdout.matchAll(new RegExp(`${place}[^\\s"']*`, 'g'));
    expect([...paths].map(([path]) => path).filter((path) => !existsSync(path))).toEqual([]);
    expect(stdout).toContain('npm run demo -- --project <checkout>');
  }, 310_000);

  test('has sixteen more scenes, with whole logs and job summaries', async () => {
    const { exitCode, stderr, stdout, lines } = await demo('--all');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const scenes = [...stdout.matchAll(/^━━━ (\d+)\./gm)].map(([, number]) => Number(number));
    expect(scenes).toEqual(Array.from({ length: 22 }, (_, at) => at + 1));
    expect(stdout).toContain('The job summary:');
    expect(await lookInVain(lines)).toEqual([]);
  }, 310_000);

  test('publishes a checkout of a person, leaves it as it is, and ends with where to look', async () => {
    const checkout = join(place, 'my project');
    await gitText(place, ['init', '--quiet', '--initial-branch=main', checkout]);
    await gitText(checkout, ['config', 'user.name', 'Mona']);
    await gitText(checkout, ['config', 'user.email', 'mona@example.com']);
    await gitText(place, ['-C', checkout, 'commit', '--quiet', '--allow-empty', '--message', 'Begin']);
    await writeFile(join(checkout, 'README.md'), '# Mine\n');
    await writeFile(join(checkout, 'notes.md'), '# Notes\n');
    const before = await gitText(checkout, ['status', '--porcelain']);
    const { exitCode, stderr, lines } = await demo('--project', checkout);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(await lookInVain(lines)).toEqual([]);
    expect(lines.filter((line) => line.startsWith('  git -C '))).toEqual([
      expect.stringMatching(/ ls-tree -r --name-only test projects\/my-project$/),
      expect.stringMatching(/ show test:projects\/my-project\/README\.md$/),
    ]);
    expect(lines).toContain('The second run pushed nothing.');
    // The defaults of a first run are other patterns than the demo's.
    const [first = -1] = lines.flatMap((line, at) => (line.startsWith('A first run with the defaults (') ? [at] : []));
    expect(lines[first]).toMatch(/^A first run .*README\.md.* would publish 1 of these 2\.$/);
    expect(lines[first + 1]).toContain('set include: "**/*.md"');
    expect(await gitText(checkout, ['status', '--porcelain'])).toBe(before);
  }, 310_000);

  test('explains itself where it is called in another way', async () => {
    const { exitCode, stdout, stderr } = await demo('--nothing');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('npm run demo -- --all');
  });
});
