// Writes what is generated from the code: action.yml, the JSON Schema of the configuration, the tables of the papers.
import { readFile, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { renderConfigSchema } from '../src/inputs/config-schema.ts';
import { declaredDefault, INPUTS, type InputDefinition } from '../src/inputs/definitions.ts';
import { OUTPUTS } from '../src/report/outputs.ts';
import { renderContents } from './contents.ts';
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
  withChoices,
} from './reference.ts';
import { renderLongPushes, renderRaces } from './scale/races.ts';

const GENERATED = 'Generated from src/inputs/definitions.ts and src/report/outputs.ts by "npm run generate".';

const GENERATOR = 'generated, see scripts/generate.ts';

/** The tables of each paper, by the name of their block in it. */
const BLOCKS = {
  'README.md': { contents: () => renderContents('') },
  'docs/README.md': { contents: () => renderContents('docs') },
  'docs/DOCUMENTS.md': { 'never-published': renderNeverPublished, 'path-rules': renderPathRules },
  'docs/REFERENCE.md': {
    modes: renderModes,
    commands: renderCommands,
    flags: renderFlags,
    'exit-codes': renderExitCodes,
    inputs: renderInputs,
    outputs: renderOutputs,
    configuration: renderConfiguration,
    errors: renderErrors,
  },
  'docs/SCALE.md': { races: renderRaces, 'long-pushes': renderLongPushes },
};

/** Every generated file with the text it should have. */
export async function renderGenerated(): Promise<Map<string, string>> {
  const files = new Map([
    ['action.yml', renderAction()],
    ['schema/config.schema.json', renderConfigSchema()],
  ]);
  for (const [paper, blocks] of Object.entries(BLOCKS)) {
    let text = await readFile(paper, 'utf8');
    for (const [name, render] of Object.entries(blocks)) text = replaceBlock(paper, text, name, await render());
    files.set(paper, text);
  }
  return files;
}

function renderAction(): string {
  const inputs = Object.entries(INPUTS).map(([name, definition]: [string, InputDefinition]) => [
    name,
    {
      description: withChoices(definition),
      required: false,
      ...(declaredDefault(definition) !== undefined && { default: declaredDefault(definition) }),
    },
  ]);
  const outputs = Object.entries(OUTPUTS).map(([name, description]) => [name, { description }]);
  const action = {
    name: 'Codex Sync',
    description:
      "Publish a project's documents into the organization's codex, one branch per environment, and fetch them.",
    author: 'Fractary',
    branding: { icon: 'book-open', color: 'purple' },
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(outputs),
    runs: { using: 'node24', main: 'dist/main.js' },
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
