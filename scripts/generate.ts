// Writes what is generated from the code: action.yml, the JSON Schema of the configuration, the README's tables.
import { readFile, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { OUTPUTS } from '../src/report/outputs.ts';
import { renderConfigSchema } from '../src/request/config-schema.ts';
import { INPUTS, type InputDefinition } from '../src/request/input-definitions.ts';

const GENERATED = 'Generated from src/request/input-definitions.ts and src/report/outputs.ts by "npm run generate".';

/** Every generated file with the text it should have. */
export async function renderGenerated(): Promise<Map<string, string>> {
  const readme = await readFile('README.md', 'utf8');
  return new Map([
    ['action.yml', renderAction()],
    ['schema/config.schema.json', renderConfigSchema()],
    ['README.md', replaceBlock(replaceBlock(readme, 'inputs', renderInputs()), 'outputs', renderOutputs())],
  ]);
}

function renderAction(): string {
  const inputs = Object.entries(INPUTS).map(([name, definition]: [string, InputDefinition]) => [
    name,
    {
      description: withChoices(definition),
      required: false,
      ...(definition.default !== undefined && { default: definition.default }),
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

function renderInputs(): string {
  const rows = Object.entries(INPUTS).map(([name, definition]: [string, InputDefinition]) => {
    const standard = definition.default === undefined ? '' : `\`${definition.default}\``;
    return `| \`${name}\` | ${withChoices(definition)} | ${standard} |`;
  });
  return ['| Input | Meaning | Default |', '|---|---|---|', ...rows].join('\n');
}

function renderOutputs(): string {
  const rows = Object.entries(OUTPUTS).map(([name, description]) => `| \`${name}\` | ${description} |`);
  return ['| Output | Meaning |', '|---|---|', ...rows].join('\n');
}

function withChoices({ description, choices }: InputDefinition): string {
  return choices ? `${description} One of: ${choices.map((choice) => `\`${choice}\``).join(', ')}.` : description;
}

function replaceBlock(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: generated, see scripts/generate.ts -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to === -1) throw new Error(`README.md has no block "${name}": ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

if (import.meta.main) {
  for (const [file, text] of await renderGenerated()) await writeFile(file, text);
}
