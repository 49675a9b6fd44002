import { CodexSyncError } from '../errors.ts';
import { printable } from '../text/printable.ts';
import type { Console } from './console.ts';
import { markdownText } from './markdown.ts';
import { type Outputs, type OutputValues, renderOutputs } from './outputs.ts';

/** The output `result` has to fit beside the others. */
const LONGEST_MESSAGE = 10_000;
const WHERE_TO_REPORT = 'https://github.com/fractary/codex-sync/issues/new';

/** How a failed run is told: one annotation, the rest in the log. */
export interface Failure {
  readonly annotation: string;
  /** The stack of a bug of ours; an expected error has none. */
  readonly stack: readonly string[];
  readonly summary: string;
  readonly outputs: Outputs;
}

/** Node's own word for it, or what git says of it. */
function isFullDisk(error: unknown, said: string): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' || /No space left on device|Disk quota exceeded/.test(said);
}

/** What people read of a failure; of one that nobody expected, that it is a bug. */
export function sentenceOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  if (error instanceof CodexSyncError) return said;
  if (isFullDisk(error, said))
    return `The disk is full (${printable(said, 200)}). Free some space there, then run this again.`;
  return `Codex Sync failed unexpectedly (${said}). This is a bug: please report it with the stack above at ${WHERE_TO_REPORT}`;
}

/** @param known what the run knew of its outputs when it failed */
export function renderFailure(error: unknown, known: OutputValues): Failure {
  const said = error instanceof Error ? error.message : String(error);
  const expected = error instanceof CodexSyncError || isFullDisk(error, said);
  const annotation = sentenceOf(error);
  const code = error instanceof CodexSyncError ? error.code : 'unexpected';
  const stack = expected
    ? []
    : (error instanceof Error ? (error.stack ?? said) : said).split('\n').map((line) => printable(line, 1000));
  const lines = annotation.split('\n').map((line) => `> ${markdownText(line)}`);
  return {
    annotation,
    stack,
    summary: `## ❌ Codex Sync failed\n\n${lines.join('\n>\n')}\n`,
    outputs: renderOutputs('failed', known, {}, { code, message: annotation.slice(0, LONGEST_MESSAGE) }),
  };
}

/** The summary of a run that GitHub gave no secrets. */
export function renderSkipped(reason: string): string {
  return `## ⏭️ Codex Sync\n\n${markdownText(reason)}\n`;
}

/** Says all outputs. */
export function writeOutputs(outputs: Outputs, console: Console): void {
  for (const [name, value] of Object.entries(outputs)) console.output(name, value);
}
