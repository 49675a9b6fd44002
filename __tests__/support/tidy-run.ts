import { deepEqual } from 'node:assert/strict';
import { inputVariable, parseMode } from '../../src/inputs/parse.ts';
import { OUTPUTS, outputsOfMode } from '../../src/report/outputs.ts';
import { type ActionOptions, type ActionRun, runAction } from './runner.ts';
import { liveMarks } from './summary.ts';

/**
 * Runs the action as every story does, and expects of it what holds for every run however it ends: no output but those
 * that are documented for its mode, nothing for the environment of later steps, and nothing left on disk, which only a run that is
 * killed cannot help.
 */
export async function runTidily(options: ActionOptions): Promise<ActionRun> {
  const run = await runAction(options);
  const unknown = Object.keys(run.outputs).filter((name) => !(name in OUTPUTS));
  deepEqual(unknown, [], 'A run sets outputs that nobody knows');
  const mode = parseMode({ [inputVariable('mode')]: `${options.inputs?.mode ?? ''}` }, options.subAction);
  const known = outputsOfMode(mode ?? 'sync-project').map(([name]) => `${name}`);
  const speaking = Object.entries(run.outputs).filter(([, value]) => !['', '0', 'false'].includes(value));
  deepEqual(
    speaking.map(([name]) => name).filter((name) => !known.includes(name)),
    [],
    'A run sets outputs that its mode does not have',
  );
  deepEqual(run.handedOn, { env: '', state: '', path: '' }, 'A run hands something on to later steps');
  deepEqual(liveMarks(run.summary), [], 'A summary has something in it that is alive');
  if (run.signal !== 'SIGKILL') deepEqual(run.leftovers, [], 'A run leaves something on disk');
  return run;
}
