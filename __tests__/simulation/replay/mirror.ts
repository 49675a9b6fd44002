import { commitFiles } from '../../support/commit-files.ts';
import { gitBytes, gitText } from '../../support/git.ts';
import type { LocalGitHub } from '../../support/github.ts';
import type { PullVersion } from '../../support/github-pull-store.ts';
import type { Repository as Hosted } from '../../support/github-repositories.ts';
import type { Step } from '../log.ts';
import { saveRepository } from '../world/real-objects.ts';
import { changedBetween, filesAt, type Pull, type Repository, type World } from '../world/world.ts';

type BranchStep = Extract<Step, { kind: 'branch' }>;

/** The virtual organization on the local GitHub: what people did there is done here again. */
export class Mirror {
  /** Commits of the codex, where a run's own differ: virtual id -> real id. */
  readonly codexCommits = new Map<string, string>();
  private readonly saved = new Map<string, Set<string>>();
  private readonly names = new Map<string, string>();
  readonly github: LocalGitHub;
  private readonly world: World;

  constructor(github: LocalGitHub, world: World) {
    this.github = github;
    this.world = world;
  }

  get codex(): string {
    return this.world.codex.name;
  }

  async begin(): Promise<void> {
    // Its size is told: measuring it at each answer takes longer than a run.
    await this.github.createRepository(this.codex, { size: 1 });
  }

  /** Brings the repositories of all projects to their virtual state, and who sees the codex. */
  async updateProjects(): Promise<void> {
    Object.assign(this.github.repository(this.codex), { visibility: this.world.codex.visibility });
    for (const project of this.world.projects.values()) await this.update(project);
  }

  private async update(project: Repository): Promise<void> {
    const { github } = this;
    const known = this.names.get(project.id);
    if (known === undefined) await github.createRepository(project.name, { size: 1 });
    else if (known !== project.name) github.renameRepository(known, project.name);
    this.names.set(project.id, project.name);
    const hosted = github.repository(project.name);
    Object.assign(hosted, { visibility: project.visibility, archived: project.archived });
    await this.save(hosted.directory, project.id, project.objects);
    await this.updateRefs(hosted, project);
    for (const branch of [...hosted.protections.keys()])
      if (!project.protectedBranches.has(branch)) github.unprotect(project.name, branch);
    for (const branch of project.protectedBranches) github.protect(project.name, branch);
    hosted.renamedBranches.clear();
    for (const [from, to] of project.renamedBranches) github.renameBranchRedirect(project.name, from, to);
    updateDeletions(hosted, project);
    await this.updatePulls(hosted, project);
    for (const tag of project.releases.slice(hosted.releases.length)) await github.addRelease(project.name, tag);
  }

  private async save(directory: string, id: string, objects: ReadonlySet<string>): Promise<void> {
    const saved = this.saved.get(id) ?? new Set();
    this.saved.set(id, saved);
    const fresh = [...objects].filter((object) => !saved.has(object));
    await saveRepository(directory, this.world.database, fresh, []);
    for (const object of fresh) saved.add(object);
  }

  private async updateRefs(hosted: Hosted, project: Repository): Promise<void> {
    const wanted = new Map<string, string>([
      ...[...project.branches].map(([name, commit]) => [`refs/heads/${name}`, commit] as const),
      ...[...project.tags].map(([name, commit]) => [`refs/tags/${name}`, commit] as const),
      ...[...project.pulls.values()].flatMap(({ number, state, head, merge }) => [
        [`refs/pull/${number}/head`, head] as const,
        ...(state === 'open' ? [[`refs/pull/${number}/merge`, merge] as const] : []),
      ]),
    ]);
    const there = await refsOf(hosted.directory);
    const gone = [...there.keys()].filter((ref) => !wanted.has(ref)).map((ref) => `delete ${ref}\n`);
    const moved = [...wanted].filter(([ref, commit]) => there.get(ref) !== commit);
    const input = [...gone, ...moved.map(([ref, commit]) => `update ${ref} ${commit}\n`)].join('');
    if (input !== '') await gitText(hosted.directory, ['update-ref', '--stdin'], { input });
    await gitText(hosted.directory, ['symbolic-ref', 'HEAD', `refs/heads/${project.defaultBranch}`]);
  }

  private async updatePulls(hosted: Hosted, project: Repository): Promise<void> {
    for (const pull of project.pulls.values()) {
      const before = hosted.pulls.get(pull.number);
      const tip = project.branches.get(pull.base) ?? before?.versions.at(-1)?.base ?? '';
      const version = { base: tip, head: pull.head, merge: pull.merge };
      const versions: PullVersion[] = before?.versions ?? [];
      if (versions.at(-1)?.merge !== version.merge) versions.push(version);
      const updatedAt = new Date(pull.updatedAt);
      hosted.pulls.set(pull.number, {
        ...{ number: pull.number, base: pull.base, head: pull.headBranch, versions, updatedAt },
        headRepository: await this.headRepository(hosted, pull),
        state: pull.state === 'open' ? 'open' : 'closed',
        createdAt: before?.createdAt ?? updatedAt,
        ...(pull.closedAt !== undefined && { closedAt: new Date(pull.closedAt) }),
        ...(pull.mergeCommit !== undefined && {
          merged: before?.merged ?? { at: new Date(pull.closedAt ?? 0), commit: pull.mergeCommit, before: tip },
        }),
      });
    }
  }

  private async headRepository(hosted: Hosted, { fork }: Pull): Promise<Hosted> {
    if (fork === undefined) return hosted;
    if (!this.names.has(fork)) {
      this.names.set(fork, fork);
      await this.github.createRepository(fork, { fork: true, size: 1 });
    }
    return this.github.repository(fork);
  }

  /** A person changes a branch of the codex. What runs wrote there is the run's own: the change is made on top of it. */
  async editCodex({ branch, from, to, at }: BranchStep): Promise<void> {
    const { github, codex, world } = this;
    const directory = github.directory(codex);
    const ref = `refs/heads/${branch}`;
    if (to === undefined) {
      const before = await gitText(directory, ['rev-parse', ref]);
      await gitText(directory, ['update-ref', '-d', ref]);
      github.repository(codex).deletions.push({ ref, before, timestamp: secondsOf(at) });
      return;
    }
    const [before, after] = [from === undefined ? new Map<string, string>() : filesAt(world, from), filesAt(world, to)];
    const changes = Object.fromEntries(changedBetween(before, after).map((path) => [path, after.get(path) ?? null]));
    const date = new Date(at);
    this.codexCommits.set(to, await commitFiles(directory, ref, changes, { message: 'Edit', date }));
  }

  /** The real tip of a branch of the codex. */
  async codexTip(branch: string): Promise<string | undefined> {
    return (await refsOf(this.github.directory(this.codex))).get(`refs/heads/${branch}`);
  }

  async codexBranches(): Promise<string[]> {
    const refs = await refsOf(this.github.directory(this.codex));
    return [...refs.keys()].flatMap((ref) => (ref.startsWith('refs/heads/') ? [ref.slice(11)] : []));
  }

  /** Files of a commit of the codex: path -> id of the blob. */
  async codexFiles(commit: string): Promise<Map<string, string>> {
    const listing = await gitBytes(this.github.directory(this.codex), ['ls-tree', '-r', '-z', commit]);
    const lines = listing.toString().split('\0').filter(Boolean);
    return new Map(lines.map((line) => [line.slice(line.indexOf('\t') + 1), line.split(/[ \t]/)[2] ?? '']));
  }

  async codexText(blob: string): Promise<string> {
    return (await gitBytes(this.github.directory(this.codex), ['cat-file', 'blob', blob])).toString();
  }

  /** First parents of a real tip down to a commit, newest first. */
  async codexCommitsSince(from: string | undefined, tip: string): Promise<string[]> {
    const range = from === undefined ? [tip] : [tip, `^${from}`];
    const listed = await gitText(this.github.directory(this.codex), ['rev-list', '--first-parent', ...range]);
    return listed.split('\n').filter(Boolean);
  }

  /** A text in which the virtual codex's commits have the names of the real ones. */
  realise(text: string): string {
    return text.replace(/\b[0-9a-f]{40}\b/g, (id) => this.codexCommits.get(id) ?? id);
  }
}

const secondsOf = (milliseconds: number) => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');

async function refsOf(directory: string): Promise<Map<string, string>> {
  const listed = await gitText(directory, ['for-each-ref', '--format=%(objectname) %(refname)']);
  const lines = listed.split('\n').filter(Boolean);
  return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
}

function updateDeletions(hosted: Hosted, { deletions }: Repository): void {
  for (const [branch, { at, commit }] of deletions) {
    const deletion = { ref: `refs/heads/${branch}`, before: commit, timestamp: secondsOf(at) };
    const isKnown = hosted.deletions.some(
      ({ ref, timestamp }) => ref === deletion.ref && timestamp === deletion.timestamp,
    );
    if (!isKnown) hosted.deletions.push(deletion);
  }
}
