import type { Commit, RunEnd, RunRequest, Step, Visibility, WorldLog } from '../log.ts';
import { idOf } from './git-text.ts';

/** Writes a log by hand, for tests of the oracle: a codex, and projects whose commits are numbered. */
export class LogWriter {
  private readonly repositories = new Map<string, Map<string, Commit>>();
  private readonly steps: Step[] = [];
  private readonly tips = new Map<string, string>();
  private runs = 0;
  private commits = 0;

  constructor() {
    this.repositories.set('acme/codex', new Map());
    this.repositories.set('acme/widgets', new Map());
  }

  private add(step: Record<string, unknown>): void {
    this.steps.push({ at: this.steps.length * 1000, ...step } as unknown as Step);
  }

  commit(
    repository: string,
    files: Readonly<Record<string, string>>,
    parents: readonly (string | undefined)[] = [],
  ): string {
    this.commits += 1;
    const id = this.commits.toString(16).padStart(40, '0');
    const commits = this.repositories.get(repository) ?? new Map();
    this.repositories.set(repository, commits);
    commits.set(id, { id, parents: parents.flatMap((parent) => parent ?? []), files: new Map(Object.entries(files)) });
    return id;
  }

  tip(repository: string, branch: string): string | undefined {
    return this.tips.get(`${repository}:${branch}`);
  }

  move(
    repository: string,
    branch: string,
    to: string | undefined,
    by: 'person' | number = 'person',
    from = this.tip(repository, branch),
  ): void {
    this.add({ kind: 'branch', repository, branch, from, to, by });
    if (to === undefined) this.tips.delete(`${repository}:${branch}`);
    else this.tips.set(`${repository}:${branch}`, to);
  }

  /** Commits to a branch of the project. */
  push(files: Readonly<Record<string, string>>, branch = 'main', parent = this.tip('acme/widgets', branch)): string {
    const id = this.commit('acme/widgets', files, [parent]);
    this.move('acme/widgets', branch, id);
    return id;
  }

  /** Commits to a branch of the codex. */
  write(branch: string, files: Readonly<Record<string, string>>, by: 'person' | number = 'person'): string {
    const id = this.commit('acme/codex', files, [this.tip('acme/codex', branch)]);
    this.move('acme/codex', branch, id, by);
    return id;
  }

  tag(tag: string, to: string | undefined): void {
    this.add({ kind: 'tag', repository: 'acme/widgets', tag, to });
  }

  pull(number: number, head: string, state: 'open' | 'closed' | 'merged' = 'open', fork = false): void {
    this.add({
      kind: 'pull',
      repository: 'acme/widgets',
      number,
      state,
      head,
      headBranch: 'feature',
      base: 'main',
      fork,
    });
  }

  /** @param late of an answer from before */
  fault(run: number, fault = 'noAnswer', late?: number): void {
    this.add({ kind: 'fault', run, fault, ...(late !== undefined && { late }) });
  }

  /** Changes the settings of the project, or of the codex. */
  set(
    settings: Partial<{
      defaultBranch: string;
      protection: { readonly branch: string; readonly isProtected: boolean };
      visibility: Visibility;
    }>,
    repository = 'acme/widgets',
  ): void {
    this.add({ kind: 'settings', repository, ...settings });
  }

  start(more: Partial<Omit<RunRequest, 'run'>> = {}): number {
    this.runs += 1;
    const env = more.env ?? 'test';
    this.add({
      ...{ kind: 'start', run: this.runs, mode: 'sync-project', env, branch: env === 'prod' ? 'main' : env },
      ...{ repository: 'acme/widgets', projects: ['widgets'], dryRun: false, inputs: {} },
      trigger: { event: 'push', ref: 'refs/heads/main', sha: this.tip('acme/widgets', 'main') },
      ...{ commit: this.tip('acme/widgets', 'main'), ...more },
    });
    return this.runs;
  }

  end(run: number, outputs: Readonly<Record<string, unknown>> = {}, more: Partial<RunEnd> = {}): void {
    this.add({ kind: 'end', run, outputs: { ...UNCHANGED, ...outputs }, killed: false, ...more });
  }

  log(): WorldLog {
    const repository = (name: string) => ({ name, commits: this.repositories.get(name) ?? new Map() });
    const projects = [...this.repositories.keys()].filter((name) => name !== 'acme/codex');
    return {
      seed: 1,
      codex: repository('acme/codex'),
      projects: new Map(projects.map((name) => [name, repository(name)])),
      steps: this.steps,
    };
  }
}

const UNCHANGED = {
  ...{ conclusion: 'unchanged', changed: 'false', 'commit-sha': '', superseded: 'false', 'deletions-withheld': '0' },
  ...{ 'files-added': '0', 'files-modified': '0', 'files-deleted': '0', result: {} },
};

/** The outputs of a run that published a commit. */
export function published(
  sha: string,
  changes: readonly { readonly path: string; readonly action: 'add' | 'modify' | 'delete' }[],
  more: Readonly<Record<string, unknown>> = {},
) {
  const count = (action: string) => String(changes.filter((change) => change.action === action).length);
  return {
    ...{ conclusion: 'published', changed: 'true', 'commit-sha': sha, attempts: '1' },
    ...{ 'files-added': count('add'), 'files-modified': count('modify'), 'files-deleted': count('delete') },
    result: { changes, ...more },
  };
}

/** A folder of the codex as the tool writes it, from texts. */
export function folder(
  documents: Readonly<Record<string, string>>,
  {
    project = 'widgets',
    files = documents,
    ...more
  }: Readonly<Record<string, unknown>> & {
    readonly project?: string;
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Record<string, string> {
  const ids = Object.fromEntries(Object.entries(documents).map(([path, text]) => [path, idOf(text)]));
  const manifest = JSON.stringify({
    documents: ids,
    source: { repository: 'acme/widgets', directory: '.', ...(more.source as object) },
    version: 2,
    ...more,
  });
  const at = (path: string) => `projects/${project}/${path}`;
  return {
    [at('.codex-sync.json')]: manifest,
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [at(path), text])),
  };
}
