import { fileURLToPath } from 'node:url';
import { createActionsConsole } from './console/actions.ts';
import { readRunContext } from './github/run-context.ts';
import { checkNodeDebug } from './inputs/guards.ts';
import { guardProcess } from './programs.ts';
import { createRun } from './run.ts';

const variables = process.env;
const run = createRun(createActionsConsole());

guardProcess(run.fail);
await start().catch(run.fail);

async function start(): Promise<void> {
  checkNodeDebug(variables);
  await run.start({
    given: variables,
    context: readRunContext(variables),
    workspace: variables.GITHUB_WORKSPACE ?? process.cwd(),
    variables,
    cacheClient: fileURLToPath(new URL('./cache-client.js', import.meta.url)),
    // No person is present to confirm; the first lines of the log name production.
    confirmProduction: async () => {},
  });
}
