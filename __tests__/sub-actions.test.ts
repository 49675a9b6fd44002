import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { renderBundle } from '../scripts/build.ts';
import { INPUTS } from '../src/inputs/definitions.ts';
import { MODES } from '../src/inputs/readers.ts';
import { SUB_ACTIONS, type SubAction } from '../src/inputs/sub-actions.ts';
import { OUTPUTS } from '../src/report/outputs.ts';

interface ActionFile {
  readonly name: string;
  readonly description: string;
  readonly branding: object;
  readonly inputs: Readonly<Record<string, { description: string; required: boolean; default?: string }>>;
  readonly outputs: Readonly<Record<string, { description: string }>>;
  readonly runs: { using: string; main: string };
}

const read = async (file: string) => parse(await readFile(file, 'utf8')) as ActionFile;
const root = await read('action.yml');
const bundle = await renderBundle();

describe.each(Object.keys(SUB_ACTIONS) as SubAction[])('the action %s', (name) => {
  const { mode } = SUB_ACTIONS[name];

  test('has the inputs and outputs of its mode, with the defaults of the root', async () => {
    const { inputs, outputs } = await read(join(name, 'action.yml'));
    const all = Object.entries(INPUTS as Record<string, { modes?: readonly string[] }>);
    const own = all.filter(([input, { modes = [mode] }]) => input !== 'mode' && modes.includes(mode));
    expect(Object.keys(inputs)).toEqual(own.map(([input]) => input));
    for (const [input, { default: value }] of Object.entries(inputs)) expect(value).toBe(root.inputs[input]?.default);
    // Each has a default, an alias, or a key of the configuration.
    expect(Object.keys(inputs).filter((input) => inputs[input]?.required)).toEqual([]);
    const said = Object.entries(OUTPUTS as Record<string, { modes?: readonly string[] }>);
    expect(Object.keys(outputs)).toEqual(
      said.filter(([, { modes = [mode] }]) => modes.includes(mode)).map(([of]) => of),
    );
  });

  test('speaks of no other mode, and of no input that it does not have', async () => {
    const { description, inputs, outputs } = await read(join(name, 'action.yml'));
    const all = [description, ...[inputs, outputs].flatMap((of) => Object.values(of).map((one) => one.description))];
    // What the configuration has are its keys.
    const texts = all.map((text) => text.replace(/configuration's `[^`]+`(?:\/`[^`]+`)*/g, ''));
    const words = texts.flatMap((text) => [...text.matchAll(/`([^`:]+)[^`]*`/g)].map(([, word = '']) => word));
    const others: readonly string[] = [...Object.keys(root.inputs), ...MODES].filter((word) => !(word in inputs));
    expect(words.length).toBeGreaterThan(10);
    expect(words.filter((word) => others.includes(word))).toEqual([]);
  });

  test('runs what the build makes, beside the client of the cache, on the Node of the root', async () => {
    const { name: title, branding, runs } = await read(join(name, 'action.yml'));
    expect(title).toBe(`Codex Sync: ${name}`);
    expect(branding).toEqual(root.branding);
    expect(runs.using).toBe(root.runs.using);
    const main = normalize(join(name, runs.main));
    expect(bundle.has(main)).toBe(true);
    expect(bundle.has(join(dirname(main), 'cache-client.js'))).toBe(true);
  });
});
