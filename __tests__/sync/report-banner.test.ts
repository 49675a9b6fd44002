import { describe, expect, test } from '@jest/globals';
import { DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import { renderSyncBanner } from '../../src/sync/report.ts';
import { parseSyncProject } from '../../src/sync/request.ts';
import { branchNames } from '../support/ids.ts';
import { PUSH } from '../support/trigger.ts';

function banner(words: Record<string, string>, byDefault?: string): string {
  const environments = {
    branches: branchNames({ ...DEFAULT_CONFIG.environments.branches, staging: 'stage', live: 'main' }),
  };
  const config = { environments: byDefault === undefined ? environments : { ...environments, default: byDefault } };
  const inputs = parseInputs({ INPUT_TOKEN: 't', 'INPUT_CODEX-REPOSITORY': 'acme/codex.acme.com', ...words });
  const found = { config, file: '.fractary/codex.yaml', inside: true };
  return renderSyncBanner(parseSyncProject(inputs, found, '.', PUSH), found.file).join('\n');
}

describe('the banner', () => {
  test('is the one of the specification', () => {
    expect(banner({})).toBe(
      `🎯 STARTING: Project Sync
Project: widgets
Codex: codex.acme.com
Environment: test (branch: test)
Direction: to-codex
───────────────────────────────────────`,
    );
  });

  test.each([
    ['prod', 'Environment: prod (branch: main)'],
    ['production', 'Environment: prod (branch: main)'],
    ['staging', 'Environment: staging (branch: stage)'],
  ])('env %s: %s', (env, line) => {
    expect(banner({ INPUT_ENV: env }).split('\n')[3]).toBe(line);
    expect(banner({ INPUT_ENV: env }).split('\n')).toHaveLength(6);
  });

  test.each(['prod', 'production', 'live'])(
    "says so where production comes from the configuration's default (%s)",
    (name) => {
      expect(banner({}, name)).toMatch(
        /^Production, because environments\.default in \.fractary\/codex\.yaml selects it$/m,
      );
    },
  );

  test.each<[string, Record<string, string>, string | undefined]>([
    ['production was asked for', { INPUT_ENV: 'prod' }, 'prod'],
    ['the default is not production', {}, 'staging'],
    ['the input overrides it', { INPUT_ENV: 'test' }, 'prod'],
  ])('says nothing of it where %s', (_, words, byDefault) => {
    expect(banner(words, byDefault)).not.toContain('environments.default');
  });

  test('says that a dry run writes nothing', () => {
    expect(banner({ 'INPUT_DRY-RUN': 'true' })).toMatch(/^Dry run: nothing will be written$/m);
  });
});
