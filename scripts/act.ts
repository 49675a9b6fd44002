// Runs the workflows of the documents and of the demo on nektos/act, without Docker, against a GitHub on this machine: another
// implementation of a runner reads action.yml, gives the inputs, reads the outputs, and runs the real actions/checkout before.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readRecipes } from '../__tests__/support/recipes.ts';
import { demoWorkflows } from './act/demo-workflows.ts';
import { openOrganization } from './act/organization.ts';
import { type Outcome, readLog, readOutcomes, renderOutcomes } from './act/outcome.ts';
import { planOccasions, reasonToSkip, type Workflow } from './act/plan.ts';
import { type Copies, copyActions, runOnAct } from './act/runner.ts';

const INSTALL =
  'act is not installed: run "go install github.com/nektos/act@latest", or see https://nektosact.com/installation.';
const CHECKOUT = process.env.CODEX_SYNC_CHECKOUT ?? 'https://github.com/actions/checkout';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, verbose: { type: 'boolean', default: false } },
});
try {
  await runAll();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function runAll(): Promise<void> {
  const act = findProgram('act');
  if (act === undefined) throw new Error(INSTALL);
  const workflows = [...demoWorkflows(), ...(await readRecipes())].filter(({ title }) => title.includes(values.only));
  if (workflows.length === 0) throw new Error(`No workflow has "${values.only}" in its title.`);
  const place = await mkdtemp(join(tmpdir(), 'codex-sync-act-'));
  try {
    const copies = await copyActions(workflows, place, CHECKOUT);
    const outcomes = await runSeveral(workflows, (workflow) => runWorkflow(act, workflow, copies));
    process.stdout.write(`\n${renderOutcomes(outcomes)}`);
    if (outcomes.some(({ result }) => result === 'failed')) process.exitCode = 1;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** In the order of the workflows, as many at the same time as there are processors. */
async function runSeveral(
  workflows: readonly Workflow[],
  run: (workflow: Workflow) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  const outcomes: Outcome[][] = [];
  const rest = workflows.entries();
  const work = async () => {
    for (const [at, workflow] of rest) outcomes[at] = await run(workflow);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return outcomes.flat();
}

/** Where a program is, on the path or where Go installs. */
function findProgram(name: string): string | undefined {
  const goPath = process.env.GOPATH ?? join(homedir(), 'go');
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...goPath.split(delimiter).map((one) => join(one, 'bin')),
  ];
  const files = folders
    .filter(Boolean)
    .map((folder) => join(folder, process.platform === 'win32' ? `${name}.exe` : name));
  return files.find((file) => existsSync(file));
}

/** In an organization of its own, so that no workflow depends on what another one did. */
async function runWorkflow(act: string, workflow: Workflow, copies: Copies): Promise<Outcome[]> {
  const { title } = workflow;
  const reason = reasonToSkip(workflow, (program) => findProgram(program) !== undefined);
  if (reason !== undefined) return [{ workflow: title, occasion: '', job: '', result: 'skipped', note: reason }];
  const organization = await openOrganization();
  try {
    const outcomes: Outcome[] = [];
    for (const occasion of planOccasions(workflow, organization.places)) {
      const run = await runOnAct(act, organization, workflow, occasion, copies);
      const found = readOutcomes(workflow, occasion.name, run);
      const failed = found.some(({ result }) => result === 'failed');
      process.stdout.write(`${failed ? '✗' : '✓'} ${title}, ${occasion.name}\n`);
      if (failed || values.verbose) for (const line of readLog(run.lines)) process.stdout.write(`    ${line}\n`);
      outcomes.push(...found);
    }
    return outcomes;
  } finally {
    await organization.close();
  }
}
