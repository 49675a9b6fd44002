import { parseObject } from '../../src/text/bytes.ts';
import { actionsOf, gapsOf, type Workflow } from './plan.ts';

/** What became of a job. */
export interface Outcome {
  readonly workflow: string;
  readonly occasion: string;
  readonly job: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** What our action concluded, or why the job did not pass. */
  readonly note: string;
}

interface JobRecord {
  readonly id: string;
  result?: string;
  failedStep?: string;
  readonly conclusions: string[];
  readonly errors: string[];
}

/** How act ended, and the lines that it wrote with `--json`. */
export interface ActRun {
  readonly exitCode: number | null;
  readonly lines: readonly string[];
}

const OURS = /^fractary\/codex-sync[/@]/;

/**
 * Reads what act says of each job. A job passes when act says that it succeeded and, where it runs this action, when act read
 * the action's output `conclusion`: a run that never happened is no success.
 */
export function readOutcomes(workflow: Workflow, occasion: string, { exitCode, lines }: ActRun): Outcome[] {
  const records = readRecords(lines);
  const outcome = (job: string, result: Outcome['result'], note: string): Outcome => ({
    ...{ workflow: workflow.title, occasion, job, result, note },
  });
  const outcomes = Object.entries(workflow.jobs).flatMap(([id, { steps }]) => {
    const found = [...records]
      .filter(([, record]) => record.id === id)
      .sort(([one], [other]) => (one < other ? -1 : 1));
    if (found.length === 0) return [outcome(id, 'failed', `act did not run it: ${lastWords(lines)}`)];
    const isOurs = steps.some(({ uses = '' }) => OURS.test(uses));
    return found.map(([name, { result, failedStep, conclusions, errors }]) => {
      const job = name.split('/').at(-1)?.trim() ?? id;
      if (result !== 'success')
        return outcome(job, 'failed', `${failedStep ?? 'no step'}: ${errors[0] ?? lastWords(lines)}`);
      if (isOurs && conclusions.length === 0) return outcome(job, 'failed', 'act read no output of the action');
      return outcome(
        job,
        'passed',
        [...new Set(conclusions), ...standIns(workflow, id), ...gapsOf(workflow)].join(', '),
      );
    });
  });
  if (exitCode === 0 || outcomes.some(({ result }) => result === 'failed')) return outcomes;
  return [...outcomes, outcome('', 'failed', `act ended with exit code ${exitCode}: ${lastWords(lines)}`)];
}

/** Actions of others that a job uses, but for checkout: there is no copy of those, so something that does nothing is run instead. */
function standIns({ jobs }: Workflow, id: string): string[] {
  const { steps = [] } = jobs[id] ?? {};
  return steps.flatMap(({ uses }) => (uses !== undefined && isStrange(uses) ? [`without ${uses.split('@')[0]}`] : []));
}

function isStrange(uses: string): boolean {
  return !OURS.test(uses) && !uses.startsWith('actions/checkout@');
}

/** The actions that a stand-in is needed for. */
export function strangeActions(workflow: Workflow): string[] {
  return actionsOf(workflow).filter(isStrange);
}

/** By name, which numbers the jobs of a matrix. */
function readRecords(lines: readonly string[]): Map<string, JobRecord> {
  const records = new Map<string, JobRecord>();
  for (const line of lines) {
    const { job, jobID, jobResult, step, stepResult, command, name, arg, level, msg } = parseObject(line) ?? {};
    if (typeof job !== 'string' || typeof jobID !== 'string') continue;
    const record = records.get(job) ?? { id: jobID, conclusions: [], errors: [] };
    records.set(job, record);
    if (typeof jobResult === 'string') record.result = jobResult;
    if (stepResult === 'failure') record.failedStep ??= `${step}`;
    if (command === 'set-output' && name === 'conclusion') record.conclusions.push(`${arg}`);
    // What the step wrote says more than act's own "exit status 1" behind it.
    if (command === 'error') record.errors.unshift(`${arg}`.trim());
    else if (level === 'error') record.errors.push(`${msg}`.trim());
  }
  return records;
}

function lastWords(lines: readonly string[]): string {
  return readLog(lines).findLast((line) => line !== '') ?? 'it said nothing';
}

/** What a person would see without `--json`. */
export function readLog(lines: readonly string[]): string[] {
  return lines.flatMap((line) => `${parseObject(line)?.msg ?? line}`.trimEnd().split('\n'));
}

/** A table, with a line that adds up. */
export function renderOutcomes(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ workflow, occasion, job, result, note }) => [workflow, occasion, job, result, note]);
  const head = ['Workflow', 'Event', 'Job', 'Result', 'Note'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const render = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const count = (result: Outcome['result']) => outcomes.filter((one) => one.result === result).length;
  const sum = `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
  return [...[head, ...rows].map(render), '', sum, ''].join('\n');
}
