import type { Mode } from '../inputs/modes.ts';
import { atTerminal, type Trigger } from '../inputs/trigger.ts';

type Started = Pick<Trigger, 'event'>;

/** An input as it is said where the run was started: in YAML in a workflow, as a flag at a terminal. */
export function spellInput(started: Started, name: string, value?: string): string {
  if (!atTerminal(started)) return value === undefined ? name : `${name}: ${value}`;
  return value === undefined || value === 'true' ? `--${name}` : `--${name} ${value}`;
}

/** The same for a mode. */
export function spellMode(started: Started, mode: Mode): string {
  return atTerminal(started) ? `codex-sync ${mode}` : `mode: ${mode}`;
}

/**
 * The same for a whole run, line by line; of names and ids only.
 * @param inputs name -> value
 */
export function spellRun(
  started: Started,
  mode: Mode,
  projects: readonly string[],
  inputs: Readonly<Record<string, string>>,
): string[] {
  const said = Object.entries(inputs).map(([name, value]) => spellInput(started, name, value));
  if (atTerminal(started)) return [[spellMode(started, mode), ...projects, ...said].join(' ')];
  // A block of YAML: no name in it is read as a number.
  const block = projects.length > 0 ? ['project: |', ...projects.map((project) => `  ${project}`)] : [];
  return [spellMode(started, mode), ...block, ...said];
}
