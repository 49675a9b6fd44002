import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { back, organize } from '../support/both-sides.ts';
import { commits } from '../support/codex.ts';
import type { ActionRun } from '../support/runner.ts';
import { runningWith } from '../support/runner-process.ts';
import { codex, QUESTION, refuseQuestion, useStories } from '../support/story.ts';

const startStory = useStories();
const EXIT_CODE = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof EXIT_CODE;

/** Lets a run be cancelled, and looks a second after its end which of its programs go on. */
function cancellable(signal: Signal) {
  const name = randomUUID();
  let child: ChildProcess | undefined;
  let alive: Promise<string[]> | undefined;
  const options = {
    // Every program that the run starts inherits it.
    env: { CANCELLED_RUN: name },
    onStart(started: ChildProcess) {
      child = started;
      alive = once(started, 'exit')
        .then(() => sleep(1000))
        .then(() => runningWith(name));
    },
  };
  return {
    options,
    cancel: async () => child?.kill(signal),
    async expectEnded(run: ActionRun) {
      expect(run).toMatchObject({ exitCode: EXIT_CODE[signal], leftovers: [], annotations: [] });
      expect(await alive).toEqual([]);
    },
  };
}

const points: { what: string; at: RegExp; signal: Signal }[] = [
  { what: 'GitHub is asked', at: QUESTION, signal: 'SIGTERM' },
  { what: 'GitHub is asked for a part', at: /^GET .*\/branches\/test$/, signal: 'SIGINT' },
  { what: 'git fetches', at: new RegExp(`^POST /${codex}/git-upload-pack`), signal: 'SIGHUP' },
  { what: 'a push begins', at: new RegExp(`^GET /${codex}/info/refs\\?service=git-receive-pack`), signal: 'SIGINT' },
  { what: 'a push is under way', at: new RegExp(`^POST /${codex}/git-receive-pack`), signal: 'SIGTERM' },
];

test.concurrent.each(points)(
  'a run that is cancelled by $signal while $what leaves nothing',
  async ({ what, at, signal }) => {
    const { github, host } = await startStory();
    await github.git(codex, 'branch', 'test', 'main');
    const project = await host('widgets', { 'docs/a.md': 'A\n' });
    await project.write('docs/new.md', 'New\n');
    const status = () => project.git('status', '--porcelain', '-uall');
    const before = await status();
    const { options, cancel, expectEnded } = cancellable(signal);
    if (what === 'GitHub is asked for a part') refuseQuestion(github);
    github.fault({ match: at, hang: true, meanwhile: cancel });

    await expectEnded(await project.publish({}, options));

    github.clearFaults();
    expect(await status()).toBe(before);
    expect(await commits(github, codex, 'test')).toHaveLength(1);
    expect((await project.publish()).outputs).toMatchObject({ conclusion: 'published', attempts: '1' });
    expect(await commits(github, codex, 'test')).toHaveLength(2);
  },
);

// Alone, so that the signal is sent while the run still has most of it to do.
test('one that is cancelled while it writes into the checkout leaves whole documents, and nothing beside them', async () => {
  const { publish, edit, directory, tip, throwAway } = await organize(await startStory());
  const text = 'long\n'.repeat(600_000);
  const names = Array.from({ length: 30 }, (_, index) => `new-${String(index).padStart(3, '0')}.md`);
  await edit(Object.fromEntries(names.map((name) => [`docs/${name}`, text])));
  const [parent, docs] = [await tip(), join(directory, 'docs')];
  const { options, cancel, expectEnded } = cancellable('SIGTERM');
  const watcher = watch(docs, (_, name) => name?.startsWith('.codex-sync-') && cancel());

  await expectEnded(await publish(back, options));

  watcher.close();
  const written = await readdir(docs);
  expect(written).toEqual(['a.md', 'b.md', 'c.md', ...names].slice(0, written.length));
  for (const name of written.slice(3)) expect(await readFile(join(docs, name), 'utf8')).toBe(text);

  await throwAway();
  expect((await publish(back)).outputs).toMatchObject({ conclusion: 'unchanged', pulled: '30' });
  expect(await tip()).toBe(parent);
});
