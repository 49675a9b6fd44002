import { describe, expect, test } from '@jest/globals';
import { keepConfig, mergeConfig, sameConfigs, withRefsOf } from '../../src/codex/merged-config.ts';
import { type Config, DEFAULT_CONFIG, parseConfig } from '../../src/inputs/config.ts';
import type { FoundConfig } from '../../src/inputs/request.ts';
import { type BlobId, blobId } from '../../src/text/ids.ts';
import { branchNames } from '../support/ids.ts';

const DEFAULTS = DEFAULT_CONFIG.environments;
const on = (branches: Record<string, string>, more: Partial<Config['environments']> = {}): Config['environments'] => ({
  ...more,
  branches: { ...DEFAULTS.branches, ...branchNames(branches) },
});
const found = (config: Partial<Config>, file = '.fractary/codex.yaml', inside = true): FoundConfig => ({
  config: { ...DEFAULT_CONFIG, ...config },
  file,
  inside,
});
const merged = (config: Partial<Config>, inside = true) => found(config, 'main:.fractary/codex.yaml', inside);

describe('the merged configuration says where documents go, the own one which and how', () => {
  const own = found({
    organization: 'evil',
    codexRepo: 'other',
    projectName: 'billing',
    environments: on(
      { test: 'main' },
      { default: 'prod', stableRefs: ['refs/heads/*'], productionRefs: ['refs/heads/*'] },
    ),
    syncPatterns: ['handbook/**'],
    excludePatterns: [],
    syncDirection: 'bidirectional',
    deletionThreshold: 7,
    deletionThresholdPercent: 8,
    parallelRepos: 9,
    cache: { defaultTtl: 1 },
  });

  test('where there is one', () => {
    const theirs = { organization: 'acme', codexRepo: 'codex', projectName: 'widgets', environments: on({ qa: 'qa' }) };
    const { found: decided, notices, previewsOnly } = mergeConfig(own, merged(theirs), 'branch main');
    expect(decided).toEqual({
      config: { ...own.config, ...theirs },
      file: 'main:.fractary/codex.yaml',
      inside: true,
    });
    expect(notices).toEqual([
      'organization, codex_repo, project_name, environments.default, environments.branches, environments.stable_refs and ' +
        'environments.production_refs of .fractary/codex.yaml differ from main:.fractary/codex.yaml of branch main. ' +
        'The merged values count; the new ones count once they are merged.',
    ]);
    expect(previewsOnly).toBe(false);
  });

  test('what it does not say is not said by the own one', () => {
    const { found: decided } = mergeConfig(own, merged({}), 'branch main');
    for (const key of ['organization', 'codexRepo', 'projectName']) expect(decided?.config).not.toHaveProperty(key);
    expect(decided?.config.environments).toEqual(DEFAULTS);
    expect(decided?.config.syncPatterns).toEqual(['handbook/**']);
  });

  test('the name of a package counts where the merged file lies', () => {
    expect(mergeConfig(own, merged({ projectName: 'x' }, false), 'branch main').found?.inside).toBe(false);
  });

  test('where the own file is gone: its patterns are the defaults', () => {
    const theirs = { organization: 'acme', codexRepo: 'codex', syncPatterns: ['old/**'] };
    const { found: decided, notices } = mergeConfig(undefined, merged(theirs), 'branch main');
    const { syncPatterns: _, ...deciding } = theirs;
    expect(decided?.config).toEqual({ ...DEFAULT_CONFIG, ...deciding });
    expect(notices).toEqual([expect.stringContaining('of this run, which has no configuration,')]);
  });

  test('no word where both say the same, in whatever order and however written', () => {
    const one = found({
      organization: 'acme',
      environments: { branches: branchNames({ qa: 'qa', ...DEFAULTS.branches }), written: ['qa'] },
    });
    const other = merged({
      organization: 'acme',
      environments: { branches: branchNames({ ...DEFAULTS.branches, qa: 'qa' }) },
    });
    expect(mergeConfig(one, other, 'branch main')).toMatchObject({ notices: [], previewsOnly: false });
  });

  test('where there is none: environments are the defaults, and nothing but previews', () => {
    const { found: decided, notices, previewsOnly } = mergeConfig(own, undefined, 'branch main');
    expect(decided).toEqual({ ...own, config: { ...own.config, environments: DEFAULTS } });
    expect(notices).toEqual([expect.stringContaining('There is no configuration in branch main.')]);
    expect(previewsOnly).toEqual({ file: '.fractary/codex.yaml', where: 'branch main' });
  });

  test('where nobody has one, nothing unmerged decides anything', () => {
    expect(mergeConfig(undefined, undefined, 'branch main')).toEqual(keepConfig(undefined));
  });
});

test('a run on the release line keeps its own configuration, but for the lists of refs', () => {
  const lists = { stableRefs: ['refs/heads/develop'], productionRefs: ['refs/heads/release/*'] };
  const own = found({ environments: on({ qa: 'qa' }, { productionRefs: ['refs/heads/**'] }) });
  expect(withRefsOf(own, merged({ environments: on({}, lists) }))?.config.environments).toEqual({
    ...on({ qa: 'qa' }),
    ...lists,
  });
  expect(withRefsOf(own, merged({}))?.config.environments).toEqual(on({ qa: 'qa' }));
  expect(withRefsOf(own, undefined)?.config.environments).toEqual(on({ qa: 'qa' }));
  expect(withRefsOf(undefined, merged({}))).toBeUndefined();
  const before = withRefsOf(undefined, merged({ environments: on({ qa: 'qa' }, lists), projectName: 'other' }));
  expect(before?.config).toEqual({ environments: on({}, lists) });
});

describe('in the spelling of Fractary a configuration says the same', () => {
  const parse = (text: string): FoundConfig => {
    const file = '.fractary/config.yaml';
    const { config } = parseConfig({ text, file, section: 'codex' }) ?? { config: DEFAULT_CONFIG };
    return { config, file, inside: true };
  };
  const ours = parse(
    'codex: {project_name: widgets, organization: acme, environments: {branches: {prod: live, qa: qa}}}',
  );
  const theirs = parse(
    'codex: {project: widgets, organizationSlug: acme, sync: {environments: {qa: qa, production: live}}}',
  );

  test.each([
    ['ours', ours, theirs],
    ['theirs', theirs, ours],
  ])('%s on the default branch, and the other one in the run', (_, merged, own) => {
    expect(mergeConfig(own, merged, 'branch main').notices).toEqual([]);
  });

  test('and one that is not merged decides as little', () => {
    const own = parse('codex: {project: gears, sync: {environments: {test: main, prod: live}, exclude: [x]}}');
    const { found: decided, notices } = mergeConfig(own, theirs, 'branch main');
    expect(decided?.config).toEqual({ ...theirs.config, moreExclusions: ['x'] });
    expect(notices).toEqual([
      expect.stringMatching(
        /^organization, project_name and environments\.branches of \.fractary\/config\.yaml differ from /,
      ),
    ]);
  });
});

describe('a configuration on disk is the committed one', () => {
  const [a, b] = [blobId('a'.repeat(40)), blobId('b'.repeat(40))];
  test.each<[string, [string, BlobId | undefined][], [string, BlobId][], boolean]>([
    ['none at all', [], [], true],
    ['the same', [['x', a]], [['x', a]], true],
    [
      'the same two',
      [
        ['x', a],
        ['y', b],
      ],
      [
        ['y', b],
        ['x', a],
      ],
      true,
    ],
    ['another content', [['x', b]], [['x', a]], false],
    ['one that is not committed', [['x', a]], [], false],
    ['one that is gone', [], [['x', a]], false],
    ['one in another place', [['y', a]], [['x', a]], false],
    [
      'another one beside it',
      [
        ['x', a],
        ['y', b],
      ],
      [['x', a]],
      false,
    ],
    ['one that cannot be read', [['x', undefined]], [['x', a]], false],
  ])('%s: %s', (_, disk, committed, same) => {
    expect(sameConfigs(new Map(disk), new Map(committed))).toBe(same);
  });
});
