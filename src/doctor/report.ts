import { environmentLine, productionLine, RULE } from '../report/banner.ts';
import { failureLines } from '../report/changes.ts';
import type { Console } from '../report/console.ts';
import { fold, markdownText } from '../report/markdown.ts';
import { type Outputs, renderOutputs } from '../report/outputs.ts';
import { repositoryName } from '../text/names.ts';
import { count } from '../text/phrases.ts';
import type { DoctorRequest } from './request.ts';

/** What is looked at; one may find several things. */
export const CHECKS = [
  'git',
  'configuration',
  'codex',
  'codex-configuration',
  'write-permission',
  'branches',
  'rules',
  'production-token',
  'project-token',
  'release-line',
  'github-environment',
  'previews',
  'cache',
] as const;
export type CheckName = (typeof CHECKS)[number];

export const CHECK_STATES = ['ok', 'advice', 'warning', 'failed', 'not-looked-at'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** One thing that was found, and what to do about it; nothing where all is well. */
export interface Check {
  readonly check: CheckName;
  readonly state: CheckState;
  readonly message: string;
  readonly hint: string;
}

/** What a run of `doctor` found, in the order in which it is told. */
export interface DoctorResult {
  readonly request: DoctorRequest;
  readonly checks: readonly Check[];
}

const ICONS: Readonly<Record<CheckState, string>> = {
  ...{ ok: '✅', advice: '💡', warning: '⚠️', failed: '❌', 'not-looked-at': '⏭️' },
};

/** The log: a line for each thing that was found, with its remedy, and the result. */
export function writeDoctorLog(result: DoctorResult, console: Console): void {
  for (const { check, state, message, hint } of result.checks) {
    console.line([`${ICONS[state]} ${labelOf(check)}: ${message}`, hint].filter(Boolean).join(' '));
  }
  console.line(RULE);
  console.line(`${isWell(result) ? '✅' : '❌'} COMPLETED: Doctor`);
  console.line(resultSentence(result));
  if (isWell(result)) return;
  console.error(failureSentence(result));
  console.fail();
}

/** The job summary: the same as a table. */
export function renderDoctorSummary(result: DoctorResult): string {
  const rows = result.checks.map(({ check, state, message, hint }) => {
    const cells = [`${ICONS[state]} ${labelOf(check)}`, markdownText(message), markdownText(hint)];
    return `| ${cells.join(' | ')} |`;
  });
  const blocks = [
    '## 🩺 Codex Sync: doctor',
    `**${markdownText(resultSentence(result))}**`,
    ...fold('Checks', ['| Check | Found | What to do |', '|---|---|---|'], rows),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** The outputs of the action (design section 3.2). */
export function renderDoctorOutputs(result: DoctorResult): Outputs {
  const { request, checks } = result;
  const { name, branch } = request.environment;
  const values = { env: name, branch, 'cache-dir': request.cacheDir };
  return renderOutputs(isWell(result) ? 'listed' : 'failed', values, { checks });
}

function labelOf(check: CheckName): string {
  return check.replaceAll('-', ' ');
}

function inState({ checks }: DoctorResult, state: CheckState): Check[] {
  return checks.filter((one) => one.state === state);
}

function isWell(result: DoctorResult): boolean {
  return inState(result, 'failed').length === 0;
}

/** What was found, in one sentence. */
function resultSentence(result: DoctorResult): string {
  const number = (state: CheckState) => inState(result, state).length;
  const [failed, warned, advised] = [number('failed'), number('warning'), number('advice')];
  const skipped = number('not-looked-at');
  const parts = [
    failed === 0 ? 'Nothing failed' : `${count(failed, 'check')} failed`,
    ...(warned > 0 ? [count(warned, 'warning')] : []),
    ...(advised > 0 ? [count(advised, 'suggestion')] : []),
    ...(skipped > 0 ? [`${skipped} not looked at`] : []),
    `${number('ok')} well`,
  ];
  return `${parts.join(', ')}.`;
}

/** The one error of a run that found something that fails. */
function failureSentence(result: DoctorResult): string {
  const failed = inState(result, 'failed');
  const named = failed.map(({ check, message, hint }) => ({
    name: labelOf(check),
    error: [message, hint].filter(Boolean).join(' '),
  }));
  return failureLines(`${count(failed.length, 'check')} failed.`, named);
}

/** The opening lines of the log. */
export function renderDoctorBanner({ codex, environment, file }: DoctorRequest): string[] {
  return [
    '🎯 STARTING: Doctor',
    `Codex: ${repositoryName(codex)}`,
    environmentLine(environment),
    ...productionLine(environment, file),
    RULE,
  ];
}
