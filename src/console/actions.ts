import * as core from '@actions/core';
import type { Console } from '../report/log.ts';
import { hideSecret, withoutSecrets } from '../text/secrets.ts';
import { neutral } from './terminal.ts';

/** The log of a workflow step. No path, branch or remote text can make a line a command of the runner. */
export function createActionsConsole(): Console {
  return {
    line: (text) => core.info(neutral(text)),
    debug: (text) => {
      if (core.isDebug()) core.debug(text);
    },
    notice: (text) => core.notice(text),
    warning: (text) => core.warning(text),
    error: (text) => core.error(text),
    group: (title, lines) => {
      core.startGroup(title);
      for (const text of lines) core.info(neutral(text));
      core.endGroup();
    },
    secret: (text) => {
      core.setSecret(text);
      hideSecret(text);
    },
    // The runner masks no output.
    output: (name, value) => core.setOutput(name, withoutSecrets(value)),
    // A log keeps every line, so the lines of finished work suffice.
    progress: () => {},
    summary: async (markdown) => {
      // Outside a runner there is no summary to write to.
      if (!process.env.GITHUB_STEP_SUMMARY) return;
      // The publication is done: a failed summary does not make the run fail.
      await core.summary
        .addRaw(markdown)
        .write()
        .catch((error: unknown) => core.warning(`The job summary could not be written: ${String(error)}`));
    },
    fail: () => {
      process.exitCode = core.ExitCode.Failure;
    },
  };
}
