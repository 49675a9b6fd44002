import { expect } from '@jest/globals';
import type { ActionRun } from './runner.ts';
import { readable } from './summary.ts';

export interface Check {
  check: string;
  state: string;
  says: string;
  remedy: string;
}

export function checksOf({ outputs }: Pick<ActionRun, 'outputs'>): Check[] {
  return JSON.parse(outputs.result ?? '').checks;
}

/** `state: what it says -> remedy` of each finding of a check. */
export function found(run: ActionRun, check: string): string[] {
  const mine = checksOf(run).filter((one) => one.check === check);
  return mine.map(({ state, says, remedy }) => [`${state}: ${says}`, remedy].filter(Boolean).join(' -> '));
}

/** The states of the findings of each check. */
export function stateOf(run: ActionRun): Record<string, string[]> {
  const states: Record<string, string[]> = {};
  for (const { check, state } of checksOf(run)) states[check] = [...(states[check] ?? []), state];
  return states;
}

/** Every check is a line of the log and a row of the summary, in the same words. */
export function expectTold(run: ActionRun): void {
  const checks = checksOf(run);
  expect(checks.length).toBeGreaterThanOrEqual(8);
  const summary = readable(run.summary).replaceAll('\u200b', '');
  for (const { says, remedy } of checks) {
    expect(run.log.split('\n')).toContainEqual(expect.stringContaining([says, remedy].filter(Boolean).join(' ')));
    expect(summary).toContain(`| ${says} | ${remedy} |`);
  }
}
