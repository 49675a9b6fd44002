import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gather } from '../support/contributors.ts';
import { employ } from '../support/release.ts';
import type { ActionOptions, ActionRun } from '../support/runner.ts';
import type { HostedProject, Story } from '../support/stage.ts';
import { documentsOf } from './audit.ts';
import { disturb } from './disturbed.ts';
import { type Tally, takeTally, unlessEnded } from './tally.ts';

/** What a run can be killed in. */
export const deeds = ['publish', 'both ways', 'promote', 'retire', 'close'] as const;
export const signals = ['SIGKILL', 'SIGTERM', 'SIGINT'] as const;

export interface Death {
  readonly deed: (typeof deeds)[number];
  readonly signal: (typeof signals)[number];
  /** How many requests are served before the one at which it strikes. */
  readonly after: number;
}

interface Deed {
  readonly branch: 'test' | 'main';
  /** Makes something that is to be done; one commit does it. */
  readonly prepare: (round: number) => Promise<unknown>;
  readonly act: (options?: Partial<ActionOptions>) => Promise<ActionRun>;
  /** Whether it is done, but for what the codex shows. */
  readonly isDone?: (round: number) => Promise<boolean>;
  /** Paths of the codex that somebody edits by hand. */
  readonly edited?: readonly string[];
  /** Projects whose documents stand in that branch at the end. */
  readonly project?: string;
}

/** What is left of a run that was killed without a word goes on for a moment: git does not know. */
const AFTERLIFE = 400;

/**
 * Runs die at these points, one after the other. Each time the codex holds all of the change or nothing of it, and the next
 * run completes it: one commit, whichever of the two made it.
 */
export async function death(story: Story, deaths: readonly Death[]): Promise<Tally> {
  const { github } = story;
  const stage = await employ(story);
  const all = new Map<string, Deed>();
  const runs: ActionRun[] = [];
  const wrong: string[] = [];
  let faults = 0;
  for (const [round, { deed, signal, after }] of deaths.entries()) {
    const about = all.get(deed) ?? (await DEEDS[deed](stage));
    all.set(deed, about);
    const { branch, edited = [], prepare, act, isDone } = about;
    await prepare(round);
    const where = `${deed}, ${signal} after ${after}`;
    const ended = await disturb(story, {
      branch,
      where,
      edited,
      async disturbed() {
        const started: ChildProcess[] = [];
        github.fault({ match: /^/, skip: after, meanwhile: async () => void started[0]?.kill(signal) });
        const run = await act({ onStart: (child) => started.push(child) });
        github.clearFaults();
        await sleep(AFTERLIFE);
        await github.settled();
        return run;
      },
      judge(run) {
        const isKilled = run.signal !== null || (run.exitCode ?? 0) > 128;
        if (isKilled) faults += 1;
        return isKilled ? [] : unlessEnded([run], 'published');
      },
      next: () => act(),
    });
    runs.push(...ended.runs);
    wrong.push(...ended.wrong);
    if ((await isDone?.(round)) === false) wrong.push(`${where}, then: not done`);
  }
  const expected: Record<string, Record<string, string>> = { test: {}, main: {} };
  for (const { branch, project } of all.values()) {
    if (project !== undefined) Object.assign(expected[branch] ?? {}, await documentsOf(github, project));
  }
  return takeTally(story, { runs, faults, expected, wrong });
}

type Stage = Awaited<ReturnType<typeof employ>>;

const DEEDS: Record<Death['deed'], (stage: Stage) => Promise<Deed>> = {
  async publish({ develop, publish }) {
    const project = await develop('dying', { 'docs/a.md': 'a\n' });
    return {
      branch: 'test',
      prepare: (round) => commitTo(project, { 'docs/a.md': `publish ${round}\n` }),
      act: (options) => publish(project, {}, options),
      project: 'dying',
    };
  },
  async 'both ways'({ develop, publish, edit }) {
    const project = await develop('twofold', { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
    const edited = 'projects/twofold/docs/b.md';
    return {
      branch: 'test',
      edited: [edited],
      async prepare(round) {
        await commitTo(project, { 'docs/a.md': `both ways ${round}\n` });
        await edit({ [edited]: `edited ${round}\n` });
      },
      act: (options) => publish(project, { direction: 'bidirectional' }, options),
      async isDone(round) {
        const text = await readFile(join(project.directory, 'docs/b.md'), 'utf8');
        // Committing what came back is the next step of the workflow, and publishing that agrees with the codex at last.
        await commitTo(project, { 'docs/a.md': `both ways ${round}, committed\n` });
        return text === `edited ${round}\n` && (await publish(project)).exitCode === 0;
      },
      project: 'twofold',
    };
  },
  async promote({ develop, change, promote }) {
    const project = await develop('released', { 'docs/a.md': 'a\n' });
    return {
      branch: 'main',
      prepare: (round) => change(project, { 'docs/a.md': `promote ${round}\n` }),
      act: (options) => promote({ project: 'released' }, options),
      project: 'released',
    };
  },
  async retire({ develop, change, retire, read }) {
    const project = await develop('retired', { 'docs/a.md': 'a\n' });
    return {
      branch: 'test',
      prepare: (round) => change(project, { 'docs/a.md': `retire ${round}\n` }),
      async act(options) {
        const run = await retire({ project: 'retired', env: 'test' }, options);
        // The one before had done it, and that is said as an error.
        const isGone = run.exitCode === 1 && run.log.includes('retired already');
        return isGone ? { ...run, exitCode: 0, outputs: { ...run.outputs, conclusion: 'unchanged' } } : run;
      },
      isDone: async () => (await read('projects/retired/docs/a.md')) === undefined,
    };
  },
  async close(stage) {
    const widgets = await gather(stage, { 'docs/a.md': 'a\n' });
    await widgets.publish();
    let pull = 0;
    return {
      branch: 'test',
      async prepare() {
        pull += 1;
        await widgets.propose(pull, { [`docs/${pull}.md`]: `proposed ${pull}\n` });
        await widgets.preview(pull);
      },
      act: (options) => widgets.close(pull, {}, options),
      isDone: async () => !Object.keys(await widgets.texts()).includes(`docs/${pull}.md`),
      project: 'widgets',
    };
  },
};

async function commitTo(project: HostedProject, changes: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(changes)) await project.write(path, text);
  await project.commit('Change');
  await project.push();
}
