// The tables of the reference and the README, one function each.
import { ERRORS } from '../src/errors.ts';
import { OUTPUTS } from '../src/report/outputs.ts';
import { renderConfigSchema } from '../src/request/config-schema.ts';
import { INPUTS, type InputDefinition, type InputName } from '../src/request/input-definitions.ts';

/** Those that a new user meets first. */
const FIRST_INPUTS: readonly InputName[] = [
  'mode',
  'env',
  'token',
  'codex-repository',
  'dry-run',
  'project',
  'include',
  'exclude',
  'references',
];

export function renderInputs(names: readonly string[] = Object.keys(INPUTS)): string {
  const definitions: Readonly<Record<string, InputDefinition>> = INPUTS;
  const rows = names.flatMap((name) => {
    const definition = definitions[name];
    if (definition === undefined) return [];
    return [[code(name), withChoices(definition), definition.default === undefined ? '' : code(definition.default)]];
  });
  return renderTable(['Input', 'Meaning', 'Default'], rows);
}

export function renderFirstInputs(): string {
  return renderInputs(FIRST_INPUTS);
}

export function renderOutputs(): string {
  return renderTable(['Output', 'Meaning'], named(OUTPUTS));
}

export function renderErrors(): string {
  return renderTable(['Code', 'What it is about'], named(ERRORS));
}

/** Every key of the configuration that this tool reads, from the schema that editors check it with. */
export function renderConfiguration(): string {
  return renderTable(['Key', 'Meaning', 'Accepted'], [...keysOf(JSON.parse(renderConfigSchema()))]);
}

/** What an input means, with the words that it takes. */
export function withChoices({ description, choices }: InputDefinition): string {
  return choices ? `${description} One of: ${choices.map(code).join(', ')}.` : description;
}

interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

function* keysOf({ properties = {} }: Schema, above = ''): Generator<string[]> {
  for (const [name, schema] of Object.entries(properties)) {
    const { description = '', properties: below } = schema;
    if (description.startsWith('Not read')) continue;
    const key = `${above}${name}`;
    // A map that has a meaning of its own is one row; sections are what is in them.
    const isSection = below !== undefined && (above === '' || !description);
    if (!isSection) yield [code(key), description, acceptedBy(schema)];
    else yield* keysOf(schema, `${key}.`);
  }
}

function acceptedBy(schema: Schema): string {
  const { type = [], minimum, maximum = Number.MAX_SAFE_INTEGER, items, properties } = schema;
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (items) return `list of ${acceptedBy(items)}s`;
  if (properties) return `map with ${Object.keys(properties).map(code).join(', ')}`;
  const words = [type].flat().map((one) => TYPE_WORDS[one] ?? one);
  if (minimum === undefined) return words.join(' or ');
  return `${words} ${maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`}`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  boolean: '`true` or `false`',
  integer: 'whole number',
  number: 'number',
  object: 'map of names to branches',
  string: 'text',
};

function named(meanings: Readonly<Record<string, string>>): string[][] {
  return Object.entries(meanings).map(([name, meaning]) => [code(name), meaning]);
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
