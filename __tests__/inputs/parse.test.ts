import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CodexSyncError } from '../../src/errors.ts';
import { declaredDefault, INPUTS, type InputDefinition, type InputName } from '../../src/inputs/definitions.ts';
import { type Inputs, inputVariable, parseInputs, parseMode } from '../../src/inputs/parse.ts';
import { MODES, needsNoCheckout, writes } from '../../src/inputs/readers.ts';
import { anyText } from '../support/any-text.ts';

type Words = Partial<Record<InputName, string>>;

/** The variables that the runner sets: every declared input, with its default where it has one. */
function variables(words: Words = {}): Record<string, string> {
  const declared = Object.entries(INPUTS as Record<string, InputDefinition>).map(([name, input]) => {
    const word = words[name as InputName] ?? (input.expression ? 'tok' : (input.default ?? ''));
    return [inputVariable(name), word];
  });
  return Object.fromEntries(declared);
}

function parse(words: Words = {}, more: Record<string, string> = {}): Inputs {
  return parseInputs({ ...variables(words), ...more });
}

function problems(words: Words, more: Record<string, string> = {}): string[] {
  try {
    parse(words, more);
  } catch (error) {
    if (error instanceof CodexSyncError && error.code === 'bad-input') return error.message.split('\n');
    throw error;
  }
  return [];
}

const DEFAULTS: Inputs = {
  mode: 'sync-project',
  env: undefined,
  token: 'tok',
  app: undefined,
  projectToken: 'tok',
  projectRepository: undefined,
  codexRepository: undefined,
  config: undefined,
  workingDirectory: '.',
  dryRun: false,
  project: [],
  direction: undefined,
  include: [],
  exclude: [],
  includeIgnored: [],
  includeLfs: false,
  onConflict: 'project',
  deletionThreshold: undefined,
  deletionThresholdPercent: undefined,
  allowEmpty: false,
  allowOlder: false,
  adopt: false,
  allowPublic: false,
  productionRefs: [],
  stableRefs: [],
  releaseEdits: false,
  preview: undefined,
  comment: false,
  from: 'test',
  releaseHold: false,
  reason: undefined,
  organization: undefined,
  repositories: [],
  excludeRepositories: [],
  sourceRef: undefined,
  parallel: undefined,
  shard: { index: 1, count: 1 },
  references: '',
  cacheDir: '.fractary/plugins/codex/cache',
  useCache: true,
  fallbackToStale: undefined,
  failOnCacheMiss: false,
  lookupOnly: false,
  author: undefined,
  commitMessage: 'sync: Update docs from <project>',
};

describe('nothing said', () => {
  test('the defaults of the design', () => {
    expect(parse()).toEqual(DEFAULTS);
  });

  test('an empty string is not given', () => {
    const blank = Object.fromEntries(Object.keys(INPUTS).map((name) => [name, name === 'token' ? 'tok' : ' \n']));
    expect(parse(blank)).toEqual({ ...DEFAULTS, projectToken: undefined });
  });

  test('without a runner that sends defaults the same holds', () => {
    expect(parseInputs({ INPUT_TOKEN: 'tok' })).toEqual({ ...DEFAULTS, projectToken: undefined });
  });

  test('action.yml declares a default only where no configuration could supply the value', () => {
    const declared = Object.entries(INPUTS as Record<string, InputDefinition>).filter(([, input]) =>
      declaredDefault(input),
    );
    expect(declared.map(([name]) => name).sort()).toEqual(
      ['adopt', 'allow-empty', 'allow-older', 'allow-public', 'commit-message', 'dry-run', 'mode']
        .concat('on-conflict', 'project-token', 'token', 'working-directory')
        .concat('comment', 'cache-dir', 'fail-on-cache-miss', 'from', 'lookup-only', 'use-cache', 'shard')
        .concat('include-lfs', 'release-edits', 'release-hold')
        .sort(),
    );
  });
});

describe('every input', () => {
  test.each<[InputName, string, Partial<Inputs>]>([
    ['mode', 'sync-project', { mode: 'sync-project' }],
    ['env', 'prod', { env: 'prod' }],
    ['release-edits', 'TRUE', { releaseEdits: true }],
    ['release-hold', 'true', { releaseHold: true }],
    ['preview', '12', { preview: '12' }],
    ['preview', '#12', { preview: '12' }],
    ['preview', 'heads/feature/x', { preview: 'heads/feature/x' }],
    ['reason', ' wrong prices: see #12 ', { reason: 'wrong prices: see #12' }],
    ['environment', 'prod', { env: 'prod' }],
    ['token', ' secret\n', { token: 'secret' }],
    ['project-token', 'other', { projectToken: 'other' }],
    ['codex-repository', 'acme/codex.acme.com', { codexRepository: 'acme/codex.acme.com' }],
    ['project-repository', 'acme/lib', { projectRepository: 'acme/lib' }],
    ['config', '.fractary/codex.yaml', { config: '.fractary/codex.yaml' }],
    ['repositories', 'widgets\ndoc-*\n', { repositories: ['widgets', 'doc-*'] }],
    ['exclude-repositories', '*-archive', { excludeRepositories: ['*-archive'] }],
    ['source-ref', 'latest-release', { sourceRef: 'latest-release' }],
    ['parallel', '20', { parallel: 20 }],
    ['shard', '2/3', { shard: { index: 2, count: 3 } }],
    ['working-directory', 'packages/a', { workingDirectory: 'packages/a' }],
    ['dry-run', 'true', { dryRun: true }],
    ['project', 'my_Widgets-2.0', { project: ['my_Widgets-2.0'] }],
    ['direction', 'to-codex', { direction: 'to-codex' }],
    ['direction', 'bidirectional', { direction: 'bidirectional' }],
    ['include', 'docs/**\n\n  README.md \r\n', { include: ['docs/**', 'README.md'] }],
    ['exclude', '**/*.log', { exclude: ['**/*.log'] }],
    ['include-ignored', 'docs/build/**\nsite/a b.md', { includeIgnored: ['docs/build/**', 'site/a b.md'] }],
    ['on-conflict', 'codex', { onConflict: 'codex' }],
    ['on-conflict', 'fail', { onConflict: 'fail' }],
    ['deletion-threshold', '0', { deletionThreshold: 0 }],
    ['deletion-threshold', '1000', { deletionThreshold: 1000 }],
    ['deletion-threshold-percent', '0', { deletionThresholdPercent: 0 }],
    ['deletion-threshold-percent', '100', { deletionThresholdPercent: 100 }],
    ['deletion-threshold-percent', '12.5', { deletionThresholdPercent: 12.5 }],
    ['allow-empty', 'TRUE', { allowEmpty: true }],
    ['allow-older', 'True', { allowOlder: true }],
    ['adopt', 'tRuE', { adopt: true }],
    ['include-lfs', 'True', { includeLfs: true }],
    ['allow-public', 'true', { allowPublic: true }],
    ['allow-public', 'FALSE', { allowPublic: false }],
    [
      'production-refs',
      'refs/heads/release/*\nrefs/heads/hotfix',
      { productionRefs: ['refs/heads/release/*', 'refs/heads/hotfix'] },
    ],
    ['stable-refs', 'refs/heads/develop\n!refs/heads/main', { stableRefs: ['refs/heads/develop', '!refs/heads/main'] }],
    ['release-edits', 'true', { releaseEdits: true }],
    ['release-hold', 'TRUE', { releaseHold: true }],
    ['preview', '12', { preview: '12' }],
    ['preview', '#12', { preview: '12' }],
    ['preview', 'heads/12', { preview: 'heads/12' }],
    ['preview', 'heads/feature/x', { preview: 'heads/feature/x' }],
    ['reason', ' The prices were wrong ', { reason: 'The prices were wrong' }],
    ['reason', 'x'.repeat(500), { reason: 'x'.repeat(500) }],
    ['author', 'Ada L. <ada@acme.com>', { author: { name: 'Ada L.', email: 'ada@acme.com' } }],
    [
      'author',
      "Zoë O'Neil, Docs <zoe+docs@acme.com>",
      { author: { name: "Zoë O'Neil, Docs", email: 'zoe+docs@acme.com' } },
    ],
    ['author', 'github-actions[bot] <1+a@b.c>', { author: { name: 'github-actions[bot]', email: '1+a@b.c' } }],
    ['commit-message', 'docs: <project> again', { commitMessage: 'docs: <project> again' }],
  ])('%s: %j', (name, word, expected) => {
    expect(parse({ [name]: word })).toEqual({ ...DEFAULTS, ...expected });
  });

  test('env and environment may say the same', () => {
    expect(parse({ env: 'prod', environment: 'prod' }).env).toBe('prod');
  });
});

describe('anything else is an error that names the input, what was given, and what is accepted', () => {
  test.each<[InputName, string, string]>([
    ['mode', 'sync', `Use one of: ${MODES.join(', ')}.`],
    ['mode', 'Sync-Project', `Use one of: ${MODES.join(', ')}.`],
    ['codex-repository', 'codex.acme.com', 'Use owner/name'],
    ['codex-repository', 'https://github.com/acme/codex', 'Use owner/name'],
    ['codex-repository', 'acme/codex.git', 'Use owner/name'],
    ['codex-repository', 'acme/..', 'Use owner/name'],
    ['codex-repository', 'acme/codex/x', 'Use owner/name'],
    ['project-repository', 'lib', 'Use owner/name'],
    ['project-repository', 'https://github.com/acme/lib', 'Use owner/name'],
    ['release-edits', 'yes', 'Use true or false.'],
    ['release-hold', '1', 'Use true or false.'],
    ['preview', '0', "Use a pull request's number"],
    ['preview', '012', "Use a pull request's number"],
    ['preview', 'feature', 'heads/<branch>'],
    ['preview', 'refs/heads/x', 'heads/<branch>'],
    ['preview', 'heads/', 'heads/<branch>'],
    ['reason', 'one\ntwo', 'Use one line of at most 500 characters.'],
    ['reason', 'x'.repeat(501), 'Use one line of at most 500 characters.'],
    ['dry-run', 'yes', 'Use true or false.'],
    ['dry-run', '1', 'Use true or false.'],
    ['allow-empty', 'on', 'Use true or false.'],
    ['allow-older', 'truee', 'Use true or false.'],
    ['adopt', '0', 'Use true or false.'],
    ['allow-public', 'no', 'Use true or false.'],
    ['project', '../other', 'letters, digits'],
    ['project', '.', 'letters, digits'],
    ['project', '..', 'letters, digits'],
    ['project', '.git', 'letters, digits'],
    ['project', 'a/b', 'letters, digits'],
    ['project', 'x'.repeat(101), 'letters, digits'],
    ['direction', 'sideways', 'Use one of: to-codex, from-codex, bidirectional.'],
    ['on-conflict', 'newest', 'Use one of: project, codex, fail.'],
    ['deletion-threshold', '-1', '0 or more'],
    ['deletion-threshold', '1.5', '0 or more'],
    ['deletion-threshold', 'ten', '0 or more'],
    ['deletion-threshold', '0x10', '0 or more'],
    ['deletion-threshold', 'Infinity', '0 or more'],
    ['deletion-threshold', '9'.repeat(400), '0 or more'],
    ['deletion-threshold-percent', '101', 'from 0 to 100'],
    ['deletion-threshold-percent', '20%', 'from 0 to 100'],
    ['deletion-threshold-percent', '-0.5', 'from 0 to 100'],
    ['deletion-threshold-percent', 'NaN', 'from 0 to 100'],
    ['production-refs', 'main', 'full ref names'],
    ['production-refs', 'refs/heads/main\nrelease/*', 'full ref names'],
    ['stable-refs', 'develop', 'full ref names'],
    ['stable-refs', '!develop', 'full ref names'],
    ['stable-refs', '!!refs/heads/develop', 'full ref names'],
    ['stable-refs', 'refs/heads/', 'full ref names'],
    ['release-edits', 'all', 'Use true or false.'],
    ['release-hold', 'v2', 'Use true or false.'],
    ['preview', '0', 'heads/<branch>'],
    ['preview', 'twelve', 'heads/<branch>'],
    ['preview', 'heads/', 'heads/<branch>'],
    ['preview', 'refs/heads/x', 'heads/<branch>'],
    ['preview', '12\n13', 'heads/<branch>'],
    ['reason', 'one\ntwo', 'Use one line of at most 500 characters.'],
    ['reason', 'one\u2028two', 'Use one line of at most 500 characters.'],
    ['reason', 'half of \ud83d', 'Use one line of at most 500 characters.'],
    ['reason', 'x'.repeat(501), 'Use one line of at most 500 characters.'],
    ['author', 'Ada', 'Use Name <email@example.com>.'],
    ['author', 'ada@acme.com', 'Use Name <email@example.com>.'],
    ['author', '<ada@acme.com>', 'Use Name <email@example.com>.'],
    ['author', 'Ada <ada>', 'Use Name <email@example.com>.'],
    ['author', 'Ada <ada@acme.com> <eve@acme.com>', 'Use Name <email@example.com>.'],
    ['author', 'Ada\nEve <ada@acme.com>', 'Use Name <email@example.com>.'],
    ['author', 'Ada <ada@acme.com>\ncommitter Eve <eve@acme.com>', 'Use Name <email@example.com>.'],
    ['source-ref', 'main', 'Use one of: default-branch, latest-release.'],
    ['parallel', '0', 'from 1 to 20'],
    ['parallel', '21', 'from 1 to 20'],
    ['parallel', 'many', 'from 1 to 20'],
    ['shard', '0/3', 'Use i/n with i from 1 to n'],
    ['shard', '4/3', 'Use i/n with i from 1 to n'],
    ['shard', '2', 'Use i/n with i from 1 to n'],
    ['shard', '1/99999', 'Use i/n with i from 1 to n'],
    ['commit-message', 'one\ntwo', 'Use one line.'],
    ['commit-message', 'one\rtwo', 'Use one line.'],
  ])('%s: %j', (name, word, accepted) => {
    const [sentence, ...others] = problems({ [name]: word });
    expect(others).toEqual([]);
    expect(sentence).toContain(
      `Input "${name}" is "${JSON.stringify(word.slice(0, 3)).slice(1, -1)}`.replace('\\n', '\\u{a}'),
    );
    expect(sentence).toContain(accepted);
  });

  test('env and environment that differ', () => {
    const [sentence, ...others] = problems({ env: 'test', environment: 'prod' });
    expect(others).toEqual([]);
    for (const word of ['"env"', '"environment"', '"test"', '"prod"']) expect(sentence).toContain(word);
  });

  test.each(['', ' ', '\n'])('an explicitly empty token (%j) is its own error', (token) => {
    const [sentence, ...others] = problems({ token });
    expect(others).toEqual([]);
    expect(sentence).toContain('Input "token" is empty. Check that the secret is available here:');
  });

  test('all problems at once, one line each', () => {
    const found = problems(
      {
        'dry-run': 'maybe',
        'deletion-threshold': 'x',
        author: 'x',
        token: '',
        project: '..',
        env: 'a',
        environment: 'b',
      },
      { INPUT_ALLOW_PUBLIC: 'true' },
    );
    const named = ['allow_public', '"env"', '"token"', '"dry-run"', '"project"', '"deletion-threshold"', '"author"'];
    expect(found).toHaveLength(named.length);
    for (const [index, name] of named.entries()) expect(found[index]).toContain(name);
  });

  test('no word of an input can forge a line of the log', () => {
    const names = Object.keys(INPUTS).filter((name) => name !== 'token');
    const word = anyText().map((text) => `x\u001b[2J\n::error::${text}`);
    fc.assert(
      fc.property(fc.constantFrom(...names), word, fc.constantFrom({}, { env: 'test' }), (name, given, more) => {
        for (const line of problems({ ...more, [name]: given })) expect(line).not.toMatch(/\p{Cc}|^::/u);
      }),
    );
  });
});

test.each([
  ['dry-run', 'INPUT_DRY-RUN'],
  ['env', 'INPUT_ENV'],
  ['a b', 'INPUT_A_B'],
])('the variable of %j is %s, as the runner makes it', (name, variable) => {
  expect(inputVariable(name)).toBe(variable);
});

test('every glob that cannot match is a problem that names the input, together with all others', () => {
  expect(problems({ include: '/x\ndocs/**\ny/', exclude: '../z', 'include-ignored': '!a', 'dry-run': 'yes' })).toEqual([
    expect.stringContaining('"dry-run" is "yes"'),
    expect.stringContaining('"include" has "/x". Use'),
    expect.stringContaining('"include" has "y/". Use'),
    expect.stringContaining('"exclude" has "../z". Use'),
    expect.stringContaining('"include-ignored" has "!a". Use'),
  ]);
});

test('env and environment may be two words for one environment', () => {
  expect(parse({ env: 'prod', environment: 'production' }).env).toBe('prod');
});

describe('the mode, before anything else is read', () => {
  test.each([
    [undefined, 'sync-project'],
    [' ', 'sync-project'],
    [' fetch ', 'fetch'],
    ['Fetch', undefined],
  ])('%j is %s', (INPUT_MODE, mode) => {
    expect(parseMode({ INPUT_MODE })).toBe(mode);
  });

  test('tells whether the run is guarded, and whether it looks at a checkout', () => {
    expect(MODES.filter(writes)).toEqual(['sync-project', 'sync-org', 'promote', 'retire']);
    expect(MODES.filter((mode) => !needsNoCheckout(mode))).toEqual([
      'sync-project',
      'status',
      'fetch',
      'cache-list',
      'doctor',
    ]);
  });
});
