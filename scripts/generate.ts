// Writes what is generated from the code: action.yml, the JSON Schema of the configuration, the tables of the papers.
import { readFile, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { readRecords, renderSabotages } from '../__tests__/simulation/sabotages/sabotages.ts';
import { renderConfigSchema } from '../src/inputs/config-schema.ts';
import { declaredDefault } from '../src/inputs/definitions.ts';
import { inputsOfAction, SUB_ACTIONS, type SubAction } from '../src/inputs/sub-actions.ts';
import { OUTPUTS, type OutputDefinition, outputsOfMode } from '../src/report/outputs.ts';
import { renderContents } from './contents.ts';
import { renderNetwork } from './network.ts';
import {
  renderCommands,
  renderConfiguration,
  renderErrors,
  renderExitCodes,
  renderFlags,
  renderInputs,
  renderModes,
  renderNeverPublished,
  renderOutputs,
  renderPathRules,
  renderSubActions,
  withChoices,
} from './reference.ts';
import { renderLongPushes, renderRaces } from './scale/races.ts';
import { renderOptions } from './simulate-options.ts';

const GENERATED = 'Generated from src/inputs/definitions.ts and src/report/outputs.ts by "npm run generate".';

const GENERATOR = 'generated, see scripts/generate.ts';

/** The tables of each paper, by the name of their block in it. */
const BLOCKS = {
  'README.md': { contents: () => renderContents('') },
  'docs/README.md': { contents: () => renderContents('docs') },
  'docs/DOCUMENTS.md': { 'never-published': renderNeverPublished, 'path-rules': renderPathRules },
  'docs/NETWORK.md': { network: renderNetwork },
  'docs/REFERENCE.md': {
    modes: renderModes,
    commands: renderCommands,
    flags: renderFlags,
    'exit-codes': renderExitCodes,
    inputs: renderInputs,
    outputs: renderOutputs,
    'sub-actions': renderSubActions,
    configuration: renderConfiguration,
    errors: renderErrors,
  },
  'docs/RELIABILITY.md': { 'simulate-options': renderOptions, sabotages: () => renderSabotages(readRecords()) },
  'docs/SCALE.md': { races: renderRaces, 'long-pushes': renderLongPushes },
};

/** Every generated file with the text it should have. */
export async function renderGenerated(): Promise<Map<string, string>> {
  const subActions = Object.keys(SUB_ACTIONS) as SubAction[];
  const files = new Map([
    ['action.yml', renderAction()],
    ...subActions.map((name) => [`${name}/action.yml`, renderAction(name)] as const),
    ['schema/config.schema.json', renderConfigSchema()],
  ]);
  for (const [paper, blocks] of Object.entries(BLOCKS)) {
    let text = await readFile(paper, 'utf8');
    for (const [name, render] of Object.entries(blocks)) text = replaceBlock(paper, text, name, await render());
    files.set(paper, text);
  }
  return files;
}

function renderAction(subAction?: SubAction): string {
  const { mode, description }: Partial<(typeof SUB_ACTIONS)[SubAction]> = subAction ? SUB_ACTIONS[subAction] : {};
  const inputs = inputsOfAction(subAction).map(([name, definition]) => [
    name,
    {
      description: withChoices(definition, mode),
      // Each has a default, an alias, or a key of the configuration.
      required: false,
      ...(declaredDefault(definition) !== undefined && { default: declaredDefault(definition) }),
    },
  ]);
  const all: [string, OutputDefinition][] = mode ? outputsOfMode(mode) : Object.entries(OUTPUTS);
  const outputs = all.map(([name, { description: general, inMode }]) => [
    name,
    { description: (mode && inMode?.[mode]) ?? general },
  ]);
  const action = {
    name: subAction ? `Codex Sync: ${subAction}` : 'Codex Sync',
    description:
      description ??
      "Publish a project's documents into the organization's codex, one branch per environment, and fetch them.",
    author: 'Fractary',
    branding: { icon: 'book-open', color: 'purple' },
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(outputs),
    runs: { using: 'node24', main: subAction ? `../dist/${subAction}.js` : 'dist/main.js' },
  };
  return `# ${GENERATED}\n${stringify(action, { lineWidth: 120 })}`;
}

export function replaceBlock(paper: string, text: string, name: string, content: string, by = GENERATOR): string {
  const [begin, end] = [`<!-- ${name}: ${by} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to === -1) throw new Error(`${paper} has no block "${name}": ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

if (import.meta.main) {
  for (const [file, text] of await renderGenerated()) await writeFile(file, text);
}
