// What a person sees of Codex Sync, on this machine: the committed bundle run as a process, real git over HTTP, a local
// GitHub. `npm run demo` tells the story; with `--project` it publishes a real checkout into a local codex instead.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { publishCheckout, readCheckout } from './demo-checkout.ts';
import { type Demo, runDemo, say } from './demo-step.ts';
import { tellStory } from './demo-story.ts';

const USAGE = `Usage: npm run demo                          (a story in six scenes: production, a preview, who reads what, a promotion)
       npm run demo -- --all                 (the six scenes and sixteen more, with whole logs and job summaries)
       npm run demo -- --project <checkout>  (publishes the Markdown files of a real checkout)`;

const CLOSING = `
That was the bundle in dist/, run as a process with the variables of a runner, against git over HTTP on this machine.`;

const AFTER_STORY = `
Next, publish a repository of yours in the same way; it is only read:
  npm run demo -- --project <checkout>
All of it, with whole logs:  npm run demo -- --all
For your organization:       docs/QUICK-START.md`;

const AFTER_CHECKOUT = `
Next, do it in your organization: docs/QUICK-START.md`;

const NO_PATH = 'Option --project needs the path of a checkout';

interface Arguments {
  help: boolean;
  all: boolean;
  project?: string;
}

// A reader that leaves early (`| head`) ends nothing: the local GitHub still has to tidy up.
process.stdout.on('error', () => {});
try {
  await show(readArguments(process.argv.slice(2)));
} catch (error) {
  // The only catch: a person who tries the demo wants a sentence, not the stack.
  process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function show({ help, all, project }: Arguments): Promise<void> {
  if (help) return say(`${USAGE}\nNothing leaves this machine, and the checkout is only read.`);
  // npm runs scripts in the folder of package.json; INIT_CWD is where the person is.
  const path = project === undefined ? undefined : resolve(process.env.INIT_CWD ?? '.', project);
  const checkout = path === undefined ? undefined : await readCheckout(path);
  const tell = (demo: Demo) => (checkout === undefined ? tellStory(demo, all) : publishCheckout(demo, checkout));
  const folder = await runDemo(all, tell);
  say(CLOSING);
  say(`What you can look at stays in ${folder} until you remove it.`);
  say(checkout === undefined ? AFTER_STORY : AFTER_CHECKOUT);
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
  const options = {
    project: { type: 'string' },
    all: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
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
