import { fileURLToPath } from 'node:url';
import { createActionsConsole } from './console/actions.ts';
import { readRunContext } from './github/run-context.ts';
import { checkNodeDebug } from './inputs/guards.ts';
import { actionName, SUB_ACTIONS, type SubAction } from './inputs/sub-actions.ts';
import { guardProcess } from './programs.ts';
import { createRun } from './run.ts';
import { spellAsSubAction } from './text/spell-inputs.ts';

/**
 * Runs a step of a workflow.
 * @param entryPoint URL of the built entry point; the client of the cache is beside it
 * @param subAction the action, if not the one in the root
 */
export async function runAction(entryPoint: string, subAction?: SubAction): Promise<void> {
  const variables = process.env;
  if (subAction !== undefined) spellAsSubAction(SUB_ACTIONS[subAction].mode, actionName(subAction));
  const run = createRun(createActionsConsole());
  guardProcess(run.fail);
  await start().catch(run.fail);

  async function start(): Promise<void> {
    checkNodeDebug(variables);
    await run.start({
      given: variables,
      ...(subAction && { subAction }),
      context: await readRunContext(variables),
      workspace: variables.GITHUB_WORKSPACE ?? process.cwd(),
      variables,
      cacheClient: fileURLToPath(new URL('./cache-client.js', entryPoint)),
      // No person is present to confirm; the first lines of the log name production.
      confirmProduction: async () => {},
    });
  }
}
