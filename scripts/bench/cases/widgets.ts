import { deepEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { readTree } from '../../../__tests__/support/codex.ts';
import { checkoutProject } from '../../../__tests__/support/project.ts';
import { codex, type HostedProject } from '../../../__tests__/support/stage.ts';
import type { Figures } from '../figures.ts';
import { expectEnded, type Stage } from '../stage.ts';
import { writeDocument } from '../words.ts';

/** How much of the codex each script clones. */
const CLONES = {
  full: '',
  shallow: '--depth=1',
  sparse: '--depth=1 --filter=blob:none --sparse --single-branch',
} as const;
export type Clone = keyof typeof CLONES;

/** A project of so many documents of its own, of about 5 KB each. */
export function documentsOf(project: string, count: number, seed: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => `docs/page-${`${index + 1}`.padStart(3, '0')}.md`);
  return Object.fromEntries(names.map((path, index) => [path, writeDocument(`${path} of ${project}`, seed + index)]));
}

/** Hosts the project `widgets` of 100 documents, which the codex does not know. */
export function hostWidgets({ host }: Stage): Promise<HostedProject> {
  return host('widgets', documentsOf('widgets', 100, -1000));
}

/** The same, published to `test` before. */
export async function hostPublished(stage: Stage): Promise<HostedProject> {
  const widgets = await hostWidgets(stage);
  await expectEnded(widgets.publish(), 'published');
  return widgets;
}

/** The same again, where one document changed since; the checkout is of that commit alone, as a job's is. */
export async function hostChanged(stage: Stage): Promise<HostedProject> {
  const widgets = await hostPublished(stage);
  await widgets.write('docs/page-007.md', writeDocument('Changed', -1));
  await widgets.commit('Change a document');
  await widgets.push();
  const fresh = await checkoutProject(stage.github, widgets.fullName);
  return {
    ...fresh,
    publish: (inputs, options) => stage.publish(fresh, inputs, options),
    begin: (inputs, options) => stage.begin(fresh, inputs, options),
  };
}

/** What a run of the action costs, which has to end like this. */
export async function byAction(stage: Stage, widgets: HostedProject, conclusion: string, env = 'test') {
  const figures = await stage.measure((how) => expectEnded(widgets.publish({ env }, how), conclusion));
  await expectPublished(stage, 'widgets', env === 'prod' ? 'main' : 'test');
  return figures;
}

/** What it costs by a script that clones so much. */
export async function byClone(stage: Stage, clone: Clone, widgets: HostedProject, branch = 'test'): Promise<Figures> {
  const variables = variablesOf(clone, widgets.directory, 'widgets', branch);
  const figures = await stage.measure((how) => stage.byHand('publish.sh', variables, how));
  await expectPublished(stage, 'widgets', branch);
  return figures;
}

export function variablesOf(clone: Clone, checkout: string, project: string, branch: string) {
  return { CLONE: CLONES[clone], BRANCH: branch, PROJECT: project, DOCUMENTS: join(checkout, 'docs') };
}

/** Throws unless the documents of a project stand in the codex. */
export async function expectPublished({ github }: Stage, project: string, branch: string): Promise<void> {
  const standing = await readTree(github, codex, branch, `projects/${project}/docs`);
  deepEqual(standing, await readTree(github, `acme/${project}`, 'main', 'docs'), `${project} is not in ${branch}`);
}
