import { stringify } from 'yaml';
import type { LocalGitHub } from '../__tests__/support/github.ts';
import { type ActionOptions, type ActionRun, runAction } from '../__tests__/support/runner.ts';
import { readable } from '../__tests__/support/summary.ts';

export const CODEX = 'acme/codex.acme.com';
export const TOKEN = 'github_pat_of_the_demo';

/** So many rows of a list are enough to see what it is; the real log and summary have them all. */
const ROWS_SHOWN = 10;
/** A large checkout may take its time. */
const LONGEST_RUN = 5 * 60_000;

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function title(text: string): void {
  say(`\n\n━━━ ${text} ━━━\n`);
}

/**
 * Runs the action as one step of a workflow, and shows the step, its log, its summary and what it cost.
 * @throws Error when the run ends with another exit code than the demo promises
 */
export async function runStep(
  github: LocalGitHub,
  options: Omit<ActionOptions, 'github'>,
  expected = 0,
): Promise<ActionRun> {
  say(renderStep(options));
  const run = await runAction({
    timeout: LONGEST_RUN,
    ...options,
    github,
    inputs: { ...options.inputs, token: TOKEN },
  });
  say('The log:');
  for (const line of shortenLog(run.log)) say(`  │ ${line}`);
  say('\nThe job summary:');
  for (const line of shortenSummary(run.summary)) say(`  ┃ ${line}`);
  const total = (bytes: 'sent' | 'received') => run.requests.reduce((sum, request) => sum + request[bytes], 0);
  say(
    `\nExit code ${run.exitCode}; ${run.requests.length} requests, ${total('sent')} bytes down, ${total('received')} bytes up.`,
  );
  if (run.exitCode !== expected)
    throw new Error(`This run should have ended with exit code ${expected}; its log above says why it did not.`);
  return run;
}

/** The step as it stands in a workflow: YAML that can be copied, so `**` and the like come in quotes. */
function renderStep({ event = 'push', inputs }: Pick<ActionOptions, 'event' | 'inputs'>): string {
  const secret = /^prod/.test(`${inputs?.env ?? ''}`) ? 'CODEX_PRODUCTION_TOKEN' : 'CODEX_TOKEN';
  const given = { token: `\${{ secrets.${secret} }}`, ...inputs };
  return `# on: ${event}\n${stringify([{ uses: 'fractary/codex-sync@v1', with: given }], { lineWidth: 0 })}`;
}

/** The log's lines; the title of a group says how many rows follow. */
function shortenLog(log: string): string[] {
  const lines = log.split('\n');
  const shown: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const rows = Number(/^▸ .* \((\d+)\)$/.exec(line)?.[1] ?? 0);
    shown.push(line, ...firstRows(lines.slice(at + 1, at + 1 + rows)));
    at += rows;
  }
  return shown;
}

/** The summary's lines as a person sees them, without the gaps that tags leave. */
function shortenSummary(markdown: string): string[] {
  const lines = readable(markdown)
    .replace(/\n{3,}/g, '\n\n')
    .split('\n');
  const isRow = (line: string | undefined) => line !== undefined && /^[|-] /.test(line);
  const shown: string[] = [];
  for (let at = 0; at < lines.length; ) {
    let end = at + 1;
    if (isRow(lines[at])) while (isRow(lines[end])) end += 1;
    shown.push(...firstRows(lines.slice(at, end)));
    at = end;
  }
  return shown;
}

function firstRows(rows: readonly string[]): string[] {
  if (rows.length <= ROWS_SHOWN) return [...rows];
  return [...rows.slice(0, ROWS_SHOWN), `… and ${rows.length - ROWS_SHOWN} more`];
}
