import { mkdir, mkdtemp, realpath, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { type LocalGitHub, startGitHub } from '../__tests__/support/github.ts';
import { type ActionOptions, type ActionRun, runAction } from '../__tests__/support/runner.ts';
import { readable } from '../__tests__/support/summary.ts';

export const CODEX = 'acme/codex.acme.com';
export const TOKEN = 'github_pat_of_the_demo';

/** So many rows of a list are enough to see what it is; the real log and summary have them all. */
const ROWS_SHOWN = 10;
/** A large checkout may take its time. */
const LONGEST_RUN = 5 * 60_000;

/** The date of a project's first commit, so that reports of its age make sense: later ones are a minute apart, and none is in the future. */
export const firstDate = new Date(Date.now() - 15 * 60_000).toISOString();

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function title(text: string): void {
  say(`\n━━━ ${text} ━━━\n`);
}

/** What a demo shows, where, and how much of it. */
export interface Demo {
  readonly github: LocalGitHub;
  /** What a person can look at afterwards: the codex, and the job summary of each run. */
  readonly folder: string;
  /** Whether logs and job summaries are printed whole; otherwise what happened, and no summary. */
  readonly whole: boolean;
}

/** Runs a demo on a local GitHub, and returns the folder that stays, with the codex in it. */
export async function runDemo(whole: boolean, tell: (demo: Demo) => Promise<void>): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'codex-sync-demo-'));
  const github = await startGitHub();
  try {
    github.addToken(TOKEN, { [CODEX]: 'write' });
    await tell({ github, folder, whole });
    // The local GitHub needs it no more.
    await rename(github.directory(CODEX), codexOf(folder));
    return folder;
  } finally {
    await github.close();
  }
}

function codexOf(folder: string): string {
  return join(folder, 'codex.git');
}

/** How a scene ends: files to look at, and what to ask the codex. Both are there when the demo has ended. */
export function look(
  demo: Demo,
  { files = [], codex = [] }: { files?: readonly string[]; codex?: readonly string[] },
): void {
  say('\nLook at');
  for (const file of files) say(`  ${join(demo.folder, file)}`);
  for (const command of codex) say(`  git -C ${codexOf(demo.folder)} ${command}`);
}

/** Keeps a text for people to look at. */
export async function keep({ folder }: Demo, file: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
}

/**
 * Runs the action as one step of a workflow, shows the step, what happened and what it cost, and keeps the job summary.
 * @param summary the file that it is kept in
 * @throws Error when the run ends with another exit code than the demo promises
 */
export async function runStep(
  demo: Demo,
  { summary, ...options }: Omit<ActionOptions, 'github'> & { readonly summary?: string },
  expected = 0,
): Promise<ActionRun> {
  say(renderStep(options));
  const run = await runAction({
    timeout: LONGEST_RUN,
    ...options,
    github: demo.github,
    inputs: { ...options.inputs, token: TOKEN },
  });
  if (demo.whole) {
    say('The log:');
    for (const line of shortenLog(run.log)) say(`  │ ${line}`);
    say('\nThe job summary:');
    for (const line of shortenSummary(run.summary)) say(`  ┃ ${line}`);
    const total = (bytes: 'sent' | 'received') => run.requests.reduce((sum, request) => sum + request[bytes], 0);
    say(
      `\nExit code ${run.exitCode}; ${run.requests.length} requests, ${total('sent')} bytes down, ${total('received')} bytes up.`,
    );
  } else for (const line of whatHappened(run.log)) say(`  │ ${line}`);
  if (summary !== undefined) await keep(demo, summary, run.summary);
  if (run.exitCode !== expected)
    throw new Error(
      `${demo.whole ? '' : `${run.log}\n\n`}This run should have ended with exit code ${expected}; its log above says why it did not.`,
    );
  return run;
}

/** The log without what the step says above it, and without links into a GitHub that ends with the demo. */
function whatHappened(log: string): string[] {
  const lines = shortenLog(log);
  const start = lines.findIndex((line) => RULE.test(line));
  return lines.slice(start + 1).filter((line) => !RULE.test(line) && !line.includes('://127.0.0.1:'));
}

const RULE = /^─+$/;

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
