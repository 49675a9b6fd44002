import { failureLines } from '../report/changes.ts';
import { environmentLine, productionLine, renderBanner } from '../report/log.ts';
import type { Report } from '../report/model.ts';
import { type Outputs, renderOutputs } from '../report/outputs.ts';
import { repositoryName } from '../text/names.ts';
import { count } from '../text/phrases.ts';
import type { CheckName } from './faults.ts';
import { type DoctorRequest, isUnknown } from './request.ts';

const CHECK_STATES = ['ok', 'advice', 'warning', 'failed', 'not-looked-at'] as const;
type CheckState = (typeof CHECK_STATES)[number];

/** A finding with a hint; the hint is empty if nothing is to be done. */
export interface Check {
  readonly check: CheckName;
  readonly state: CheckState;
  readonly message: string;
  readonly hint: string;
  /** Whether `sync-project` refuses in this state, while a job that only fetches works. */
  readonly stopsPublishing?: boolean;
}

/** The findings of a run of `doctor`, in the order of the report. */
export interface DoctorResult {
  readonly request: DoctorRequest;
  readonly checks: readonly Check[];
}

const ICONS: Readonly<Record<CheckState, string>> = {
  ...{ ok: '✅', advice: '💡', warning: '⚠️', failed: '❌', 'not-looked-at': '⏭️' },
};

export function reportDoctor(result: DoctorResult): Report {
  const rows = result.checks.map(({ check, state, message, hint }) => {
    const label = `${ICONS[state]} ${labelOf(check)}`;
    return { line: [`${label}: ${message}`, hint].filter(Boolean).join(' '), cells: [{ own: label }, message, hint] };
  });
  return {
    name: 'Doctor',
    icon: isWell(result) ? '✅' : '❌',
    headingIcon: '🩺',
    heading: 'doctor',
    conclusion: resultSentence(result),
    log: rows.map(({ line }) => line),
    overview: [],
    warnings: [],
    sections: [{ title: 'Checks', columns: ['Check', 'Found', 'Hint'], rows }],
    failure: isWell(result) ? undefined : failureSentence(result),
  };
}

/** The outputs of the action (design section 3.2). */
export function renderDoctorOutputs(result: DoctorResult): Outputs {
  const { request, checks } = result;
  const { environment, cacheDir } = request;
  const named = isUnknown(environment) ? {} : { env: environment.name, branch: environment.branch };
  const values = { ...named, ...(cacheDir !== undefined && { 'cache-dir': cacheDir }) };
  const listed = checks.map(({ check, state, message, hint }) => ({ check, state, says: message, remedy: hint }));
  return renderOutputs(isWell(result) ? 'listed' : 'failed', values, { checks: listed });
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

function resultSentence(result: DoctorResult): string {
  const number = (state: CheckState) => inState(result, state).length;
  const [failed, warned, advised] = [number('failed'), number('warning'), number('advice')];
  const skipped = number('not-looked-at');
  const parts = [
    failed === 0 ? 'Nothing failed' : `${count(failed, 'check')} failed`,
    ...(warned > 0 ? [count(warned, 'warning')] : []),
    ...(advised > 0 ? [count(advised, 'suggestion')] : []),
    ...(skipped > 0 ? [`${skipped} not checked`] : []),
    `${number('ok')} passed`,
  ];
  return `${parts.join(', ')}.`;
}

/** The only error of a run with failed checks. */
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
  return renderBanner('Doctor', [
    ...(isUnknown(codex) ? [] : [`Codex: ${repositoryName(codex)}`]),
    ...(isUnknown(environment) ? [] : [environmentLine(environment), ...productionLine(environment, file)]),
  ]);
}
