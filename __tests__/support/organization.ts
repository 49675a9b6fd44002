import { commits, editCodex, readTree } from './codex.ts';
import type { FileChange } from './commit-files.ts';
import type { RepositoryOptions } from './github-repositories.ts';
import type { ActionRun } from './runner.ts';
import type { GivenInputs } from './runner-files.ts';
import { codex, type Story } from './stage.ts';

type More = Parameters<Story['publish']>[2];
type Files = NonNullable<RepositoryOptions['files']>;

/** May read every repository of the organization, and write to its codex. */
export const orgToken = 'ghp_organization';
export const config = '.fractary/plugins/codex/config.json';

/** An organization, and somebody who publishes all of it. */
export interface Organization extends Story {
  /** Hosts `acme/<name>`; nobody checks it out. */
  add(name: string, files?: Files, options?: Omit<RepositoryOptions, 'files'>): Promise<void>;
  /** So many repositories `<name>-01`, … of so many documents each. */
  addMany(name: string, count: number, documents?: number): Promise<string[]>;
  /** Somebody commits to main of a repository. */
  commit(name: string, changes: Readonly<Record<string, FileChange>>): Promise<string>;
  /** Runs the workflow that lives in the codex, without a checkout. */
  syncOrg(inputs?: GivenInputs, options?: More): Promise<ActionRun>;
  /** Projects of the codex of which not just the documents of their repository stand there, each with its manifest. */
  unlike(names: readonly string[], branch?: string): Promise<string[]>;
  /** Subjects of the commits of the codex's branch, newest first, without those that the story began with. */
  subjects(branch?: string): Promise<string[]>;
}

export async function found(story: Story): Promise<Organization> {
  const { github } = story;
  const grants: Record<string, 'read' | 'write'> = { [codex]: 'write' };
  github.addToken(orgToken, grants);
  const directory = await github.scratch('nothing');
  const first = (await commits(github, codex, 'main')).length;
  const organization: Organization = {
    ...story,
    async add(name, files, options) {
      await github.createRepository(`acme/${name}`, { ...(files && { files }), ...options });
      grants[`acme/${name}`] = 'read';
      github.addToken(orgToken, grants);
    },
    async addMany(name, count, documents = 1) {
      const names = Array.from({ length: count }, (_, index) => `${name}-${`${index + 1}`.padStart(3, '0')}`);
      for (const one of names) {
        const paths = Array.from({ length: documents }, (_, index) => `docs/${index + 1}.md`);
        const files = Object.fromEntries(paths.map((path) => [path, `${path} of ${one}\n`]));
        await organization.add(one, { ...files, 'src/main.js': '1\n' });
      }
      return names;
    },
    commit: (name, changes) => editCodex(github, `acme/${name}`, 'main', changes),
    syncOrg: (inputs, options) =>
      story.publish(
        { fullName: codex, directory },
        { mode: 'sync-org', token: orgToken, ...inputs },
        { event: 'schedule', timeout: 300_000, ...options },
      ),
    async unlike(names, branch = 'test') {
      const standing = await readTree(github, codex, branch, 'projects');
      const expected: Record<string, object> = {};
      for (const name of names) {
        for (const [path, file] of Object.entries(await readTree(github, `acme/${name}`, 'main', 'docs')))
          expected[`${name}/docs/${path}`] = file;
      }
      const manifests = names.map((name) => `${name}/.codex-sync.json`);
      const paths = new Set([...Object.keys(standing), ...Object.keys(expected), ...manifests]);
      const wrong = [...paths].filter((path) =>
        manifests.includes(path)
          ? standing[path] === undefined
          : JSON.stringify(standing[path]) !== JSON.stringify(expected[path]),
      );
      return [...new Set(wrong.map((path) => path.split('/')[0] ?? ''))];
    },
    async subjects(branch = 'test') {
      const all = await commits(github, codex, branch);
      return all.slice(0, all.length - first).map(({ subject }) => subject);
    },
  };
  return organization;
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

/** What failed -> why. */
export function failuresOf({ outputs }: ActionRun): Record<string, string> {
  const { failures } = JSON.parse(outputs.result ?? '{}');
  return Object.fromEntries(failures.map((one: { repository: string; error: string }) => [one.repository, one.error]));
}
