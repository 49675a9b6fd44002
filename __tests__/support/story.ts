import { afterAll, expect } from '@jest/globals';
import { keepBeginnings } from './beginnings.ts';
import { editCodex, readText, readTree } from './codex.ts';
import type { FileChange } from './commit-files.ts';
import { tryGit } from './git.ts';
import { type LocalGitHub, startGitHub } from './github.ts';
import type { RepositoryOptions } from './github-repositories.ts';
import { type CheckoutOptions, createProject, type Project } from './project.ts';
import { type ActionOptions, type ActionRun, runAction } from './runner.ts';
import type { GivenInputs } from './runner-files.ts';
import type { Annotation } from './workflow-commands.ts';

/** The codex of every story. */
export const codex = 'acme/codex.acme.com';
/** May write to that codex, and do nothing anywhere else. */
export const token = 'ghp_codex';

type Files = NonNullable<RepositoryOptions['files']>;
type RunOptions = Partial<Omit<ActionOptions, 'github' | 'inputs'>>;

/** A checkout of a project, with the action to run in it. */
export interface HostedProject extends Project {
  /** Runs the action; token and codex are those of the story unless the inputs say otherwise. */
  publish(inputs?: GivenInputs, options?: RunOptions): Promise<ActionRun>;
}

/** A local GitHub with a codex in it; branches are `test` and projects `widgets` unless told. */
export interface Story {
  readonly github: LocalGitHub;
  /** Hosts `acme/<name>` and checks it out. */
  host(
    name: string,
    files: Files,
    options?: Omit<RepositoryOptions, 'files'> & CheckoutOptions,
  ): Promise<HostedProject>;
  /** Runs the action in any checkout, as a hosted project does in its own. */
  publish(
    place: Pick<Project, 'fullName' | 'directory'>,
    inputs?: GivenInputs,
    options?: RunOptions,
  ): Promise<ActionRun>;
  /**
   * The same as the beginning of a story: where another one of the file began alike, its run stands for this one. Of the
   * checkout only what is committed counts.
   */
  begin: Story['publish'];
  /** Somebody edits the codex by hand; returns the commit. */
  edit(changes: Readonly<Record<string, FileChange>>, branch?: string): Promise<string>;
  /** The text of a file of the codex. */
  read(path: string, branch?: string): Promise<string | undefined>;
  /** What stands in the folder of a published project, its manifest aside. */
  documents(project?: string, branch?: string): ReturnType<typeof readTree>;
  /** The manifest of a project, parsed. */
  manifest(project?: string, branch?: string): ReturnType<typeof JSON.parse>;
  /** The last commit of the codex. */
  tip(branch?: string): Promise<string>;
}

/** Hosts the codex of a story as `hosted` says. */
async function startStory(
  github: LocalGitHub,
  hosted: RepositoryOptions,
  beginAs: ReturnType<typeof keepBeginnings>,
): Promise<Story> {
  await github.createRepository(codex, hosted);
  github.addToken(token, { [codex]: 'write' });
  const story: Story = {
    github,
    async host(name, files, options) {
      const project = await createProject(github, `acme/${name}`, files, options);
      return { ...project, publish: (inputs, more) => story.publish(project, inputs, more) };
    },
    publish({ fullName, directory }, inputs, options) {
      const all = { token, 'codex-repository': codex, ...inputs };
      return runAction({ github, workspace: directory, repository: fullName, inputs: all, ...options });
    },
    async begin(place, inputs, options) {
      const head = await tryGit(place.directory, ['rev-parse', 'HEAD', '--abbrev-ref', 'HEAD']);
      const asked = [place.fullName, head.stdout.toString(), hosted.visibility, inputs, options];
      return beginAs(github, codex, asked, () => story.publish(place, inputs, options));
    },
    edit: (changes, branch = 'test') => editCodex(github, codex, branch, changes),
    read: (path, branch = 'test') => readText(github, codex, branch, path),
    async documents(project = 'widgets', branch = 'test') {
      const { '.codex-sync.json': manifest, ...found } = await readTree(github, codex, branch, `projects/${project}`);
      expect(manifest).toBeDefined();
      return found;
    },
    manifest: async (project = 'widgets', branch = 'test') =>
      JSON.parse((await story.read(`projects/${project}/.codex-sync.json`, branch)) ?? ''),
    tip: (branch = 'test') => github.git(codex, 'rev-parse', branch),
  };
  return story;
}

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

/** What a run said on one level of annotations. */
export function messages({ annotations }: ActionRun, level: Annotation['level']): string[] {
  return annotations.filter((annotation) => annotation.level === level).map(({ message }) => message);
}

/** Paths that a run left alone, each once, with the reason. */
export function leftAlone({ outputs }: ActionRun): Record<string, string> {
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

/** The pushes among the requests of a run. */
export function pushes({ requests }: ActionRun): ActionRun['requests'] {
  return requests.filter(({ method, service }) => method === 'POST' && service === 'receive-pack');
}
