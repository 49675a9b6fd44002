import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { deflateSync } from 'node:zlib';
import { gitBytes, gitText } from '../../__tests__/support/git.ts';
import { type CodexSize, ensureCodex, projectsOf } from './codexes.ts';
import type { Figure, Spread } from './figures.ts';

/** Everything that tables, charts and verdicts are made of. */
export interface Results {
  readonly date: string;
  /** Milliseconds that every request waited. */
  readonly latency: number;
  readonly machine: Readonly<Record<'cpu' | 'cores' | 'memory' | 'system', string>>;
  readonly versions: Readonly<Record<'action' | 'node' | 'git', string>>;
  readonly codexes: readonly CodexFacts[];
  /** Bytes of the 500 documents that are fetched, as they are sent. */
  readonly documents: number;
  /** What was measured, in the order of the tables: name -> title. */
  readonly cases: Readonly<Record<string, string>>;
  readonly measurements: readonly Measurement[];
}

export interface CodexFacts {
  readonly files: number;
  readonly projects: number;
  /** On both branches. */
  readonly commits: number;
  /** Bytes of the list of projects as it is sent. */
  readonly list: number;
}

export interface Measurement {
  readonly case: string;
  readonly codex: number;
  readonly contestant: string;
  readonly rounds: number;
  readonly figures: Partial<Readonly<Record<Figure, Spread>>>;
}

/** The figures of a contestant; undefined where they were not taken. */
export function tryFind(
  { measurements }: Results,
  name: string,
  codex: number,
  contestant: string,
): Measurement | undefined {
  return measurements.find((one) => one.case === name && one.codex === codex && one.contestant === contestant);
}

export function readMachine(): Results['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() ?? '',
    cores: `${availableParallelism()}`,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GB`,
    system: tryReadDistribution() ?? `${type()} ${release()}`,
  };
}

/** What a Linux calls itself. */
function tryReadDistribution(): string | undefined {
  if (!existsSync('/etc/os-release')) return undefined;
  const [, name] = /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  return name;
}

export function readVersions(): Results['versions'] {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  return {
    action: `${version} (${git('rev-parse', '--short=10', 'HEAD')})`,
    node: process.versions.node,
    git: git('--version').replace('git version ', ''),
  };
}

/** Bytes of texts as git packs each. */
export function packedSize(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + deflateSync(text).length, 0);
}

export async function readFacts(size: CodexSize): Promise<CodexFacts> {
  const directory = await ensureCodex(size);
  const list = await gitBytes(directory, ['cat-file', 'tree', 'test:projects']);
  const commits = Number(await gitText(directory, ['rev-list', '--count', '--all']));
  return { files: size, projects: projectsOf(size).length, commits, list: deflateSync(list).length };
}
