import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { SubAction } from '../../src/inputs/sub-actions.ts';
import { employApps, key } from '../support/acting-app.ts';
import { cacheDir, useConsumers } from '../support/consumer.ts';
import { found } from '../support/organization.ts';
import type { ActionRun } from '../support/runner.ts';
import { expectRefused, useStories } from '../support/story.ts';

const startStory = useStories();
const startConsumer = useConsumers();
const FILES = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' };

/** The outputs that the file of an action declares, as a run set them. */
async function declared(action: SubAction, { outputs }: ActionRun): Promise<Record<string, string | undefined>> {
  const file = parse(await readFile(join(action, 'action.yml'), 'utf8')) as { outputs: Record<string, object> };
  const { result: _, ...others } = Object.fromEntries(Object.keys(file.outputs).map((name) => [name, outputs[name]]));
  return others;
}

describe('fractary/codex-sync/fetch', () => {
  test.concurrent('hands out documents as mode: fetch does', async () => {
    const story = await startStory();
    const { host, github } = story;
    await (await host('widgets', FILES)).publish();
    const consumer = await host('consumer', { 'README.md': '# Consumer\n' });
    const references = '@codex/widgets/docs/a.md';
    const run = await consumer.publish({ references, 'use-cache': false }, { subAction: 'fetch' });
    expect(run).toMatchObject({ exitCode: 0, runnerWarnings: [], annotations: [] });
    const [document] = JSON.parse(run.outputs.documents ?? '[]');
    expect(await declared('fetch', run)).toEqual({
      conclusion: 'fetched',
      env: 'test',
      branch: 'test',
      'cache-hit': 'false',
      'cache-primary-key': expect.stringMatching(/^codex\/acme\/widgets\/test\//),
      'cache-matched-key': '',
      stale: 'false',
      'cache-dir': cacheDir,
      documents: JSON.stringify([document]),
    });
    expect(document).toMatchObject({ reference: references });
    expect(await readFile(join(consumer.directory, document.path), 'utf8')).toBe('a\n');

    const app = employApps(story).register();
    const given = { references, token: '', 'client-id': app.clientId, 'private-key': key };
    const byApp = await consumer.publish(given, { subAction: 'fetch' });
    expect(byApp.outputs).toMatchObject({ conclusion: 'fetched' });
    expect(app.tokens).toHaveLength(1);
    expect(github.requests.filter(({ path }) => path.includes('/users/'))).toEqual([]);
  });
});

test.concurrent('fractary/codex-sync/fetch finds its cache again', async () => {
  const { fetch } = await startConsumer();
  const [first, second] = [await fetch({}, { subAction: 'fetch' }), await fetch({}, { subAction: 'fetch' })];
  expect([first, second].map(({ outputs }) => outputs['cache-hit'])).toEqual(['false', 'true']);
  expect(second.documents).toEqual(first.documents);
});

describe('fractary/codex-sync/promote', () => {
  test.concurrent('releases what is in test, with the same guards', async () => {
    const { host, documents } = await startStory();
    const widgets = await host('widgets', FILES);
    await widgets.publish();
    const run = await widgets.publish({ env: 'prod' }, { subAction: 'promote', event: 'workflow_dispatch' });
    expect(run).toMatchObject({ exitCode: 0, runnerWarnings: [], annotations: [] });
    expect(await declared('promote', run)).toMatchObject({
      ...{ conclusion: 'published', env: 'prod', branch: 'main', changed: 'true' },
      ...{ 'files-added': '2', succeeded: '1', failed: '0', attempts: '1' },
    });
    expect(await documents('widgets', 'main')).toEqual(await documents('widgets', 'test'));

    const guarded = await widgets.publish({ env: 'prod' }, { subAction: 'promote', event: 'pull_request' });
    expectRefused(guarded, 'never published on pull_request');
    const byAlias = { environment: 'prod', 'dry-run': 'true' };
    const aliased = await widgets.publish(byAlias, { subAction: 'promote', event: 'workflow_dispatch' });
    expect(aliased).toMatchObject({ exitCode: 0, runnerWarnings: [], outputs: { env: 'prod', conclusion: 'dry-run' } });
    const unsaid = await widgets.publish({}, { subAction: 'promote', event: 'workflow_dispatch' });
    expectRefused(unsaid, '"env"');
    expect(unsaid.requests).toEqual([]);
  });
});

describe('fractary/codex-sync/organization', () => {
  test.concurrent('publishes every repository', async () => {
    const { addMany, unlike, syncOrg } = await found(await startStory());
    const names = await addMany('doc', 3);
    const run = await syncOrg({ mode: '' }, { subAction: 'organization' });
    expect(run).toMatchObject({ exitCode: 0, annotations: [] });
    expect(await declared('organization', run)).toMatchObject({
      ...{ conclusion: 'published', env: 'test', branch: 'test', changed: 'true' },
      ...{ 'files-added': '3', succeeded: '3', failed: '0' },
    });
    expect(await unlike(names)).toEqual([]);
  });
});

describe('what an action does not accept is one sentence, and no request', () => {
  const usesOnly = (...names: string[]) =>
    new RegExp(`Use only: env, environment, token, (?:[a-z-]+, )*${names.join(', ')}\\.$`);
  test.concurrent.each<[SubAction, Record<string, string>, RegExp]>([
    ['fetch', { include: 'docs/**' }, /^fractary\/codex-sync\/fetch does not accept the input "include"\. Use only: /],
    ['fetch', { dry_run: 'true' }, /^fractary\/codex-sync\/fetch does not accept the input "dry_run"\. Use only: /],
    [
      'fetch',
      { 'dry-run': 'true' },
      usesOnly('references', 'cache-dir', 'use-cache', 'fallback-to-stale', 'fail-on-cache-miss', 'lookup-only'),
    ],
    [
      'fetch',
      { 'use-cahce': 'false' },
      /^Input "use-cahce" does not exist\. Did you mean "use-cache"\? Nothing was done\.$/,
    ],
    ['fetch', { 'use-cache': 'no' }, /^Input "use-cache" is "no"\. Use true or false\.$/],
    [
      'promote',
      { env: 'prod', include: 'docs/**', references: '@codex/widgets/**' },
      /^fractary\/codex-sync\/promote does not accept the inputs "include", "references"\. Use only: env, .*, dry-run, project, on-conflict, .*\.$/,
    ],
    [
      'promote',
      { env: 'prod', mode: 'retire' },
      /^Input "mode" is "retire", but fractary\/codex-sync\/promote always runs "promote"\. Leave out "mode", or use fractary\/codex-sync\.$/,
    ],
    [
      'organization',
      { working_directory: 'packages/a' },
      /^Input "working_directory" does not exist\. Did you mean "working-directory"\?/,
    ],
    [
      'promote',
      { env: 'prod', mod: 'retire' },
      /^Input "mod" does not exist\. Did you mean "mode"\? fractary\/codex-sync\/promote always runs "promote": leave it out, or use fractary\/codex-sync\.$/,
    ],
    [
      'promote',
      {},
      /^Input "env" is not given, and "fractary\/codex-sync\/promote" requires it\. Use one of: test, prod, production\.$/,
    ],
    [
      'organization',
      { repository: 'widgets' },
      /^Input "repository" does not exist\. Did you mean "repositories"\? Nothing was done\.$/,
    ],
    ['organization', { repos: 'x' }, /^Input "repos" does not exist\. Did you mean "repositories"\?/],
    ['fetch', { repos: 'x' }, /^fractary\/codex-sync\/fetch does not accept the input "repos"\. Use only: /],
    [
      'organization',
      { project: 'widgets' },
      /^fractary\/codex-sync\/organization does not accept the input "project"\./,
    ],
  ])('%s: %j', async (subAction, inputs, says) => {
    const { host } = await startStory();
    const run = await (await host('widgets', FILES)).publish(inputs, { subAction, event: 'workflow_dispatch' });
    expectRefused(run);
    expect(run.annotations[0]?.message).toMatch(says);
    expect(run.annotations[0]?.message).not.toContain('\n');
    expect(run.requests).toEqual([]);
  });

  test.concurrent('but a mode that is its own, and inputs that a workflow leaves empty', async () => {
    const { host } = await startStory();
    const widgets = await host('widgets', FILES);
    await widgets.publish();
    const inputs = { mode: 'promote', env: 'prod', include: '', 'dry-run': 'true' };
    const run = await widgets.publish(inputs, { subAction: 'promote', event: 'workflow_dispatch' });
    expect(run.outputs).toMatchObject({ conclusion: 'dry-run', 'files-added': '2' });
  });
});
