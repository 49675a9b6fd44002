import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { parse } from '@swc/core';
import { INPUTS } from '../src/inputs/definitions.ts';
import * as spelling from '../src/text/spell-inputs.ts';

const NAMES = Object.keys(INPUTS);
const LONG_NAMES = NAMES.filter((name) => name.includes('-'));

/** What no message spells by hand: `input "env"`, `"env"`, `"adopt: true"`, `on-conflict: fail`, `mode: promote`, `--env`. */
const BY_HAND = [
  /\binputs? "/i,
  new RegExp(`"(?:${NAMES.join('|')})(?:"|: )`),
  // That one is an input of actions/checkout.
  /(?<!\blfs): (?:true|false)\b/,
  new RegExp(`\\b(?:${LONG_NAMES.join('|')}|env|mode): `),
  new RegExp(`--(?:no-)?(?:${NAMES.join('|')})(?![\\w-])`),
];

/** Where inputs get their names, and where only a terminal speaks. */
const OF_ONE_PLACE = /^src\/(?:terminal\/|inputs\/definitions\.ts$|report\/outputs\.ts$|text\/spell-inputs\.ts$)/;

/** Keys of the configuration that are called like an input. */
const KEYS = ['src/inputs/request.ts:  does not name both "organization" and "codex_repo"'];

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

interface Source {
  readonly file: string;
  /** Literals, and the pieces of templates. */
  readonly texts: readonly string[];
  readonly calls: readonly SpellingCall[];
}

interface SpellingCall {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly isInFunction: boolean;
}

const FUNCTIONS = [
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'MethodProperty',
];
const SPELLS = Object.keys(spelling).filter((name) => !name.startsWith('spellAs'));
let sources: Source[];

beforeAll(async () => {
  const entries = await readdir('src', { recursive: true, withFileTypes: true });
  const files = entries
    .filter(({ name }) => name.endsWith('.ts'))
    .map(({ parentPath, name }) => join(parentPath, name));
  sources = await Promise.all(files.map(readSource));
});

async function readSource(file: string): Promise<Source> {
  const texts: string[] = [];
  const calls: SpellingCall[] = [];
  const visit = (node: unknown, isInFunction: boolean): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, ...rest } = node as Node;
    if (type === 'StringLiteral') texts.push(`${rest.value}`);
    if (type === 'TemplateElement') texts.push(`${rest.cooked}`);
    const callee = rest.callee as Node | undefined;
    if (type === 'CallExpression' && callee?.type === 'Identifier' && SPELLS.includes(`${callee.value}`)) {
      const args = (rest.arguments as { expression: Node }[]).map(({ expression }) => expression);
      calls.push({ name: `${callee.value}`, args, isInFunction });
    }
    for (const child of Object.values(rest)) visit(child, isInFunction || FUNCTIONS.includes(type));
  };
  visit(await parse(await readFile(file, 'utf8'), { syntax: 'typescript', target: 'es2022' }), false);
  return { file, texts, calls };
}

test('no message spells the name of an input by hand, so that each reads as a flag at a terminal', () => {
  const all = sources.flatMap(({ file, texts }) => texts.map((text) => ({ file, text })));
  expect(all.length).toBeGreaterThan(1000);
  const wrong = all.filter(({ file, text }) => !OF_ONE_PLACE.test(file) && BY_HAND.some((rule) => rule.test(text)));
  expect(wrong.map(({ file, text }) => `${file}: ${text}`).filter((one) => !KEYS.includes(one))).toEqual([]);
});

test('a name that a message spells is one of an input', () => {
  const values = ['inputValue', 'setInput'];
  const named = ['inputSubject', 'inputPhrase', 'inputName', 'theInput', 'oneOfInputs', 'unquotedName', ...values];
  const names = sources.flatMap(({ calls }) =>
    calls
      .filter(({ name }) => named.includes(name))
      .flatMap(({ name, args }) => (values.includes(name) ? args.slice(0, 1) : args) as Node[])
      .flatMap(({ type, value }) => (type === 'StringLiteral' ? [`${value}`] : [])),
  );
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter((name) => !NAMES.includes(name))).toEqual([]);
});

test('no constant of a module spells an input: it would be made before the entry point chooses', () => {
  const early = sources.flatMap(({ file, calls }) =>
    calls.filter(({ isInFunction }) => !isInFunction).map(({ name }) => `${file}: ${name}`),
  );
  expect(early.filter((one) => !one.startsWith('src/text/spell-inputs.ts'))).toEqual([]);
});
