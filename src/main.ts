import { syncProject } from './commands/sync-project.ts';
import { withWorld } from './commands/world.ts';
import { createActionsConsole } from './console/actions.ts';
import { readRunContext } from './github/run-context.ts';
import { findProject, readConfig } from './project/find-config.ts';
import { renderBanner } from './report/banner.ts';
import { renderFailure, renderSkipped, writeOutputs } from './report/failure.ts';
import { type OutputValues, renderOutputs } from './report/outputs.ts';
import { renderSyncOutputs } from './report/sync-project.ts';
import { writeSyncLog } from './report/sync-project-log.ts';
import { renderSyncSummary } from './report/sync-project-summary.ts';
import { parseConfig } from './request/config.ts';
import { checkTrigger, skipReason } from './request/guards.ts';
import { inputVariable, parseInputs } from './request/inputs.ts';
import { parseSyncProject, type SyncProjectRequest } from './request/sync-project.ts';
import { secretForms } from './request/token.ts';
import { parseTrigger } from './request/trigger.ts';

const variables = process.env;
const console = createActionsConsole();
let known: OutputValues = {};
let told = false;

// A git that ends before it has read its input closes the pipe, and nobody listens for that error in @actions/exec. Git's
// exit code says why; anything else that arrives here is a bug of ours.
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') void fail(error).finally(() => process.exit());
});

// A cancelled job: what this run left on disk is removed on exit.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const)
  process.once(signal, () => process.exit(128 + number));

await run().catch(fail);

function tell(more: OutputValues): void {
  known = { ...known, ...more };
}

async function fail(error: unknown): Promise<void> {
  console.fail();
  // Once: telling it can fail too, where the runner's files cannot be written.
  if (told) return;
  told = true;
  const failure = renderFailure(error, known);
  for (const line of failure.stack) console.line(line);
  console.error(failure.annotation);
  writeOutputs(failure.outputs, console);
  await console.summary(failure.summary);
}

async function run(): Promise<void> {
  const tokens = [variables[inputVariable('token')], variables[inputVariable('project-token')]];
  for (const form of tokens.flatMap((token) => (token ? secretForms(token) : []))) console.secret(form);

  const trigger = parseTrigger(readRunContext(variables));
  const skipped = skipReason(trigger, tokens[0] ?? '');
  if (skipped !== undefined) {
    console.notice(skipped);
    writeOutputs(renderOutputs('skipped', {}), console);
    return console.summary(renderSkipped(skipped));
  }

  const inputs = parseInputs(variables);
  const place = await findProject(variables.GITHUB_WORKSPACE ?? process.cwd(), inputs.workingDirectory);
  const found = await readConfig(place, inputs.config, (text) => {
    const parsed = parseConfig(text);
    return parsed && { ...parsed, file: text.file, inside: text.inside };
  });
  const tellConfiguration = () => {
    for (const notice of found?.notices ?? []) console.notice(notice);
    for (const warning of found?.warnings ?? []) console.warning(warning);
  };
  let request: SyncProjectRequest;
  try {
    request = parseSyncProject(inputs, found, place.path, trigger);
  } catch (error) {
    // A misspelt key is the likeliest reason.
    tellConfiguration();
    throw error;
  }
  const { environment } = request;
  tell({ env: environment.name, branch: environment.branch });
  for (const line of renderBanner(request, found?.file)) console.line(line);
  checkTrigger(trigger, environment, request.productionRefs);
  tellConfiguration();

  const options = {
    directory: place.directory,
    variables,
    token: inputs.token,
    projectToken: inputs.projectToken,
    console,
    tell,
  };
  const result = await withWorld(request, options, (world) => syncProject(request, world));
  writeSyncLog(result, console);
  // The configuration's warnings were annotated before the run; here they stand with the others.
  const told = { ...result, warnings: [...(found?.warnings ?? []), ...result.warnings] };
  await console.summary(renderSyncSummary(told));
  writeOutputs(renderSyncOutputs(told), console);
}
