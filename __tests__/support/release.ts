import type { FileChange } from './commit-files.ts';
import type { ActionRun } from './runner.ts';
import type { GivenInputs } from './runner-files.ts';
import { codex, type HostedProject, type Story } from './stage.ts';

type More = Parameters<Story['publish']>[2];

/** May read every project. */
const PROJECTS_TOKEN = 'ghp_projects';

/** Somebody who releases by hand, from an empty directory with only tokens. */
export interface ReleaseManager extends Story {
  /** Runs a mode in production, for `widgets`, unless the inputs say otherwise. */
  promote(inputs?: GivenInputs, options?: More): Promise<ActionRun>;
  retire(inputs?: GivenInputs, options?: More): Promise<ActionRun>;
  /** Hosts a project and publishes it to `test`. */
  develop(name: string, files: Record<string, FileChange>): Promise<HostedProject>;
  /** Commits to main of a project, and publishes that to `test`. */
  change(project: HostedProject, changes: Record<string, FileChange>): Promise<ActionRun>;
  /** The same for the beginning of a story, which it shares with others (`Story.begin`). */
  first: Pick<ReleaseManager, 'promote' | 'change'>;
}

export async function employ(story: Story): Promise<ReleaseManager> {
  const directory = await story.github.scratch('nothing');
  // What orders two commits of a project is its repository.
  story.github.addToken(PROJECTS_TOKEN, { '*': 'read' });
  // The workflow lives in the codex: no repository of a project is asked, or checked out.
  const run = (mode: string, act: Story['publish']) => (inputs?: GivenInputs, options?: More) =>
    act(
      { fullName: codex, directory },
      { mode, env: 'prod', project: 'widgets', 'project-token': PROJECTS_TOKEN, ...inputs },
      { event: 'workflow_dispatch', ...options },
    );
  const change =
    (act: Story['publish']): ReleaseManager['change'] =>
    async (project, changes) => {
      for (const [path, text] of Object.entries(changes)) await project.write(path, text);
      await project.commit('Change');
      await project.push();
      return act(project);
    };
  return {
    ...story,
    promote: run('promote', story.publish),
    retire: run('retire', story.publish),
    change: change(story.publish),
    first: { promote: run('promote', story.begin), change: change(story.begin) },
    async develop(name, files) {
      const project = await story.host(name, files);
      const { outputs, log } = await story.begin(project);
      if (outputs.conclusion !== 'published') throw new Error(`${name} is not published:\n${log}`);
      return project;
    },
  };
}

/** The projects of a run, as `result` tells them. */
export function outcomes({ outputs }: ActionRun): Record<string, ReturnType<typeof JSON.parse>> {
  const { projects } = JSON.parse(outputs.result ?? '{}');
  return Object.fromEntries(projects.map((one: { project: string }) => [one.project, one]));
}
