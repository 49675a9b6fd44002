// The tables of the reference and of other documents, one function each.

import { NEVER_PUBLISHED } from '../src/documents/never-published.ts';
import { isGitName, PATH_RULES } from '../src/documents/paths.ts';
import { ERRORS } from '../src/errors.ts';
import { renderConfigSchema } from '../src/inputs/config-schema.ts';
import { declaredDefault, INPUTS, type InputDefinition } from '../src/inputs/definitions.ts';
import { MODES, type Mode } from '../src/inputs/readers.ts';
import { actionName, inputsOfAction, SUB_ACTIONS, type SubAction } from '../src/inputs/sub-actions.ts';
import { OUTPUTS, outputsOfMode } from '../src/report/outputs.ts';
import { COMMAND_NAMES, COMMANDS, EXIT_CODES, inputsOf } from '../src/terminal/arguments.ts';
import { printable } from '../src/text/phrases.ts';

/** What each mode does, with the paper that says more. */
const MODE_MEANINGS: Readonly<Record<Mode, string>> = {
  'sync-project':
    "[publishes a project's documents](RECIPES.md#recommended-workflows), and [brings edits back](BOTH-WAYS.md)",
  'sync-org': '[publishes an organization](ORGANIZATION.md#nightly-organization)',
  promote:
    '[releases tested documents](PROMOTE.md#promotion), [rolls back](ROLL-BACK.md), [resets](PROMOTE.md#reset-of-test)',
  retire: '[removes a project from an environment](RETIRE.md)',
  status: '[compares two environments](PROMOTE.md#status)',
  fetch: '[fetches documents of one environment](FETCH.md)',
  'cache-list': '[lists the cached documents](FETCH.md#list-the-cache)',
  doctor: '[checks the requirements of a run](DOCTOR.md)',
};

/** Every mode, with the inputs that not all of them read. */
export function renderModes(): string {
  const rows = MODES.map((mode) => {
    const own = inputsOf(mode).filter(([, { modes }]) => modes !== undefined);
    return [code(mode), MODE_MEANINGS[mode], own.map(([name]) => code(name)).join(', ')];
  });
  return renderTable(['Mode', 'What it does', 'Besides, it reads'], rows);
}

/** Every command of the terminal, with its flags that are no inputs. */
export function renderCommands(): string {
  const rows = COMMAND_NAMES.map((name) => {
    const { summary, flags, positional } = COMMANDS[name];
    const inputs = name === 'init' ? inputsOf(name).map(([input]) => input) : [];
    const words = positional ? ` [<${positional.name}>…]` : '';
    const own = [...inputs, ...Object.keys(flags)].map((flag) => code(`--${flag}`)).join(', ');
    return [code(`codex-sync ${name}${words}`), summary, own];
  });
  return renderTable(['Command', 'What it does', 'Flags besides the inputs of its mode'], rows);
}

/** The flags that are no inputs, each with what it means for the command that has it. */
export function renderFlags(): string {
  const meanings = new Map<string, string>();
  for (const name of COMMAND_NAMES) {
    for (const [flag, says] of Object.entries(COMMANDS[name].flags)) {
      const where = name === 'init' && flag === 'yes' ? ' (`init`)' : '';
      meanings.set(`${code(`--${flag}`)}${where}`, says);
    }
  }
  return renderTable(['Flag', 'Meaning'], [...meanings]);
}

export function renderExitCodes(): string {
  return renderTable(['Code', 'Meaning'], named(EXIT_CODES));
}

export function renderInputs(): string {
  const rows = Object.entries(INPUTS).map(([name, definition]: [string, InputDefinition]) => {
    const value = declaredDefault(definition);
    return [code(name), withChoices(definition), value === undefined ? '' : code(value)];
  });
  return renderTable(['Input', 'Meaning', 'Default'], rows);
}

export function renderOutputs(): string {
  const outputs = Object.entries(OUTPUTS);
  return renderTable(
    ['Output', 'Meaning'],
    outputs.map(([name, { description }]) => [code(name), description]),
  );
}

export function renderErrors(): string {
  return renderTable(['Code', 'What it is about'], named(ERRORS));
}

/** Every key of the configuration that this tool reads, from the schema that editors check it with. */
export function renderConfiguration(): string {
  return renderTable(['Key', 'Meaning', 'Accepted'], [...keysOf(JSON.parse(renderConfigSchema()))]);
}

/** The actions of one mode each, with the inputs and outputs that they have. */
export function renderSubActions(): string {
  const names = (of: readonly (readonly [string, unknown])[]) => of.map(([name]) => code(name)).join(', ');
  const rows = (Object.keys(SUB_ACTIONS) as SubAction[]).map((action) => {
    const { mode } = SUB_ACTIONS[action];
    const inputs = inputsOfAction(action);
    return [code(`${actionName(action)}@v1`), code(mode), names(inputs), names(outputsOfMode(mode))];
  });
  return renderTable(['Action', 'Its mode', 'Inputs', 'Outputs'], rows);
}

/** What an input means, with the words that it takes. */
export function withChoices({ description: general, inMode = {}, choices }: InputDefinition, mode?: Mode): string {
  const description = (mode && inMode[mode]) ?? general;
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
  readonly additionalProperties?: { readonly anyOf?: readonly unknown[] };
}

function* keysOf({ properties = {} }: Schema, above = ''): Generator<string[]> {
  for (const [name, schema] of Object.entries(properties)) {
    const { description = '', properties: below } = schema;
    if (isNotRead(schema)) continue;
    const key = `${above}${name}`;
    // A map that has a meaning of its own is one row; sections are what is in them.
    const isSection = below !== undefined && (above === '' || !description);
    if (!isSection) yield [code(key), description, acceptedBy(schema)];
    else yield* keysOf(schema, `${key}.`);
  }
}

/** Keys of other tools are known to the schema, and nothing of this tool. */
function isNotRead({ description = '' }: Schema): boolean {
  return description.startsWith('Not read');
}

function acceptedBy(schema: Schema): string {
  const { type = [], minimum, maximum = Number.MAX_SAFE_INTEGER, items, properties } = schema;
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (items) return `list of ${acceptedBy(items)}s`;
  if (schema.additionalProperties?.anyOf) return 'map of names to repositories';
  if (properties) {
    const read = Object.entries(properties).filter(([, below]) => !isNotRead(below));
    return `map with ${read.map(([name]) => code(name)).join(', ')}`;
  }
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

/** Names that are always left out, whatever they hold. */
export function renderNeverPublished(): string {
  const rows = NEVER_PUBLISHED.map(({ examples, reason }) => [examples.map(code).join(', '), reason]);
  return renderTable(['Name', 'Reason'], rows);
}

/** Paths that git can hold and some system cannot. */
export function renderPathRules(): string {
  const isInGit = (path: string) =>
    path.split('/').every((part) => !['', '.', '..'].includes(part) && !isGitName(part));
  const shown = (path: string) => (path.length > 40 ? `${path.slice(0, 20)}…` : printable(path));
  const rows = PATH_RULES.filter(({ example }) => isInGit(example));
  return renderTable(
    ['The path', 'Example'],
    rows.map(({ example, problem }) => [problem, code(shown(example))]),
  );
}

export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
