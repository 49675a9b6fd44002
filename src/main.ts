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
    // Whoever wrote the workflow and the configuration is not here; the log's first lines say it.
    confirmProduction: async () => {},
  });
}
