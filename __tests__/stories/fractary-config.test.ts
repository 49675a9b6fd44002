import { expect, test } from '@jest/globals';
import { useConsumers } from '../support/consumer.ts';
import { FRACTARY_CONFIG } from '../support/fractary.ts';
import { codex, expectRefused, messages } from '../support/story.ts';

const startConsumer = useConsumers();
const CONFIG = '.fractary/config.yaml';

/** What its patterns select, and what they do not. */
const SELECTED = {
  '.fractary/codex/memory/pattern-1.md': 'Memory\n',
  'docs/configuration.md': 'Configuration\n',
  'docs/.hidden/a.txt': 'Hidden\n',
  'docs/build/b.md': 'Build\n',
  'docs/notes.tmp': 'A pattern without a slash is about the root alone\n',
  'README.md': '# Codex\n',
  'CLAUDE.md': '# Claude\n',
};
const OTHERS = {
  '.fractary/other.md': 'x\n',
  '.claude/settings.json': '{}\n',
  'cli/README.md': 'x\n',
  'specs/a.md': 'x\n',
  'notes.tmp': 'x\n',
};

test('a project that Fractary configured is published under its own name: what its patterns select, and not a word', async () => {
  const { host, github } = await startConsumer();
  const project = await host('codex', { ...SELECTED, ...OTHERS, [CONFIG]: FRACTARY_CONFIG });
  const run = await project.publish();
  expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'published', env: 'test' } });
  expect(run.log).toContain('\nProject: codex\nCodex: codex.acme.com\nEnvironment: test (branch: test)\n');
  const listed = await github.git(codex, 'ls-tree', '-r', '--name-only', 'test', 'projects/codex/');
  expect(listed.split('\n').sort()).toEqual(
    [...Object.keys(SELECTED), '.codex-sync.json'].map((path) => `projects/codex/${path}`).sort(),
  );
  expect(run.log).not.toContain('GITHUB_TOKEN');
});

test('a fetch that names nothing brings what that configuration lists', async () => {
  const { edit, fetch } = await startConsumer({ files: { [CONFIG]: FRACTARY_CONFIG } });
  const documents = {
    'projects/codex.fractary.com/docs/a.md': 'The codex itself\n',
    'projects/codex.fractary.com/.fractary/codex/memory/b.md': 'Memory\n',
    'projects/core/docs/deep/c.md': 'Core\n',
  };
  await edit(documents);
  const lacking = await fetch({ references: '', 'use-cache': 'false' });
  expectRefused(
    lacking,
    'codex://fractary/faber/docs/** (no project faber',
    'Correct codex.sync.from_codex.include of .fractary/config.yaml, or publish',
  );
  expect(lacking.documents).toEqual({});

  await edit({ 'projects/faber/docs/d.md': 'Faber\n', 'projects/faber/e.md': 'Not asked for\n' });
  const run = await fetch({ references: '', 'use-cache': 'false' });
  expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'fetched' } });
  expect(run.log).toContain('\nReferences: 4 (codex.sync.from_codex.include of .fractary/config.yaml)\n');
  expect(run.documents).toEqual({
    'fractary/codex.fractary.com/test/docs/a.md': 'The codex itself\n',
    'fractary/codex.fractary.com/test/.fractary/codex/memory/b.md': 'Memory\n',
    'fractary/core/test/docs/deep/c.md': 'Core\n',
    'fractary/faber/test/docs/d.md': 'Faber\n',
  });
  const named = await fetch({ references: '@codex/core/docs/**', 'use-cache': 'false' });
  expect(Object.keys(named.documents)).toEqual(['fractary/core/test/docs/deep/c.md']);
});

test('what replaces a placeholder is the organization, the project and the codex; the codex itself is named where it has no documents', async () => {
  const { fetch } = await startConsumer({
    files: {
      '.fractary/codex.yaml': `project: widgets
sync: { from_codex: { include: ["codex://{org}/{project}/docs/guide.md", "codex://{org}/{codex_repo}/docs/**"] } }
`,
    },
  });
  const run = await fetch({ references: '', 'use-cache': 'false' });
  expectRefused(
    run,
    "codex://acme/codex.acme.com/docs/** (no project codex.acme.com: the codex's own documents are in projects/codex.acme.com once its repository publishes them)",
  );
  expect(messages(run, 'error')[0]).not.toContain('widgets');
});

test('a token that somebody wrote into it appears nowhere, with debug logging neither', async () => {
  const secret = `ghp_${'0123456789abcdefghijKLMNOPQRSTUVWXYZ'}`;
  const { host } = await startConsumer();
  const text = FRACTARY_CONFIG.replace(/token: .*/g, `token: ${secret}`);
  const debug = { env: { RUNNER_DEBUG: '1' } };
  const project = await host('codex', { ...SELECTED, [CONFIG]: text });
  for (const broken of ['', '  project_name: other\n', '  sync: {}\n', '\t}\n']) {
    await project.write(CONFIG, text.replace('logs:', `${broken}logs:`));
    const run = await project.publish({ 'dry-run': 'true' }, debug);
    expect(run.exitCode).toBe(broken === '' ? 0 : 1);
    expect(JSON.stringify([run.log, run.annotations, run.outputs, run.summary])).not.toContain(secret.slice(4, 14));
  }
});
