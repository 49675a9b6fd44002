import { afterAll, expect } from '@jest/globals';
import { keepBeginnings } from './beginnings.ts';
import { type LocalGitHub, startGitHub } from './github.ts';
import type { Fault } from './github-faults.ts';
import type { RepositoryOptions } from './github-repositories.ts';
import type { ActionRun } from './runner.ts';
import { type Story, startStory } from './stage.ts';

export { codex, type HostedProject, messages, type Story, token } from './stage.ts';

/**
 * Lets the tests of a file start stories, each on a local GitHub of its own. Behind the tests every one is closed, and
 * must have answered as GitHub does and been asked nothing that it does not know.
 */
export function useStories(): (hosted?: RepositoryOptions) => Promise<Story> {
  const started: LocalGitHub[] = [];
  const beginAs = keepBeginnings();
  afterAll(async () => {
    await Promise.all(started.map((github) => github.close()));
    expect(started.flatMap(({ violations }) => violations)).toEqual([]);
    expect(started.flatMap(({ undocumented }) => undocumented)).toEqual([]);
  });
  return async (hosted = { files: { 'README.md': '# Codex\n' } }) => {
    const github = await startGitHub();
    started.push(github);
    return startStory(github, hosted, beginAs);
  };
}

/** One story for all tests of a file. */
export function useStory(hosted?: RepositoryOptions): Promise<Story> {
  return useStories()(hosted);
}

/** Paths that a run left alone, each once, with the reason. */
export function skipped({ outputs }: ActionRun): Record<string, string> {
  const list: { path: string; reason: string }[] = JSON.parse(outputs.result ?? '{}')['left-alone'];
  const reasons = Object.fromEntries(list.map(({ path, reason }) => [path, reason]));
  expect(Object.keys(reasons)).toHaveLength(list.length);
  return reasons;
}

/** The one error of a run that failed and changed nothing, with these words in it. */
export function expectRefused(run: ActionRun, ...words: string[]): void {
  expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', changed: 'false' } });
  expect(run.annotations).toEqual([{ level: 'error', message: expect.any(String) }]);
  for (const word of words) expect(run.annotations[0]?.message).toContain(word);
}

/** The question that a run asks about the codex in the place of several. */
export const QUESTION = /^POST \/api\/graphql$/;

/** Refuses that question, so that a run asks for each part by itself. */
export function refuseQuestion(
  github: Pick<LocalGitHub, 'fault'>,
  how: Omit<Fault, 'match' | 'times'> = { status: 502 },
): void {
  github.fault({ match: QUESTION, times: Number.POSITIVE_INFINITY, ...how });
}

/** A token that may not ask it, and a server that does not know a field of it. */
export const REFUSALS: readonly Omit<Fault, 'match' | 'times'>[] = [
  { status: 403, body: { message: 'Resource not accessible by personal access token' } },
  { status: 200, body: { errors: [{ message: "Field 'file' doesn't exist on type 'Commit'" }] } },
];

/** The requests of a run that may change something. */
export function writes({ requests }: Pick<ActionRun, 'requests'>): ActionRun['requests'] {
  return requests.filter(
    ({ method, path, service }) => method !== 'GET' && service !== 'upload-pack' && !QUESTION.test(`${method} ${path}`),
  );
}

/** The pushes among the requests of a run. */
export function pushes({ requests }: ActionRun): ActionRun['requests'] {
  return requests.filter(({ method, service }) => method === 'POST' && service === 'receive-pack');
}
