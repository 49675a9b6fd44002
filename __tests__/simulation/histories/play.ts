import type { WorldLog } from '../log.ts';
import { codexRulesOf } from '../oracle/configuration.ts';
import { createRandom, type Random } from '../random.ts';
import { pushEvent, type Run, type RunEvent, type RunOptions, startRun } from '../world/runs.ts';
import {
  beginOutage,
  CODEX_CONFIG_FILE,
  CONFIG_FILE,
  commit,
  createProject,
  createWorld,
  type Faults,
  filesOn,
  NO_FAULTS,
  type Repository,
  renderConfig,
  type World,
} from '../world/world.ts';

/** What can be on or off in a whole history. */
export const FEATURES = [
  'pull requests',
  'forks',
  'branches',
  'stable refs',
  'production refs',
  'tags',
  'terminals',
  'working trees',
  'wrong checkouts',
  'fetch',
  'promotion',
  'roll-backs',
  'retirement',
  'organization',
  'edits',
  'damage',
  'forced pushes',
  'renames',
  'configurations',
  'staging',
  'both ways',
  'dry runs',
  'kills',
  'faults',
  'odd names',
  'foreign folders',
  'visibility',
  'codex configuration',
  'internal repositories',
  'pulls',
] as const;
export type Feature = (typeof FEATURES)[number];

/** Drawn once for a history: what is on, and how often. */
export interface Setup {
  readonly features: readonly Feature[];
  readonly projects: number;
  readonly documents: number;
  readonly faults: Partial<Faults>;
  /** Probabilities. */
  readonly rates: {
    readonly late: number;
    readonly cancelled: number;
    readonly repeated: number;
    readonly deep: number;
    readonly production: number;
    readonly dry: number;
    readonly dirty: number;
    readonly strange: number;
  };
  readonly isPublished: boolean;
  readonly hasConfiguration: boolean;
}

/** An event is data: with the same state and the same number the same happens, and others may be removed before it. */
export interface DrawnEvent {
  readonly kind: string;
  readonly draw: number;
  /** Milliseconds that pass after it. */
  readonly wait: number;
}

export interface History {
  readonly seed: number;
  readonly setup: Setup;
  readonly events: readonly DrawnEvent[];
}

interface Queued {
  readonly options: Pick<RunOptions, 'event'>;
  readonly project: Repository;
}

const PATHS = ['README.md', ...['a', 'b', 'c', 'x/1', 'x/2', 'x/3', 'y/1'].map((name) => `docs/${name}.md`)];
const ODD = [
  'docs/d',
  'docs/d/e.md',
  'docs/A.md',
  'docs/X/1.md',
  'docs/é.md',
  'docs/e\u0301.md',
  'docs/.env',
  'docs/why?.md',
];
const MORE = Array.from({ length: 12 }, (_, index) => `docs/many/${index}.md`);
/** By name, by globs that only protected branches obey, and with one taken away. */
const PRODUCTION_REFS = [
  ['refs/heads/release'],
  ['refs/heads/re*'],
  ['refs/heads/f*', 'refs/heads/release', '!refs/heads/fix'],
];
const SOURCE = 'src/main.ts';
const BEGIN = 0x5eed;

/** A history while it is played. */
export class Play {
  readonly world: World;
  readonly setup: Setup;
  readonly queue: Queued[] = [];
  readonly delivered: Queued[] = [];
  readonly running: Run[] = [];
  /** What consumers keep between their runs of `fetch`. */
  readonly caches = new Map<string, Map<string, string>>();
  private number = 0;
  private texts = 0;

  constructor({ seed, setup }: History) {
    this.setup = setup;
    this.world = createWorld({ seed, faults: setup.faults });
    const random = createRandom(seed, 'begin');
    commit(this.world, this.world.codex, 'main', { 'README.md': '# Codex\n' });
    for (let index = 0; index < setup.projects; index++) {
      const name = ['widgets', 'gears', 'tools'][index] ?? `project-${index}`;
      const files = new Map<string, string>([[SOURCE, 'source\n']]);
      for (const path of [...PATHS, ...MORE].slice(0, setup.documents)) files.set(path, this.text());
      if (setup.hasConfiguration) files.set(CONFIG_FILE, renderConfig(this.configuration(random)));
      createProject(this.world, name, files);
    }
    this.number = BEGIN;
  }

  has(feature: Feature): boolean {
    return this.setup.features.includes(feature);
  }

  get paths(): readonly string[] {
    return [...PATHS, ...(this.has('odd names') ? ODD : [])];
  }

  /** A text that was never anywhere. */
  text(): string {
    this.texts += 1;
    return `text ${this.number}.${this.texts}\n`;
  }

  /** Called before each event, so that its texts do not depend on the events before it. */
  begin(number: number): void {
    this.number = number;
    this.texts = 0;
  }

  configuration(random: Random, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    const stable = this.has('stable refs') ? { stable_refs: ['refs/heads/develop'] } : {};
    const production =
      this.has('production refs') && random.chance(0.7) ? { production_refs: random.pick(PRODUCTION_REFS) } : {};
    const written = { test: 'test', prod: 'main', ...(this.has('staging') && { staging: 'staging' }) };
    // Where a project is silent, the codex may map each environment as it wants.
    const isSilent = this.has('codex configuration') && random.chance(0.7);
    const branches = isSilent ? {} : { branches: written };
    return {
      ...{ version: '3.0', organization: 'acme', codex_repo: 'codex', sync_patterns: ['docs/**', 'README.md'] },
      environments: { ...branches, ...stable, ...production },
      ...more,
    };
  }

  /** The branch of the codex that an environment is now, by the codex's own configuration or by default. */
  branchOf(env: string): string {
    const { codex } = this.world;
    const text = this.filesOn(codex, codex.defaultBranch).get(CODEX_CONFIG_FILE);
    return codexRulesOf(text).branches?.[env] ?? { prod: 'main', production: 'main' }[env] ?? env;
  }

  project(random: Random): Repository {
    return random.pick([...this.world.projects.values()]);
  }

  cacheOf({ id }: Repository): Map<string, string> {
    const cache = this.caches.get(id) ?? new Map<string, string>();
    this.caches.set(id, cache);
    return cache;
  }

  /** Puts what GitHub starts for an event into the queue. */
  enqueue(project: Repository, event: RunEvent): void {
    this.queue.push({ project, options: { event } });
  }

  start(options: RunOptions): Run {
    const run = startRun(this.world, options);
    this.running.push(run);
    return run;
  }

  /** Starts one run and waits until it and all others have ended. */
  async runAlone(options: RunOptions): Promise<Run> {
    const run = this.start(options);
    await this.world.settle();
    return run;
  }

  /** Every project was published before the history begins. */
  async publishAll(): Promise<void> {
    await this.calmly(async () => {
      for (const project of this.world.projects.values())
        for (const env of ['test', 'prod'])
          await this.runAlone({
            mode: 'sync-project',
            event: pushEvent(project),
            inputs: { env, 'codex-repository': 'acme/codex' },
          });
    });
  }

  /** No fault happens while `act` goes on. */
  async calmly(act: () => Promise<void>): Promise<void> {
    const { faults } = this.world;
    this.world.faults = { ...NO_FAULTS, latency: faults.latency };
    await act();
    this.world.faults = faults;
  }

  /** GitHub answers nothing for so long. */
  beginOutage(milliseconds: number): void {
    beginOutage(this.world, milliseconds);
  }

  filesOn(repository: Repository, branch: string) {
    return filesOn(this.world, repository, branch);
  }

  log(): WorldLog {
    return this.world.log();
  }
}
