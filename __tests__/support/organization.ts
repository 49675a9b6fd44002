import type { ActionRun } from './runner.ts';
import type { GivenInputs } from './runner-files.ts';
import { codex, type Story } from './story.ts';

type More = Parameters<Story['publish']>[2];
type Files = NonNullable<Parameters<Story['host']>[1]>;

/** May read every repository of the organization, and write to its codex. */
export const orgToken = 'ghp_organization';

/** An organization, and somebody who publishes all of it. */
export interface Organization extends Story {
  /** Hosts `acme/<name>`; nobody checks it out. */
  add(
    name: string,
    files?: Files,
    options?: Omit<NonNullable<Parameters<Story['github']['createRepository']>[1]>, 'files'>,
  ): Promise<void>;
  /** Runs the workflow that lives in the codex, without a checkout. */
  syncOrg(inputs?: GivenInputs, options?: More): Promise<ActionRun>;
}

export async function organize(story: Story): Promise<Organization> {
  const { github } = story;
  const grants: Record<string, 'read' | 'write'> = { [codex]: 'write' };
  github.addToken(orgToken, grants);
  const directory = await github.scratch('nothing');
  return {
    ...story,
    async add(name, files, options) {
      await github.createRepository(`acme/${name}`, { ...(files && { files }), ...options });
      grants[`acme/${name}`] = 'read';
      github.addToken(orgToken, grants);
    },
    syncOrg: (inputs, options) =>
      story.publish(
        { fullName: codex, directory },
        { mode: 'sync-org', token: orgToken, ...inputs },
        { event: 'schedule', timeout: 300_000, ...options },
      ),
  };
}

type Row = Record<string, unknown> & { repository: string };

/** The projects of a run by repository, as `result` tells them. */
export function projectsOf({ outputs }: ActionRun): Record<string, Row> {
  const { projects } = JSON.parse(outputs.result ?? '{}');
  return Object.fromEntries(projects.map((one: Row) => [one.repository, one]));
}

/** What a run passed over -> why. */
export function skippedOf({ outputs }: ActionRun): Record<string, string> {
  const { skipped } = JSON.parse(outputs.result ?? '{}');
  return Object.fromEntries(skipped.map((one: { repository: string; reason: string }) => [one.repository, one.reason]));
}
