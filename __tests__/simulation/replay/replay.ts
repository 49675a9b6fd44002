import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type LocalGitHub, startGitHub } from '../../support/github.ts';
import { checkoutProject, type Project } from '../../support/project.ts';
import { runAction } from '../../support/runner.ts';
import { typeCommand } from '../../support/terminal.ts';
import { type History, Play } from '../histories/play.ts';
import { KINDS } from '../histories/scenes.ts';
import type { Files, RunEnd, Step, WorldLog } from '../log.ts';
import { createRandom } from '../random.ts';
import { saveRepository } from '../world/real-objects.ts';
import type { Run, RunOptions } from '../world/runs.ts';
import { filesAt, withChanges } from '../world/world.ts';
import { Mirror } from './mirror.ts';

/** What a history on the bundle came to. */
export interface Replayed {
  readonly seed: number;
  readonly runs: number;
  /** Pushes and branches that went wrong, and runs that were killed. */
  readonly faults: number;
  /** The first difference between the bundle and the simulator, as a sentence; `undefined` without one. */
  readonly difference: string | undefined;
  /** What of the history was not played as it was drawn. */
  readonly leftOut: readonly string[];
  /** What happened in the simulator: steps of differences are numbered as here. */
  readonly log: WorldLog | undefined;
}

const TOKEN = 'ghp_replay';
/** What is left of a run that was killed goes on for a moment: git does not know. */
const AFTERLIFE = 300;
const LONGEST_RUN = 400_000;

/**
 * Plays a history with the bundle as a process, real git and the local GitHub, beside the simulator, and compares after each
 * run. Runs go one after the other here and there, since the order of steps within two processes is nobody's to choose.
 * @param bundle a file to run in the place of the action's own
 */
export async function replayHistory(history: History, bundle?: string): Promise<Replayed> {
  const github = await startGitHub();
  try {
    return await new Replay(github, history, bundle).play();
  } finally {
    await github.close();
  }
}

interface Started {
  readonly run: Run;
  readonly options: RunOptions;
  readonly kill: Kill | undefined;
}

/** A run dies when it sends its commit: before the server has it, or after. */
type Kill = 'push accepted' | 'push answered';

/** A play in which runs never overlap, and that remembers how each was started. */
class SequentialPlay extends Play {
  readonly started = new Map<number, Started>();
  kill: Kill | undefined;
  /** Called when a run has ended, before the event that started it goes on. */
  onEnd: (() => Promise<void>) | undefined;

  override start(options: RunOptions): Run {
    const asked = playable(options);
    const run = super.start(asked);
    this.started.set(run.number, { run, options: asked, kill: this.kill });
    return run;
  }

  override async runAlone(options: RunOptions): Promise<Run> {
    const run = this.start(options);
    await this.finish();
    await this.onEnd?.();
    return run;
  }

  /** Lets the run that was started last go to its end, or to where it is killed. */
  async finish(): Promise<void> {
    const { run, kill } = [...this.started.values()].at(-1) ?? {};
    if (run !== undefined && kill !== undefined && run.end === undefined) {
      this.kill = undefined;
      while (run.passed.at(-1) !== kill && (await this.world.step()));
      run.kill();
    }
    await this.world.settle();
  }
}

/** A terminal has no pull request to comment on, so its command takes no such flag. */
function playable(options: RunOptions): RunOptions {
  if (options.event.event !== 'terminal') return options;
  const { comment: _, ...inputs } = options.inputs ?? {};
  return { ...options, inputs };
}

class Replay {
  private readonly history: History;
  private readonly bundle: string | undefined;
  private readonly sequence: SequentialPlay;
  private readonly mirror: Mirror;
  private readonly github: LocalGitHub;
  private readonly leftOut = new Set<string>(['overlapping runs']);
  private readonly caches = new Map<Map<string, string>, Files>();
  private readonly codexTips = new Map<string, string>();
  /** Where in the log the real world is. */
  private at = 0;
  private runs = 0;
  private faults = 0;

  constructor(github: LocalGitHub, history: History, bundle: string | undefined) {
    this.github = github;
    this.bundle = bundle;
    this.history = { ...history, setup: { ...history.setup, faults: this.faultsOf(history) } };
    this.sequence = new SequentialPlay(this.history);
    this.mirror = new Mirror(github, this.sequence.world);
    github.addToken(TOKEN, { '*': 'write' });
  }

  /** Faults of pushes are the local GitHub's as well; answers that are missing or old are the simulator's alone. */
  private faultsOf({ setup: { faults } }: History): History['setup']['faults'] {
    const { noAnswer = 0, stale = 0, fetchFails = 0, ...others } = faults;
    if (noAnswer > 0) this.leftOut.add('questions without an answer');
    if (stale > 0) this.leftOut.add('answers from before');
    if (fetchFails > 0) this.leftOut.add('fetches that fail');
    return others;
  }

  async play(): Promise<Replayed> {
    const { seed, setup, events } = this.history;
    const result = (difference: string | undefined) => ({
      ...{ seed, runs: this.runs, faults: this.faults, difference, leftOut: [...this.leftOut] },
      log: this.sequence.log(),
    });
    const { sequence } = this;
    await this.mirror.begin();
    if (setup.isPublished) await sequence.publishAll();
    const first = await this.follow('before the first event');
    if (first !== undefined) return result(first);
    for (const [index, { kind, draw, wait }] of events.entries()) {
      const where = `event ${index + 1} (${kind})`;
      let difference: string | undefined;
      // An event may start several runs, and change a project between them.
      sequence.onEnd = async () => {
        difference ??= await this.follow(where);
      };
      sequence.begin(draw);
      if (kind === 'kill') sequence.kill = draw % 2 === 0 ? 'push accepted' : 'push answered';
      else if (!KINDS[kind]?.overlaps) await KINDS[kind]?.perform(sequence, createRandom(draw, kind));
      await sequence.finish();
      difference ??= await this.follow(where);
      if (difference !== undefined) return result(difference);
      if (wait > 0) await sequence.world.advance(wait);
    }
    return result(undefined);
  }

  /** Brings the real world to where the virtual one is; returns the first difference. */
  private async follow(where: string): Promise<string | undefined> {
    const { steps } = this.sequence.world;
    if (this.at === steps.length) return undefined;
    await this.mirror.updateProjects();
    for (; this.at < steps.length; this.at++) {
      const step = steps[this.at];
      if (step?.kind === 'branch' && step.repository === this.sequence.world.codex.id) await this.followCodex(step);
      if (step?.kind !== 'start') continue;
      const end = this.at + 1 + steps.slice(this.at + 1).findIndex(({ kind }) => kind === 'end');
      const difference = await this.compareRun(step, steps.slice(this.at, end + 1));
      if (difference === undefined) continue;
      const { run, mode, repository, env, trigger } = step;
      const what = `${mode} of ${repository} to ${env} for ${trigger.event}${trigger.action ? ` ${trigger.action}` : ''}`;
      return `Step ${this.at}, ${where}, run ${run} (${what}): ${difference}`;
    }
    return undefined;
  }

  private async followCodex(step: Extract<Step, { kind: 'branch' }>): Promise<void> {
    const { branch, to, by } = step;
    if (by === 'person') await this.mirror.editCodex(step);
    if (to === undefined) this.codexTips.delete(branch);
    else this.codexTips.set(branch, to);
  }

  private async compareRun(
    start: Extract<Step, { kind: 'start' }>,
    steps: readonly Step[],
  ): Promise<string | undefined> {
    const started = this.sequence.started.get(start.run);
    const { run, options, kill } = started ?? {};
    const end = run?.end;
    if (!run || !end || !options) throw new Error(`Run ${start.run} did not end.`);
    const tips = new Map<string, string>();
    for (const branch of await this.mirror.codexBranches())
      tips.set(branch, (await this.mirror.codexTip(branch)) ?? '');
    this.armFaults(run, start.branch, steps, end.killed ? kill : undefined);
    const real = await this.perform(start.at, options, end.killed ? kill : undefined);
    this.faults += this.github.clearFaults();
    this.github.unprotect(this.mirror.codex, start.branch);
    this.runs += 1;
    const before = new Map(this.codexTips);
    const after = new Map(this.codexTips);
    for (const step of steps) {
      if (step.kind !== 'branch' || step.repository !== this.sequence.world.codex.id) continue;
      if (step.to !== undefined) after.set(step.branch, step.to);
    }
    const commits = await this.compareCommits(before, after, tips);
    return (
      (commits && commits + tailOf(real)) ??
      (end.killed ? undefined : this.compareEnds(end, real)) ??
      (await this.compareTrees(after)) ??
      (end.killed ? undefined : compareFetched(end, real))
    );
  }

  /** What the edges did to the virtual run, the local GitHub does to the real one. */
  private armFaults(run: Run, branch: string, steps: readonly Step[], kill: Kill | undefined): void {
    const push = /^POST \S*\/git-receive-pack/;
    // libcurl repeats a request silently if its connection was used before.
    const times = 2;
    let struck = 0;
    for (const step of steps) {
      if (step.kind !== 'fault') continue;
      const passed = run.passed.slice(0, step.calls);
      if (passed.at(-1) === 'branch created') {
        this.github.fault({ match: /^POST \S*\/git\/refs/, loseAnswer: true });
        continue;
      }
      const skip = passed.filter((call) => call === 'push').length - 1 - struck;
      struck += 1;
      if (step.fault === 'lostAnswer') this.github.fault({ match: push, loseAnswer: true, times, skip });
      else if (step.fault === 'pushFails') this.github.fault({ match: push, drop: true, times, skip });
      else if (step.fault === 'refused') {
        const meanwhile = async () =>
          this.github.protect(this.mirror.codex, branch, 'error: GH006: Protected branch update failed.');
        this.github.fault({ match: push, meanwhile, skip });
      }
    }
    if (kill === undefined) return;
    const meanwhile = async () => void this.child?.kill('SIGKILL');
    if (kill === 'push accepted') this.github.fault({ match: push, drop: true, times: 1000, meanwhile });
    else this.github.fault({ match: push, loseAnswer: true, times: 1000, meanwhile });
  }

  private child: { kill(signal: 'SIGKILL'): unknown } | undefined;

  private async perform(at: number, options: RunOptions, kill: Kill | undefined): Promise<Real> {
    const { mode, event, inputs = {} } = options;
    const { github } = this;
    const place = await this.checkOut(options);
    const { directory } = place;
    const given: Record<string, string> = {};
    for (const [name, value] of Object.entries(inputs)) given[name] = this.mirror.realise(value);
    const env = clockAt(at);
    if (event.event === 'terminal') {
      const words = Object.entries(given).map(([name, value]) =>
        value === 'true' ? `--${name}` : `--${name}=${value}`,
      );
      const typed = await typeCommand([mode, ...words, '--json'], {
        ...{ github, directory, env: { ...env, GITHUB_TOKEN: TOKEN } },
      });
      return { failed: typed.exitCode !== 0, result: parsed(typed.stdout), said: typed.stderr, fetched: undefined };
    }
    const cache = options.cache;
    const cached = cache && this.caches.get(cache);
    for (const [path, text] of cached ?? []) await writeText(join(directory, path), text);
    const { repository, ref, commit, payload } = event;
    const isCodex = repository.isCodex;
    const sha = isCodex ? await place.git('rev-parse', 'HEAD') : commit;
    const run = await runAction({
      ...{ github, workspace: directory, repository: repository.name, event: event.event, ref, sha },
      inputs: { mode, token: TOKEN, 'project-token': TOKEN, ...given },
      payload: payload as Record<string, unknown>,
      ...(event.number !== undefined && { pullRequest: event.number }),
      ...(event.action === 'closed' && { action: 'closed' as const }),
      env: { ...env, GITHUB_WORKFLOW_REF: `${repository.name}/.github/workflows/codex.yml@${ref}` },
      timeout: LONGEST_RUN,
      ...(this.bundle !== undefined && { entry: this.bundle }),
      onStart: (child) => {
        this.child = child;
      },
    });
    if (kill !== undefined) {
      await sleep(AFTERLIFE);
      await github.settled();
    }
    const result = parsed(run.outputs.result ?? '');
    const texts = mode === 'fetch' ? await readCache(directory, result) : undefined;
    if (cache && texts) this.caches.set(cache, texts);
    const failed = run.exitCode !== 0;
    return { failed, result, said: run.log, fetched: mode === 'fetch' ? fetchedOf(result, texts) : undefined };
  }

  /** What actions/checkout, or a person with `git clone`, puts on the disk. */
  private async checkOut({ event, checkout = {} }: RunOptions): Promise<Project> {
    const { repository } = event;
    const { github } = this;
    const { database } = this.sequence.world;
    if (checkout === 'none') throw new Error('Every run of a history has a checkout.');
    if (repository.isCodex) return checkoutProject(github, repository.name);
    const isTerminal = event.event === 'terminal';
    const { depth = isTerminal ? 'deep' : 'shallow', dirty = {}, commit = event.commit } = checkout;
    const isLocal = !repository.objects.has(commit);
    const ref = isLocal ? (database.commit(commit)?.parents[0] ?? commit) : commit;
    const place = await checkoutProject(github, repository.name, { ref, depth: depth === 'deep' ? 0 : 1 });
    if (isLocal) await this.addLocal(place, commit, depth === 'shallow');
    if (isTerminal) {
      await place.git('checkout', '--quiet', '-B', event.ref.replace('refs/heads/', ''), commit);
      const remote = 'refs/remotes/origin';
      await place.git('symbolic-ref', `${remote}/HEAD`, `${remote}/${repository.defaultBranch}`);
    }
    await makeDirty(place, filesAt(this.sequence.world, commit), dirty);
    return place;
  }

  private async addLocal({ directory, git }: Project, commit: string, isShallow: boolean): Promise<void> {
    const { database } = this.sequence.world;
    const tree = database.commit(commit)?.tree ?? '';
    await saveRepository(join(directory, '.git'), database, [commit, ...database.objectsBelow(tree)], []);
    if (isShallow) await writeFile(join(directory, '.git', 'shallow'), `${commit}\n`);
    await git('checkout', '--quiet', '--detach', commit);
  }

  /** One real commit for each virtual one, by first parents. */
  private async compareCommits(before: Files, after: Files, realBefore: Files): Promise<string | undefined> {
    const { database } = this.sequence.world;
    for (const branch of await this.mirror.codexBranches())
      if (!after.has(branch)) return `the branch ${branch} is in the codex, and the simulator has none`;
    for (const [branch, tip] of after) {
      const realTip = await this.mirror.codexTip(branch);
      if (realTip === undefined) return `there is no branch ${branch} in the codex, and the simulator has one`;
      const virtual: string[] = [];
      for (let id: string | undefined = tip; id !== undefined && id !== before.get(branch); ) {
        if (this.mirror.codexCommits.has(id)) break;
        virtual.push(id);
        id = database.commit(id)?.parents[0];
      }
      const known = [...this.mirror.codexCommits.values()];
      const listed = await this.mirror.codexCommitsSince(realBefore.get(branch), realTip);
      const real = listed.slice(0, Math.max(0, listed.findIndex((id) => known.includes(id)) >>> 0));
      if (real.length !== virtual.length)
        return `${branch} has ${real.length} new commits, the simulator made ${virtual.length}`;
      virtual.forEach((id, index) => void this.mirror.codexCommits.set(id, real[index] ?? ''));
    }
    return undefined;
  }

  private compareEnds(end: RunEnd, { failed, result, said }: Real): string | undefined {
    const expected = end.outputs.result as Json | undefined;
    const tail = tailOf({ said });
    if (failed !== (end.error !== undefined)) {
      const other = end.error === undefined ? 'ends green' : `fails: ${end.error.code}: ${end.error.message}`;
      return `it ${failed ? 'fails' : 'ends green'}, and in the simulator it ${other}${tail}`;
    }
    // What of a mode failed is in its result; an error is there only if all of the run did.
    const [code, expectedCode] = [result, expected].map((one) => (one?.error as Json | undefined)?.code);
    if (code !== expectedCode)
      return `it fails with ${code}, in the simulator with ${expectedCode} (${end.error?.message})${tail}`;
    for (const name of new Set([...Object.keys(expected ?? {}), ...Object.keys(result)])) {
      if (NOT_COMPARED.has(name)) continue;
      const [is, should] = [this.plain(result[name]), this.plain(expected?.[name])];
      if (!isDeepStrictEqual(is, should))
        return `${name} is ${JSON.stringify(is)}, in the simulator ${JSON.stringify(should)}${tail}`;
    }
    return undefined;
  }

  /**
   * A value with the codex's real commits, and without the address of the server, numbers of runs, and the moment at which a
   * roll-back or a run at a terminal was: a process takes longer than a virtual run.
   */
  private plain(value: unknown): unknown {
    if (value === undefined) return undefined;
    const text = this.mirror.realise(JSON.stringify(value));
    const timeless = text
      .replaceAll(this.github.serverUrl, 'https://github.com')
      .replaceAll(/"(local|since)":"[^"]*"/g, '"$1":"then"')
      .replaceAll(/\ba roll-back of \d{4}-\S+/g, 'a roll-back of then')
      .replaceAll(/\/actions\/runs\/\d+/g, '/actions/runs/1');
    return JSON.parse(timeless);
  }

  private async compareTrees(tips: Files): Promise<string | undefined> {
    const { database } = this.sequence.world;
    for (const [branch, tip] of tips) {
      const real = await this.mirror.codexFiles((await this.mirror.codexTip(branch)) ?? '');
      const virtual = database.flatten(database.commit(tip)?.tree ?? '');
      for (const path of new Set([...real.keys(), ...virtual.keys()])) {
        const [is, should] = [real.get(path), virtual.get(path)?.id];
        if (is === should) continue;
        const text = is === undefined ? undefined : await this.mirror.codexText(is);
        const other = should === undefined ? undefined : database.readBlob(should)?.toString();
        if (path.endsWith('.codex-sync.json') && text !== undefined && other !== undefined)
          if (isDeepStrictEqual(this.plain(parsed(text)), this.plain(parsed(other)))) continue;
        return `${path} on ${branch} is ${JSON.stringify(text)}, in the simulator ${JSON.stringify(other)}`;
      }
    }
    return undefined;
  }
}

type Json = Readonly<Record<string, unknown>>;

interface Real {
  readonly failed: boolean;
  readonly result: Json;
  readonly said: string;
  readonly fetched: Files | undefined;
}

/** Ids, addresses and times of the run itself, and sentences about them. */
/** The end of what a run of the bundle said. */
function tailOf({ said }: Pick<Real, 'said'>): string {
  return said === '' ? '' : `\n${said.slice(-3000)}`;
}

const NOT_COMPARED = new Set(['error', 'commit-url', 'attempts', 'warnings']);

function compareFetched(end: RunEnd, { fetched, said }: Real): string | undefined {
  if (end.fetched === undefined || isDeepStrictEqual(fetched, end.fetched)) return undefined;
  const [is, should] = [fetched, end.fetched].map((files) => JSON.stringify([...(files ?? [])]));
  return `it fetched ${is}, in the simulator ${should}\n${said.slice(-3000)}`;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}

/** A process of which the clock shows the virtual time when it starts. */
function clockAt(milliseconds: number): Record<string, string> {
  const script = `
    const { now } = Date;
    const ahead = ${milliseconds} - now();
    globalThis.Date = class extends Date {
      constructor(...given) { if (given.length === 0) super(now() + ahead); else super(...given); }
      static now() { return now() + ahead; }
    };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

async function writeText(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

async function makeDirty(
  { directory }: Project,
  committed: Files,
  dirty: Readonly<Record<string, string | null>>,
): Promise<void> {
  const working = withChanges(committed, dirty);
  for (const path of committed.keys()) if (!working.has(path)) await rm(join(directory, path));
  for (const [path, text] of working) {
    if (committed.get(path) === text) continue;
    // A folder that a removed file leaves empty may be in its way.
    await rm(join(directory, path), { recursive: true, force: true });
    await writeText(join(directory, path), text);
  }
}

/** Everything in the cache directory of a consumer, by path in the workspace. */
async function readCache(directory: string, result: Json): Promise<Files> {
  const folder = String(result['cache-dir'] ?? '');
  if (folder === '') return new Map();
  const entries = await readdir(join(directory, folder), { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return new Map(files.map((file, index) => [file.slice(directory.length + 1), texts[index] ?? '']));
}

function fetchedOf({ documents }: Json, texts: Files | undefined): Files {
  const listed = Array.isArray(documents) ? (documents as { readonly reference: string; readonly path: string }[]) : [];
  return new Map(
    listed.map(({ reference, path }) => [
      reference.replace(/^(?:@codex|codex:\/\/[^/]+)\//, ''),
      texts?.get(path) ?? `There is no file ${path}.`,
    ]),
  );
}
