import { fileURLToPath } from 'node:url';
import { RUN_MODE } from './commands/modes.ts';
import { createActionsConsole } from './console/actions.ts';
import { readRunContext } from './github/run-context.ts';
import { endProgramsOnExit } from './programs.ts';
import { findProject, readConfig } from './project/find-config.ts';
import { renderFailure, renderSkipped, writeOutputs } from './report/failure.ts';
import { type OutputValues, renderOutputs } from './report/outputs.ts';
import { secretLines } from './request/app-key.ts';
import { parseConfig } from './request/config.ts';
import { skipReason } from './request/guards.ts';
import { type InputName, needsNoCheckout, writes } from './request/input-definitions.ts';
import { inputVariable, parseInputs, parseMode } from './request/inputs.ts';
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

endProgramsOnExit();

// A cancelled job: what this run left on disk is removed on exit, which a second signal does not break off.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.on(signal, () => process.exit(128 + number));
}

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
  const word = (name: InputName) => variables[inputVariable(name)] ?? '';
  const tokens = [word('token'), word('project-token')].flatMap(secretForms);
  for (const form of [...tokens, ...secretLines(word('private-key'))]) console.secret(form);

  const trigger = parseTrigger(readRunContext(variables));
  // A run that only reads needs no guard; ending it green would leave a consumer without its documents.
  const isGuarded = writes(parseMode(variables) ?? 'sync-project');
  const secret = word(word('app-id').trim() === '' ? 'token' : 'private-key');
  const skipped = isGuarded ? skipReason(trigger, secret) : undefined;
  if (skipped !== undefined) {
    console.notice(skipped);
    writeOutputs(renderOutputs('skipped', {}), console);
    return console.summary(renderSkipped(skipped));
  }

  const inputs = parseInputs(variables);
  const workspace = variables.GITHUB_WORKSPACE ?? process.cwd();
  const withoutCheckout = trigger.pullRequest?.closed || needsNoCheckout(inputs.mode);
  const place = await findProject(workspace, inputs.workingDirectory, withoutCheckout);
  const found = await readConfig(place, inputs.config, (text) => {
    const parsed = parseConfig(text);
    return parsed && { ...parsed, file: text.file, inside: text.inside };
  });
  const options = {
    directory: place.directory,
    workspace,
    variables,
    token: inputs.token,
    app: inputs.app,
    projectToken: inputs.projectToken,
    cacheClient: fileURLToPath(new URL('./cache-client.js', import.meta.url)),
    console,
    tell,
  };
  await RUN_MODE[inputs.mode]({ inputs, found, place, trigger, options });
}
