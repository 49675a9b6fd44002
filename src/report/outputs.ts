import { CodexSyncError } from '../errors.ts';
import { type Mode, WRITING_MODES } from '../inputs/readers.ts';
import { printable } from '../text/phrases.ts';
import { withoutSecrets } from '../text/secrets.ts';
import type { Console } from './log.ts';
import { renderFailureSummary } from './summary.ts';

export interface OutputDefinition {
  readonly description: string;
  /** Descriptions for one mode alone, where the general one is about several. */
  readonly inMode?: Partial<Readonly<Record<Mode, string>>>;
  /** The modes in which it says something; absent for all modes. */
  readonly modes?: readonly Mode[];
}

/** Modes that write for several projects. */
const FOR_SEVERAL: readonly Mode[] = ['sync-org', 'promote', 'retire'];

/** All outputs. Each is always set. `action.yml` and the reference are generated from this. */
export const OUTPUTS = {
  conclusion: {
    description:
      'Result of the run: `published`, `unchanged`, `withheld` (deletions were withheld, except in a dry run), `superseded` (a newer commit is published already), ' +
      '`held` (a roll-back holds it back), ' +
      '`skipped` (a fork or Dependabot), `dry-run`, `fetched`, `listed`, or `failed` (also if only one of several projects failed, ' +
      'if `sync-org` withheld deletions, or if a check of `doctor` failed).',
    inMode: {
      fetch: 'Result of the run: `fetched` or `failed`.',
      promote:
        'Result of the run: `published`, `unchanged`, `withheld` (deletions were withheld, except in a dry run), `held` (a ' +
        'roll-back holds it back), `skipped` (a fork, Dependabot or a merge queue), `dry-run`, or `failed` (also if only one of several ' +
        'projects failed).',
      'sync-org':
        'Result of the run: `published`, `unchanged`, `held` (a roll-back holds it back), `skipped` (a fork, Dependabot or a merge ' +
        'queue), `dry-run`, or `failed` (also if only one of several repositories failed, or if deletions were withheld).',
    },
  },
  env: { description: 'Environment of the run; `production` is `prod`.' },
  branch: { description: 'Branch of the codex that the environment maps to.' },
  changed: { description: 'Whether a commit was made.', modes: WRITING_MODES },
  'commit-sha': { description: 'Commit in the codex; the last one of several.', modes: WRITING_MODES },
  'commit-url': { description: 'Link to that commit.', modes: WRITING_MODES },
  'branch-created': { description: 'Whether this run created the branch.', modes: WRITING_MODES },
  'files-added': {
    description: 'Documents added (in a dry run, this and the other counts are of planned changes).',
    modes: WRITING_MODES,
  },
  'files-modified': { description: 'Documents modified.', modes: WRITING_MODES },
  'files-deleted': { description: 'Documents deleted.', modes: WRITING_MODES },
  'deletions-withheld': {
    description:
      'Deletions that were withheld: more than the thresholds allow, or of documents that were not generated this time.',
    modes: WRITING_MODES,
  },
  drifted: {
    description: 'Published documents that were edited or removed in the codex, including conflicts.',
    modes: WRITING_MODES,
  },
  conflicts: { description: 'Documents that changed both in the project and in the codex.', modes: WRITING_MODES },
  pulled: { description: 'Documents written into the checkout, or removed from it.', modes: ['sync-project'] },
  succeeded: {
    description:
      'Projects that succeeded, in a run for several; projects with nothing new count, skipped and held ones do not.',
    modes: FOR_SEVERAL,
  },
  failed: {
    description: 'Projects that failed, in `sync-org` also those with withheld deletions; `result` has the reasons.',
    inMode: {
      promote: 'Projects that failed; `result` has the reasons.',
      'sync-org': 'Projects that failed, or with withheld deletions; `result` has the reasons.',
    },
    modes: FOR_SEVERAL,
  },
  superseded: {
    description: 'Whether a newer commit of the same ref is published already.',
    modes: ['sync-project'],
  },
  attempts: { description: 'Number of push attempts; of several pushes, the highest number.', modes: WRITING_MODES },
  'cache-hit': {
    description:
      'Whether the Actions cache had a good entry under exactly the primary key (several projects: all of them); `false` on a miss and on a partial hit.',
    modes: ['fetch'],
  },
  'cache-primary-key': {
    description: 'Key of the entry that has exactly these documents (several projects: one a line).',
    modes: ['fetch'],
  },
  'cache-matched-key': {
    description: 'Key of the entry that was found, if any (several projects: one a line, in the same order).',
    modes: ['fetch'],
  },
  stale: {
    description: 'Whether cached copies were served because the codex could not be reached.',
    modes: ['fetch'],
  },
  documents: {
    description: 'Fetched documents, as JSON: `reference`, `path` in the workspace, and `blob` id of each.',
    modes: ['fetch'],
  },
  'cache-dir': {
    description: 'Folder of the fetched documents, in the workspace.',
    modes: ['fetch', 'cache-list', 'doctor'],
  },
  result: {
    description:
      'All outputs and the lists of the mode (changes, documents, projects, caches, checks, warnings), as JSON with these names as keys; if an error ended the run, also `error`, with `code` and `message`.',
    inMode: {
      fetch:
        'All outputs and lists (documents, removed documents, warnings), as JSON with these names as keys; if an error ended the run, also `error`, with `code` and `message`.',
      promote:
        'All outputs and lists (projects with their changes, warnings), as JSON with these names as keys; if an error ended the run, also `error`, with `code` and `message`.',
      'sync-org':
        'All outputs and lists (projects with their changes, failures, skipped repositories, warnings), as JSON with these names as keys; if an error ended the run, also `error`, with `code` and `message`.',
    },
  },
} as const satisfies Record<string, OutputDefinition>;

/** The outputs that say something in a mode. */
export function outputsOfMode(mode: Mode): [OutputName, OutputDefinition][] {
  const all = Object.entries(OUTPUTS) as [OutputName, OutputDefinition][];
  return all.filter(([, { modes }]) => modes === undefined || modes.includes(mode));
}

type OutputName = keyof typeof OUTPUTS;
export type Outputs = Record<OutputName, string>;

export const CONCLUSIONS = [
  'published',
  'unchanged',
  'withheld',
  'superseded',
  'held',
  'skipped',
  'dry-run',
  'fetched',
  'listed',
  'failed',
] as const;
export type Conclusion = (typeof CONCLUSIONS)[number];

export type OutputValues = Partial<Record<Exclude<OutputName, 'conclusion' | 'result'>, string | number | boolean>>;

/** The outputs about the commit of a run in the codex, if there is one. */
export function commitValues(codexUrl: string, commit: string | undefined): OutputValues {
  const url = commit === undefined ? '' : `${codexUrl}/commit/${commit}`;
  return { changed: commit !== undefined, 'commit-sha': commit ?? '', 'commit-url': url };
}

const SILENT: Record<Exclude<OutputName, 'conclusion' | 'result'>, string | number | boolean> = {
  env: '',
  branch: '',
  changed: false,
  'commit-sha': '',
  'commit-url': '',
  'branch-created': false,
  'files-added': 0,
  'files-modified': 0,
  'files-deleted': 0,
  'deletions-withheld': 0,
  drifted: 0,
  conflicts: 0,
  pulled: 0,
  succeeded: 0,
  failed: 0,
  superseded: false,
  attempts: 0,
  'cache-hit': false,
  'cache-primary-key': '',
  'cache-matched-key': '',
  stale: false,
  documents: '',
  'cache-dir': '',
};

/** GitHub accepts 1 MB of outputs; JSON outputs are cut below this limit. */
const MAX_BYTES = 900_000;

/**
 * @param lists lists for `result`; entries over the size limit are omitted, and `left-out` counts them
 * @param error cause of a failed run, only for `result`
 */
export function renderOutputs(
  conclusion: Conclusion,
  values: OutputValues,
  lists: Readonly<Record<string, readonly unknown[]>> = {},
  error?: { readonly code: string; readonly message: string },
): Outputs {
  const given = { conclusion, ...SILENT, ...values };
  const texts = Object.entries(given).map(([name, value]) => [name, String(value)]);
  // In `result`, the list replaces the text output of the same name.
  return {
    ...Object.fromEntries(texts),
    result: renderResult({ ...given, ...emptied(lists), ...(error && { error }) }, lists),
  } as Outputs;
}

function emptied(lists: object): object {
  return Object.fromEntries(Object.keys(lists).map((name) => [name, []]));
}

/** A JSON list as a separate output; its last entry counts the omitted entries. */
export function renderList(list: readonly unknown[]): string {
  const { kept, leftOut } = fit(list, MAX_BYTES);
  return JSON.stringify(leftOut > 0 ? [...kept, { 'left-out': leftOut }] : kept);
}

function renderResult(given: object, lists: Readonly<Record<string, readonly unknown[]>>): string {
  let limit = MAX_BYTES - Buffer.byteLength(JSON.stringify(given)) - 200 * Object.keys(lists).length;
  let leftOut = 0;
  const kept = Object.entries(lists).map(([name, list]) => {
    const fitting = fit(list, limit);
    limit -= fitting.bytes;
    leftOut += fitting.leftOut;
    return [name, fitting.kept];
  });
  return JSON.stringify({ ...given, ...Object.fromEntries(kept), ...(leftOut > 0 && { 'left-out': leftOut }) });
}

/** Keeps the entries of a list that fit into the limit. */
function fit(list: readonly unknown[], limit: number): { kept: unknown[]; bytes: number; leftOut: number } {
  let bytes = 0;
  const kept = list.filter((entry) => {
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (bytes + size > limit) return false;
    bytes += size;
    return true;
  });
  return { kept, bytes, leftOut: list.length - kept.length };
}

/** The message is cut so that `result` fits beside the other outputs. */
const LONGEST_MESSAGE = 10_000;
const WHERE_TO_REPORT = 'https://github.com/fractary/codex-sync/issues/new';

/** Report of a failed run: one annotation, the rest in the log. */
export interface Failure {
  readonly annotation: string;
  /** The stack of a bug in this tool; an expected error has none. */
  readonly stack: readonly string[];
  readonly summary: string;
  readonly outputs: Outputs;
}

/** Recognizes the error code of Node.js and the message of git. */
function isFullDisk(error: unknown, given: string): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' || /No space left on device|Disk quota exceeded/.test(given);
}

/** The message of a failure, without secrets. An unexpected failure is reported as a bug. */
export function sentenceOf(error: unknown): string {
  const given = withoutSecrets(error instanceof Error ? error.message : String(error));
  if (error instanceof CodexSyncError) return given;
  if (isFullDisk(error, given))
    return `The disk is full (${printable(given, 200)}). Free some space there, then run this again.`;
  return `Codex Sync failed unexpectedly (${given}). This is a bug: please report it with the stack above at ${WHERE_TO_REPORT}`;
}

/** @param known outputs that were known at the failure */
export function renderFailure(error: unknown, known: OutputValues): Failure {
  const given = error instanceof Error ? error.message : String(error);
  const expected = error instanceof CodexSyncError || isFullDisk(error, given);
  const annotation = sentenceOf(error);
  const code = error instanceof CodexSyncError ? error.code : 'unexpected';
  const stack = expected
    ? []
    : (error instanceof Error ? (error.stack ?? given) : given).split('\n').map((line) => printable(line, 1000));
  return {
    annotation,
    stack,
    summary: renderFailureSummary(annotation),
    outputs: renderOutputs('failed', known, {}, { code, message: annotation.slice(0, LONGEST_MESSAGE) }),
  };
}

export function writeOutputs(outputs: Outputs, console: Console): void {
  for (const [name, value] of Object.entries(outputs)) console.output(name, value);
}
