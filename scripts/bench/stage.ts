import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepBeginnings } from '../../__tests__/support/beginnings.ts';
import { someone } from '../../__tests__/support/commit-files.ts';
import { gitText } from '../../__tests__/support/git.ts';
import { startGitHub } from '../../__tests__/support/github.ts';
import type { ActionOptions, ActionRun } from '../../__tests__/support/runner.ts';
import { follow } from '../../__tests__/support/runner-process.ts';
import { codex, type Story, startStory, token } from '../../__tests__/support/stage.ts';
import { type CodexSize, ensureCodex } from './codexes.ts';
import { type Figures, figuresOf } from './figures.ts';
import { type Metered, weigh } from './meter.ts';
import { putAside } from './spent.ts';

const METER = fileURLToPath(new URL('meter.ts', import.meta.url));
const BY_HAND = fileURLToPath(new URL('by-hand', import.meta.url));
const LONGEST_RUN = 900_000;

type Through = NonNullable<ActionOptions['through']>;
/** How a run of the action is started to be measured. */
export type Started = Pick<ActionOptions, 'through' | 'cold' | 'timeout'>;

/** A local GitHub of one measurement's own, with a codex of the size that is asked for. */
export interface Stage extends Story {
  readonly size: CodexSize;
  /** Milliseconds that every request waits while something is measured. */
  readonly latency: number;
  /** What everything costs that `act` starts, in the way that it is told, until it ends. */
  measure(act: (how: Started) => Promise<unknown>, interval?: number): Promise<Figures>;
  /** Runs a script of people who do it by hand, in a folder of its own; `check` looks at what it left there. */
  byHand(script: string, variables: Variables, how: Started, check?: (folder: string) => Promise<void>): Promise<void>;
  /** Runs a command that is neither. */
  run(command: readonly string[], how: Started): Promise<void>;
}

/** What a script is told; `CODEX` is there already. */
type Variables = Readonly<Record<string, string>> & { readonly TOKEN?: string };

/** Sets a stage, and clears it away behind `act`. */
export async function onStage<T>(size: CodexSize, latency: number, act: (stage: Stage) => Promise<T>): Promise<T> {
  const like = await ensureCodex(size);
  const github = await startGitHub();
  try {
    const story = await startStory(github, { like }, keepBeginnings());
    return await act(stageOf(story, size, latency));
  } finally {
    await github.close();
  }
}

function stageOf(story: Story, size: CodexSize, latency: number): Stage {
  const { github } = story;
  /** Where the meter of a run writes to -> what its folder weighed at the end, where only that is known. */
  const reports = new Map<string, number | undefined>();

  return {
    ...story,
    size,
    latency,
    async measure(act, interval = 20) {
      const folder = await github.scratch('meters');
      const through: Through = (command, place) => {
        const report = join(folder, `${reports.size}.json`);
        reports.set(report, undefined);
        return [process.execPath, METER, report, `${interval}`, place, ...command];
      };
      await askBefore(story);
      await github.settled();
      // What others wrote before, half a gigabyte a clone, would go to the disk meanwhile.
      await once(spawn('sync'), 'close');
      github.clearRequests();
      github.latency = latency;
      await act({ through, cold: true, timeout: LONGEST_RUN });
      await github.settled();
      github.latency = 0;
      const requests = [...github.requests];
      const runs = [...reports].map(async ([report, disk]): Promise<Metered> => {
        const metered = JSON.parse(await readFile(report, 'utf8'));
        return { ...metered, ...(disk !== undefined && { disk }) };
      });
      const figures = figuresOf(await Promise.all(runs), requests);
      reports.clear();
      return figures;
    },
    async byHand(script, variables, { through }, check) {
      const folder = await github.scratch('by-hand');
      const { TOKEN = token, ...more } = variables;
      await writeFile(join(folder, '.gitconfig'), configuration(github.serverUrl, TOKEN));
      const env = {
        PATH: process.env.PATH ?? '',
        LANG: 'C.UTF-8',
        HOME: folder,
        GIT_TERMINAL_PROMPT: '0',
        CODEX: `${github.serverUrl}/${codex}`,
        ...more,
      };
      const [program = '', ...words] = through?.(['bash', join(BY_HAND, script)], '') ?? [];
      const report = [...reports.keys()].at(-1) ?? '';
      await ended(program, words, folder, env);
      await check?.(folder);
      reports.set(report, weigh(folder));
      putAside(folder);
    },
    async run(command, { through }) {
      const [program = '', ...words] = through?.(command, '') ?? [];
      await ended(program, words, await github.scratch('nothing'), { PATH: process.env.PATH ?? '' });
    },
  };
}

async function ended(program: string, words: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
  const child = spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const { exitCode, stdout, stderr } = await follow(child, () => {}, LONGEST_RUN);
  if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
}

/** The local GitHub asks git only once what a repository can do: that shall not count for whoever comes first. */
async function askBefore({ github }: Story): Promise<void> {
  const folder = await github.scratch('before');
  await writeFile(join(folder, '.gitconfig'), configuration(github.serverUrl, token));
  const env = { GIT_CONFIG_GLOBAL: join(folder, '.gitconfig') };
  await gitText(folder, ['ls-remote', `${github.serverUrl}/${codex}`, 'HEAD'], { env });
}

/** The credential as actions/checkout leaves it; nothing is tidied up behind a commit, which the action does not either. */
function configuration(serverUrl: string, secret: string): string {
  const credential = Buffer.from(`x-access-token:${secret}`).toString('base64');
  return [
    `[http "${serverUrl}/"]\n\textraheader = AUTHORIZATION: basic ${credential}\n`,
    `[user]\n\tname = ${someone.name}\n\temail = ${someone.email}\n`,
    '[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n',
  ].join('');
}

/** The run of the action, if it ended as it has to. */
export async function expectEnded(running: Promise<ActionRun>, conclusion: string): Promise<ActionRun> {
  const run = await running;
  if (run.outputs.conclusion === conclusion) return run;
  throw new Error(
    `A run ended ${run.exitCode ?? run.signal} ${run.outputs.conclusion}, not ${conclusion}:\n${run.log}`,
  );
}
