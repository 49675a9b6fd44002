// What a person sees of Codex Sync, on this machine: the committed bundle run as a process, real git over HTTP, a local
// GitHub. `npm run demo` tells the story; with `--project` it publishes a real checkout into a local codex instead.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startGitHub } from '../__tests__/support/github.ts';
import { publishCheckout, readCheckout } from './demo-checkout.ts';
import { CODEX, say, TOKEN } from './demo-step.ts';
import { tellStory } from './demo-story.ts';

const USAGE = `Usage: npm run demo                          (a story of test, production, who reads what, and a whole organization)
       npm run demo -- --project <checkout>  (publishes the Markdown files of a real checkout)`;

const CLOSING = `
The links above lead to the local GitHub, which ends with this demo. In a real job summary, commits, branch, folder and
documents are links and long tables are folded; here every list ends after ten rows.
That was the bundle in dist/, run as a process with the variables of a runner, against git over HTTP.`;

const NO_PATH = 'Option --project needs the path of a checkout';

interface Arguments {
  help: boolean;
  project?: string;
}

// A reader that leaves early (`| head`) ends nothing: the local GitHub still has to tidy up.
process.stdout.on('error', () => {});
try {
  await runDemo(readArguments(process.argv.slice(2)));
} catch (error) {
  // One door, one catch: who tries the demo wants a sentence, not the stack.
  process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function runDemo({ help, project }: Arguments): Promise<void> {
  if (help) return say(`${USAGE}\nNothing leaves this machine, and the checkout is only read.`);
  // npm runs scripts in the folder of package.json; INIT_CWD is where the person stands.
  const path = project === undefined ? undefined : resolve(process.env.INIT_CWD ?? '.', project);
  const checkout = path === undefined ? undefined : await readCheckout(path);
  const github = await startGitHub();
  try {
    github.addToken(TOKEN, { [CODEX]: 'write' });
    if (checkout === undefined) await tellStory(github);
    else await publishCheckout(github, checkout);
    say(CLOSING);
  } finally {
    await github.close();
  }
}

/** @throws Error with one sentence and the usage */
function readArguments(args: string[]): Arguments {
  const { values, positionals } = parseWords(args);
  const [path] = positionals;
  // Also what remains of `npm run demo --project <checkout>`: npm keeps for itself what stands before `--`.
  if (path !== undefined)
    throw wrongArguments(`"${path}" stands alone: say "-- --project" before the path of a checkout`);
  if (values.project === '') throw wrongArguments(NO_PATH);
  return values;
}

function parseWords(args: string[]) {
  const options = { project: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } } as const;
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    // Node's advice behind its first sentence is for other programs.
    const [first = ''] = `${error instanceof Error ? error.message : error}`.split(/\.\s/);
    throw wrongArguments(first.startsWith("Option '--project") ? NO_PATH : first);
  }
}

function wrongArguments(why: string): Error {
  return new Error(`${why}.\n${USAGE}`);
}
