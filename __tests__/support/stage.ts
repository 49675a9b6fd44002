import type { keepBeginnings } from './beginnings.ts';
import { editCodex, readText, readTree } from './codex.ts';
import type { FileChange } from './commit-files.ts';
import { tryGit } from './git.ts';
import type { LocalGitHub } from './github.ts';
import type { RepositoryOptions } from './github-repositories.ts';
import { type CheckoutOptions, createProject, type Project } from './project.ts';
import type { ActionOptions, ActionRun } from './runner.ts';
import type { GivenInputs } from './runner-files.ts';
import { runTidily } from './tidy-run.ts';
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
  /** The same as the beginning of a story (`Story.begin`). */
  begin: HostedProject['publish'];
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
export async function startStory(
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
      return {
        ...project,
        publish: (inputs, more) => story.publish(project, inputs, more),
        begin: (inputs, more) => story.begin(project, inputs, more),
      };
    },
    publish({ fullName, directory }, inputs, options) {
      const all = { token, 'codex-repository': codex, ...inputs };
      return runTidily({ github, workspace: directory, repository: fullName, inputs: all, ...options });
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
      if (manifest === undefined) throw new Error(`${project} has no manifest in ${branch}`);
      return found;
    },
    manifest: async (project = 'widgets', branch = 'test') =>
      JSON.parse((await story.read(`projects/${project}/.codex-sync.json`, branch)) ?? ''),
    tip: (branch = 'test') => github.git(codex, 'rev-parse', branch),
  };
  return story;
}

/** What a run said on one level of annotations. */
export function messages({ annotations }: ActionRun, level: Annotation['level']): string[] {
  return annotations.filter((annotation) => annotation.level === level).map(({ message }) => message);
}
