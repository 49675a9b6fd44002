#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ask, createTerminalConsole, isInteractive } from './console/terminal.ts';
import { CodexSyncError } from './errors.ts';
import { checkNodeDebug } from './inputs/guards.ts';
import { guardProcess } from './programs.ts';
import { createRun } from './run.ts';
import { checkNode, parseCommandLine } from './terminal/arguments.ts';
import { confirmProduction, readTerminalRun } from './terminal/context.ts';
import { runInit } from './terminal/init.ts';
import { spellAsFlags } from './text/spell-inputs.ts';

spellAsFlags();
const { stdout, stderr } = process;
const text = process.argv.slice(2);
const console = createTerminalConsole({
  ...{ stdout, stderr, json: text.includes('--json'), verbose: text.includes('--verbose') },
  setExitCode: (code) => {
    process.exitCode = code;
  },
});
const run = createRun(console);

guardProcess(run.fail);
await start().catch(async (error: unknown) => {
  await run.fail(error);
  // Invalid usage, as in the help.
  if (error instanceof CodexSyncError && error.code === 'bad-input') process.exitCode = 2;
});

async function start(): Promise<void> {
  checkNode(process.versions.node);
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const typed = parseCommandLine(text, { version, columns: stdout.columns ?? 100 });
  if ('text' in typed) return void stdout.write(typed.text);
  checkNodeDebug(process.env);
  const person = isInteractive(process.stdin, stderr) ? ask : undefined;
  const around = await readTerminalRun(typed, process.cwd(), process.env, console);
  spellAsFlags({ tokens: around.sources, typed: around.typed });
  if (typed.command === 'init') return runInit(typed, around, person, console);
  await run.start({
    ...around,
    cacheClient: fileURLToPath(new URL('./cache-client.js', import.meta.url)),
    async confirmProduction(environment, configFile) {
      if (!typed.flag('yes')) await confirmProduction(environment, configFile, person);
    },
  });
}
