import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Traffic as Sent, trafficOf as sentOf } from '../../__tests__/support/cost.ts';
import type { LocalGitHub } from '../../__tests__/support/github.ts';
import type { RecordedRequest } from '../../__tests__/support/github-requests.ts';
import { checkoutProject, createProject, type Project } from '../../__tests__/support/project.ts';
import { type ActionRun, runAction } from '../../__tests__/support/runner.ts';
import { keptBytes, LATENCY, tokenOf } from './codexes.ts';

/** What a run cost. */
export interface Cost extends Traffic {
  readonly seconds: number;
  /** Seconds from reading the tip of the branch to the moment at which the last push of the run moved it. */
  readonly critical: number;
  /** Bytes by which the server's store grew. */
  readonly kept: number;
}

export interface Traffic extends Sent {
  /** Those to the API about the codex, and about other repositories: each has a rate of its own. */
  readonly codexApi: number;
  readonly otherApi: number;
  /** Each is two requests, as a push is. */
  readonly fetches: number;
}

export function trafficOf(requests: readonly RecordedRequest[], codex: string): Traffic {
  const count = (is: (request: RecordedRequest) => boolean) => requests.filter(is).length;
  return {
    ...sentOf(requests),
    codexApi: count(({ kind, path }) => kind === 'api' && path.includes(`/repos/${codex}`)),
    otherApi: count(({ kind, path }) => kind === 'api' && !path.includes(`/repos/${codex}`)),
    fetches: count(({ method, service }) => method === 'POST' && service === 'upload-pack'),
  };
}

/** A project that publishes into a codex, which had its documents once. */
export interface Publisher {
  /** Changes one document and publishes that, from a fresh checkout of one commit as actions/checkout makes it. */
  readonly publishChange: () => Promise<Cost>;
  readonly publishNothing: () => Promise<Cost>;
}

/** Hosts a project of so many documents, and publishes it for the first time. */
export async function hostPublisher(
  github: LocalGitHub,
  codex: string,
  name: string,
  documents: number,
): Promise<Publisher> {
  const path = (index: number) => `docs/${index % 97}/page-${`${index}`.padStart(5, '0')}.md`;
  const files = Array.from({ length: documents }, (_, index) => [path(index), `# Page ${index}\n`]);
  const project = await createProject(github, `acme/${name}`, Object.fromEntries(files));
  await publish(github, codex, project);
  let changes = 0;
  return {
    async publishChange() {
      await project.write(path(0), `# Page 0, change ${++changes}\n`);
      await project.commit(`Change ${changes}`);
      await project.push();
      return publish(github, codex, await checkoutProject(github, project.fullName));
    },
    publishNothing: async () => publish(github, codex, await checkoutProject(github, project.fullName)),
  };
}

function publish(github: LocalGitHub, codex: string, project: Project): Promise<Cost> {
  const { fullName: repository, directory: workspace } = project;
  return measure(github, codex, () =>
    runAction({ github, workspace, repository, inputs: { token: tokenOf(codex), 'codex-repository': codex } }),
  );
}

/** Runs the action with the latency of a long line; the local server has none while anything else is done. */
export async function measure(github: LocalGitHub, codex: string, run: () => Promise<ActionRun>): Promise<Cost> {
  const before = keptBytes(github, codex);
  github.latency = LATENCY;
  const start = performance.now();
  const { exitCode, requests, log } = await run();
  const seconds = (performance.now() - start) / 1000;
  github.latency = 0;
  if (exitCode !== 0) throw new Error(`A run into ${codex} ended with exit code ${exitCode}\n${log}`);
  const traffic = trafficOf(requests, codex);
  const tips = requests.filter(({ path }) => path.includes(`/${codex}/branches/`));
  // Where git keeps a branch: written at the very moment at which a push wins.
  const landed = statSync(join(github.directory(codex), 'refs/heads/test')).mtimeMs;
  const critical = traffic.pushes > 0 ? (landed - (tips.at(-1)?.at ?? landed)) / 1000 : 0;
  return { ...traffic, seconds, critical, kept: keptBytes(github, codex) - before };
}
