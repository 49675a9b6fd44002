import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { ActionRun } from '../support/runner.ts';
import { codex, type HostedProject, messages, useStory } from '../support/story.ts';
import { readable } from '../support/summary.ts';

const { host, documents } = await useStory();
const [json, yaml, shared] = ['.fractary/plugins/codex/config.json', '.fractary/codex.yaml', '.fractary/config.yaml'];
let projects = 0;

function createRepository(files: Record<string, string>): Promise<HostedProject> {
  projects += 1;
  return host(`widgets-${projects}`, { 'docs/guide.md': '# Guide\n', ...files });
}

/** Runs the action with nothing to say which codex, but the configuration and these inputs. */
function start({ publish }: HostedProject, inputs: Record<string, string> = {}): Promise<ActionRun> {
  return publish({ 'codex-repository': '', ...inputs });
}

async function dryRun(files: Record<string, string>, inputs: Record<string, string> = {}): Promise<ActionRun> {
  return start(await createRepository(files), { 'dry-run': 'true', ...inputs });
}

const names = { organization: 'acme', codex_repo: 'codex.acme.com' };
const asJson = (settings: object) => JSON.stringify({ ...names, ...settings }, null, 2);
const asYaml = (name: string) => `organization: acme\ncodex_repo: codex.acme.com\nproject_name: ${name}\n`;
const asSection = (name: string) => `other_tool: {}\ncodex:\n${asYaml(name).replace(/^/gm, '  ').trimEnd()}\n`;

describe('the first configuration that exists', () => {
  const everywhere = {
    [json]: asJson({ project_name: 'json' }),
    [yaml]: asYaml('yaml'),
    [shared]: asSection('shared'),
  };
  const inPackage = { 'pkg/docs/guide.md': 'Package\n' };
  const below = (files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`pkg/${path}`, text]));

  test.each([
    ['config.json before the others', everywhere, 'json'],
    ['codex.yaml before config.yaml', { ...everywhere, [json]: '' }, 'yaml'],
    ['the codex: section of config.yaml', { [shared]: asSection('shared') }, 'shared'],
  ])('is %s', async (_, files, project) => {
    const present = Object.fromEntries(Object.entries(files).filter(([, text]) => text !== ''));
    const run = await dryRun(present);
    expect(run.exitCode).toBe(0);
    expect(run.log).toContain(`\nProject: ${project}\nCodex: codex.acme.com\n`);
  });

  test.each([
    ['in the package', everywhere, everywhere],
    [
      'in the package, whatever its kind',
      { [json]: asJson({ project_name: 'root' }) },
      { [shared]: asSection('json') },
    ],
  ])('is looked for %s, then in the root', async (_, root, files) => {
    const run = await dryRun({ ...root, ...inPackage, ...below(files) }, { 'working-directory': 'pkg' });
    expect(run.exitCode).toBe(0);
    expect(run.log).toContain('\nProject: json\n');
  });

  test('in the root serves a package whose project is said', async () => {
    const files = { ...inPackage, [json]: asJson({ project_name: 'root' }) };
    const run = await dryRun(files, { 'working-directory': 'pkg', project: 'package' });
    expect(run.log).toContain('\nProject: package\nCodex: codex.acme.com\n');
    expect(run.outputs).toMatchObject({ conclusion: 'dry-run', 'files-added': '1' });
  });

  test('is no config.yaml without a codex: section', async () => {
    const run = await dryRun({ [shared]: 'organization: wrong\n' }, { 'codex-repository': codex });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'dry-run' } });
    expect(messages(run, 'warning')).toEqual([]);
  });

  test('is the one that the input config names, in the package or in the root', async () => {
    const files = { ...everywhere, ...inPackage, 'ci/codex.yaml': asYaml('root'), 'pkg/own.json': asJson({}) };
    const project = await createRepository(files);
    const where = { 'working-directory': 'pkg', project: 'package', 'dry-run': 'true' };
    const [atRoot, inside, ofRoot] = await Promise.all([
      start(project, { config: 'ci/codex.yaml', 'dry-run': 'true' }),
      start(project, { config: 'own.json', ...where }),
      start(project, { config: 'ci/codex.yaml', ...where }),
    ]);
    expect(atRoot.log).toContain('\nProject: root\n');
    for (const run of [inside, ofRoot]) expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'dry-run' } });
  });
});

describe('the project of a package', () => {
  test.each([
    ['inside it, named from the root', 'pkg/own.yaml', 'pkg/own.yaml', 0],
    ['outside of it, named from the package', 'shared/codex.yaml', '../shared/codex.yaml', 1],
  ])('counts where the configuration lies: %s', async (_, path, config, exitCode) => {
    const files = { 'pkg/docs/guide.md': 'Package\n', [path]: asYaml('of-that-file') };
    const run = await dryRun(files, { 'working-directory': 'pkg', config });
    expect(run.exitCode).toBe(exitCode);
    if (exitCode === 0) expect(run.log).toContain('\nProject: of-that-file\n');
    else expect(messages(run, 'error')).toEqual([expect.stringContaining('its project is not configured')]);
  });
});

describe('settings', () => {
  test('of the configuration hold where no input is given, and an input wins', async () => {
    const settings = { project_name: 'configured', sync_patterns: ['handbook/**'], exclude_patterns: ['**/draft.md'] };
    const files = { [json]: asJson(settings), 'handbook/a.md': 'a\n', 'handbook/draft.md': 'draft\n' };
    const project = await createRepository(files);
    await start(project);
    await start(project, { project: 'said', include: 'docs/**\nhandbook/**', exclude: '**/a.md' });
    expect(Object.keys(await documents('configured'))).toEqual(['handbook/a.md']);
    expect(Object.keys(await documents('said'))).toEqual(['docs/guide.md', 'handbook/draft.md']);
  });

  test('in the other published shape are read too, with a notice', async () => {
    const run = await dryRun({ [json]: asJson({ environments: { test: { branch: 'qa' } } }) });
    expect(run.outputs).toMatchObject({ conclusion: 'dry-run', env: 'test', branch: 'qa' });
    expect(messages(run, 'notice')).toEqual([expect.stringMatching(/config\.json:\d+: .*"branches":\{"test":"qa"\}/)]);
    expect(messages(run, 'warning')).toEqual([]);
  });

  test('with unknown keys are warned about with the nearest known key, those of other tools are not', async () => {
    const run = await dryRun({ [json]: asJson({ sync_pattern: ['x/**'], logging: {}, sources: [], auto_sync: true }) });
    expect(run.exitCode).toBe(0);
    const said = `${json}:4: sync_pattern is not a known key and is ignored. Did you mean "sync_patterns"?`;
    expect(messages(run, 'warning')).toEqual([said]);
    expect(JSON.parse(run.outputs.result ?? '').warnings).toEqual([said]);
    expect(readable(run.summary)).toContain(said);
  });

  test('that are misspelt are told too where the run fails for want of them', async () => {
    const files = { [json]: '{\n  "organisation": "acme",\n  "codex_repo": "codex.acme.com"\n}\n' };
    const run = await start(await createRepository(files));
    expect(run.exitCode).toBe(1);
    expect(messages(run, 'error')).toEqual([expect.stringContaining('does not name both "organization"')]);
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('Did you mean "organization"?')]);
  });

  test('may be missing altogether if the input names the codex', async () => {
    const project = await createRepository({});
    const run = await start(project, { 'codex-repository': codex });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', env: 'test', branch: 'test' } });
    expect(run.log).toContain(`\nProject: ${project.fullName.slice('acme/'.length)}\n`);
  });
});

describe('a broken configuration ends in one annotation with file, line and key, before any request', () => {
  const brokenJson = '{\n  "organization": "acme",\n  "codex_repo": "codex.acme.com",\n}\n';
  const wrongJson = asJson({ project_name: '..', sync_patterns: [], environments: { branches: { prod: 7 } } });
  const wrongYaml = 'organization: acme\ncodex_repo: [a]\nenvironments:\n  default: staging\n';

  test.each([
    ['syntax of JSON', json, brokenJson, [/config\.json:[34]: not valid JSON/]],
    ['syntax of YAML', yaml, 'organization: acme\nsync_patterns: [a\n', [/codex\.yaml:[23]: /]],
    [
      'values in JSON',
      json,
      wrongJson,
      [/config\.json:4: project_name .*Use /, /:5: sync_patterns .*Use /, /:8: environments\.branches\.prod .*Use /],
    ],
    ['values in YAML', yaml, wrongYaml, [/codex\.yaml:2: codex_repo .*Use /, /:4: environments\.default .*Use one of/]],
    [
      'a section',
      shared,
      'codex:\n  sync_direction: up\n',
      [/config\.yaml:2: codex\.sync_direction .*to-codex, from-codex/],
    ],
    [
      'prod and production set apart',
      json,
      asJson({ environments: { branches: { prod: 'main', production: 'live' } } }),
      [/config\.json:7: environments\.branches\.production .*one environment/],
    ],
  ])('%s', async (_, file, text, problems) => {
    const run = await dryRun({ [file]: text });
    expect(run).toMatchObject({ exitCode: 1, requests: [], outputs: { conclusion: 'failed', changed: 'false' } });
    expect(run.annotations.map(({ level }) => level)).toEqual(['error']);
    for (const problem of problems) expect(run.annotations[0]?.message).toMatch(problem);
    expect(run.annotations[0]?.message.split('\n')).toHaveLength(problems.length);
  });
});

describe('a link to a configuration', () => {
  test('inside of the repository is followed', async () => {
    const project = await createRepository({ 'shared/codex.yaml': asYaml('linked') });
    await project.write(yaml, { mode: '120000', content: '../shared/codex.yaml' });
    const run = await start(project, { 'dry-run': 'true' });
    expect(run.log).toContain('\nProject: linked\n');
  });

  test.each([
    ['the file', yaml, 'codex.yaml'],
    ['its folder', '.fractary', '.'],
  ])('is refused when %s leaves the repository, before any request', async (_, link, target) => {
    const outside = await createRepository({ 'codex.yaml': asYaml('outside') });
    const project = await createRepository({});
    await mkdir(join(project.directory, dirname(link)), { recursive: true });
    await symlink(join(outside.directory, target), join(project.directory, link));
    const run = await start(project);
    expect(run).toMatchObject({ exitCode: 1, requests: [], outputs: { conclusion: 'failed' } });
    expect(messages(run, 'error')).toEqual([expect.stringContaining('outside of the repository')]);
  });

  test('is refused when the input config leaves the repository', async () => {
    const outside = await createRepository({ 'codex.yaml': asYaml('outside') });
    const run = await dryRun({}, { config: join(outside.directory, 'codex.yaml') });
    expect(run).toMatchObject({ exitCode: 1, requests: [], outputs: { conclusion: 'failed' } });
    expect(messages(run, 'error')).toEqual([expect.stringContaining('outside of the repository')]);
  });
});
