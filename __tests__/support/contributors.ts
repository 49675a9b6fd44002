import { readText, readTree } from './codex.ts';
import { checkoutProject, type Project } from './project.ts';
import { closePullRequest, type MergeMethod, mergePullRequest, openPullRequest } from './pull-request.ts';
import type { ActionOptions, ActionRun } from './runner.ts';
import type { GivenInputs } from './runner-files.ts';
import { codex, type Story } from './stage.ts';

type Texts = Readonly<Record<string, string | null>>;
type More = Partial<ActionOptions>;

/** People who work on `acme/widgets` in pull requests; each job has a fresh checkout, as on GitHub's runners. */
export interface Contributors {
  /** Commits to a branch that begins where its base is, and opens or updates its pull request; runs nothing. */
  propose(number: number, changes: Texts, options?: { amend?: boolean; base?: string }): Promise<void>;
  /** Runs the pull request's workflow. */
  preview(number: number, inputs?: GivenInputs, more?: More & { depth?: number }): Promise<ActionRun>;
  /** Closes it without a merge, and runs the workflow for that, without a checkout. */
  close(number: number, inputs?: GivenInputs, more?: More): Promise<ActionRun>;
  /** Merges it, and runs the workflow for that. */
  merge(number: number, how?: MergeMethod): Promise<ActionRun>;
  /** Commits to main; runs nothing. */
  commit(changes: Texts): Promise<void>;
  /** Runs the workflow of pushes to main. */
  publish(inputs?: GivenInputs, more?: More & { depth?: number }): Promise<ActionRun>;
  /** What stands on `test`: path -> text, the manifest aside. */
  texts(): Promise<Record<string, string>>;
  /** The documents of main. */
  main(): Promise<Record<string, string>>;
}

const NAME = 'acme/widgets';
let minutes = 0;

export async function gather(story: Story, files: Record<string, string>): Promise<Contributors> {
  const { github } = story;
  const project = await story.host('widgets', files);
  const branchOf = (number: number) => `pull-${number}`;
  const write = async (place: Project, changes: Texts, message: string, amend = false) => {
    for (const [path, text] of Object.entries(changes)) await place.write(path, text);
    minutes += 1;
    const date = new Date(Date.UTC(2026, 5, 1, 0, minutes)).toISOString();
    if (amend) await place.git('reset', '--quiet', '--soft', 'HEAD~1');
    return place.commit(message, { date });
  };
  const empty = () => github.scratch('no-checkout');

  return {
    async propose(number, changes, { amend = false, base = 'main' } = {}) {
      const known = await github.git(NAME, 'for-each-ref', `refs/heads/${branchOf(number)}`);
      const place = await checkoutProject(github, NAME, { ref: known ? branchOf(number) : base, depth: 0 });
      if (!known) await place.git('checkout', '--quiet', '-b', branchOf(number));
      await write(place, changes, `Change ${number}`, amend);
      await place.git('push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branchOf(number)}`);
      await openPullRequest(github, NAME, { number, head: branchOf(number), base });
    },
    async preview(number, inputs, { depth = 2, ...more } = {}) {
      // GitHub makes the merge commit anew when the base has moved.
      await openPullRequest(github, NAME, { number, head: branchOf(number) });
      const ref = `refs/pull/${number}/merge`;
      const place = await checkoutProject(github, NAME, { ref, depth });
      return story.publish(place, inputs, { event: 'pull_request', ref, pullRequest: number, ...more });
    },
    async close(number, inputs, more) {
      await closePullRequest(github, NAME, number);
      const place = { fullName: NAME, directory: await empty() };
      return story.publish(place, inputs, { event: 'pull_request', pullRequest: number, action: 'closed', ...more });
    },
    async merge(number, how = 'merge') {
      await openPullRequest(github, NAME, { number, head: branchOf(number) });
      await mergePullRequest(github, NAME, number, how);
      const place = { fullName: NAME, directory: await empty() };
      return story.publish(place, {}, { event: 'pull_request', pullRequest: number, action: 'closed' });
    },
    async commit(changes) {
      await project.checkout('main');
      await write(project, changes, 'Change main');
      await project.push('main');
    },
    async publish(inputs, { depth = 1, ...more } = {}) {
      const place = await checkoutProject(github, NAME, { ref: 'main', depth });
      // Until there is a pull request, this is how all stories begin.
      const run = github.repository(NAME).pulls.size === 0 ? story.begin : story.publish;
      return run(place, inputs, more);
    },
    async texts() {
      const paths = Object.keys(await story.documents());
      const found = paths.map(async (path) => [path, (await story.read(`projects/widgets/${path}`)) ?? ''] as const);
      return Object.fromEntries(await Promise.all(found));
    },
    async main() {
      const paths = Object.keys(await readTree(github, NAME, 'main')).filter((path) => path.startsWith('docs/'));
      const found = paths.map(async (path) => [path, (await readText(github, NAME, 'main', path)) ?? ''] as const);
      return Object.fromEntries(await Promise.all(found));
    },
  };
}

/** Every blob that the manifest of `widgets` names is in the history of the branch. */
export async function unreachable({ github, manifest }: Pick<Story, 'github' | 'manifest'>): Promise<string[]> {
  const { documents, previews = {} } = await manifest();
  const overlay: { documents: Record<string, string | null> }[] = Object.values(previews);
  const ids = [documents, ...overlay.map((one) => one.documents)].flatMap((one) => Object.values(one));
  const listed = await github.git(codex, 'rev-list', '--objects', 'test');
  return ids.filter((id): id is string => typeof id === 'string' && !listed.includes(id));
}
