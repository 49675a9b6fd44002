import { createRequire as createRequireOfNode } from 'node:module';
const require = createRequireOfNode(import.meta.url);
import {
  SUB_ACTIONS,
  actionName,
  checkNodeDebug,
  createRun,
  guardProcess,
  hideSecret,
  neutral,
  readRunContext,
  spellAsSubAction,
  withoutSecrets
} from "./chunk-VLC6KCQC.js";
import {
  ExitCode,
  debug,
  endGroup,
  error,
  info,
  isDebug,
  notice,
  setOutput,
  setSecret,
  startGroup,
  summary,
  warning
} from "./chunk-OQWXPLNV.js";

// src/action.ts
import { fileURLToPath } from "node:url";

// src/console/actions.ts
function createActionsConsole() {
  return {
    line: (text) => info(neutral(text)),
    debug: (text) => {
      if (isDebug()) debug(text);
    },
    notice: (text) => notice(text),
    warning: (text) => warning(text),
    error: (text) => error(text),
    group: (title, lines) => {
      startGroup(title);
      for (const text of lines) info(neutral(text));
      endGroup();
    },
    secret: (text) => {
      setSecret(text);
      hideSecret(text);
    },
    // The runner masks no output.
    output: (name, value) => setOutput(name, withoutSecrets(value)),
    // A log keeps every line, so the lines of finished work suffice.
    progress: () => {
    },
    summary: async (markdown) => {
      if (!process.env.GITHUB_STEP_SUMMARY) return;
      await summary.addRaw(markdown).write().catch((error2) => warning(`The job summary could not be written: ${String(error2)}`));
    },
    fail: () => {
      process.exitCode = ExitCode.Failure;
    }
  };
}

// src/action.ts
async function runAction(entryPoint, subAction) {
  const variables = process.env;
  if (subAction !== void 0) spellAsSubAction(SUB_ACTIONS[subAction].mode, actionName(subAction));
  const run = createRun(createActionsConsole());
  guardProcess(run.fail);
  await start().catch(run.fail);
  async function start() {
    checkNodeDebug(variables);
    await run.start({
      given: variables,
      ...subAction && { subAction },
      context: await readRunContext(variables),
      workspace: variables.GITHUB_WORKSPACE ?? process.cwd(),
      variables,
      cacheClient: fileURLToPath(new URL("./cache-client.js", entryPoint)),
      // No person is present to confirm; the first lines of the log name production.
      confirmProduction: async () => {
      }
    });
  }
}

export {
  runAction
};
