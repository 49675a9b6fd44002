// How the cost of a run grows with the codex and with the project: bytes and requests are exact, times are compared with each other in
// turns. With --write the tables go into docs/SCALE.md; --projects 1000,5000 measures fewer.
import { statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seedCodex } from '../__tests__/support/codex.ts';
import { type Traffic, trafficOf } from '../__tests__/support/cost.ts';
import { gitText } from '../__tests__/support/git.ts';
import { type LocalGitHub, startGitHub } from '../__tests__/support/github.ts';
import { sizeOf } from '../__tests__/support/github-repositories.ts';
import { checkoutProject, createProject, type Project } from '../__tests__/support/project.ts';
import { runAction } from '../__tests__/support/runner.ts';
import { renderMarkdown } from './bench/tables.ts';
import { renderBytes, renderCount } from './bench/units.ts';
import { replaceBlock } from './generate.ts';

const DOCUMENT = 'docs/SCALE.md';
const ROUNDS = 3;
/** As a runner in another city sees GitHub: on a local server only this makes requests count. */
const LATENCY = 30;
const DOCUMENTS = [10, 100, 1000, 10_000];

interface Cost extends Traffic {
  readonly seconds: number;
  /** Seconds from reading the tip of the branch to the moment at which the push moved it. */
  readonly critical: number;
  /** Bytes by which the server's store grew. */
  readonly kept: number;
}

const tokenOf = (codex: string) => `github_pat_of_${codex.replaceAll(/\W/g, '_')}`;
const keptBytes = (github: LocalGitHub, codex: string) => sizeOf(github.repository(codex)) * 1024;
const pack = (github: LocalGitHub, codex: string) => github.git(codex, 'repack', '-a', '-d', '-q');
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** A codex whose branch `test` has that many projects of one document each. */
async function hostCodex(github: LocalGitHub, projects: number): Promise<string> {
  const codex = `acme/codex-of-${projects}`;
  await github.createRepository(codex, { files: { 'README.md': '# Codex\n' } });
  await seedCodex(github, codex, { projects, documentsPerProject: 1, branch: 'test' });
  github.addToken(tokenOf(codex), { [codex]: 'write' });
  return codex;
}

/** Publishes a project, and says how each later change of one document is published, or nothing is. */
async function hostPublisher(github: LocalGitHub, codex: string, name: string, documents: number) {
  const path = (index: number) => `docs/${index % 97}/page-${`${index}`.padStart(5, '0')}.md`;
  const files = Array.from({ length: documents }, (_, index) => [path(index), `# Page ${index}\n`]);
  const project = await createProject(github, `acme/${name}`, Object.fromEntries(files));
  await publish(github, codex, project);
  let changes = 0;
  const publishNothing = async () => publish(github, codex, await checkoutProject(github, project.fullName));
  const publishChange = async () => {
    await project.write(path(0), `# Page 0, change ${++changes}\n`);
    await project.commit(`Change ${changes}`);
    await project.push();
    return publishNothing();
  };
  return { publishChange, publishNothing };
}

async function publish(github: LocalGitHub, codex: string, { fullName, directory }: Project): Promise<Cost> {
  const before = keptBytes(github, codex);
  const inputs = { token: tokenOf(codex), 'codex-repository': codex };
  github.latency = LATENCY;
  const start = performance.now();
  const run = await runAction({ github, workspace: directory, repository: fullName, inputs });
  const seconds = (performance.now() - start) / 1000;
  github.latency = 0;
  if (run.exitCode !== 0) throw new Error(`A run into ${codex} ended with exit code ${run.exitCode}\n${run.log}`);
  const traffic = trafficOf(run.requests);
  // A run that lost asks for the branch alone.
  const readsTip = (path: string) => path === '/api/graphql' || path.includes(`/${codex}/branches/`);
  const tip = run.requests.findLast(({ path }) => readsTip(path));
  // Where git keeps a branch: written at the moment at which a push wins.
  const moved = statSync(join(github.directory(codex), 'refs/heads/test')).mtimeMs;
  const critical = tip && traffic.pushes > 0 ? (moved - tip.at) / 1000 : 0;
  return { ...traffic, seconds, critical, kept: keptBytes(github, codex) - before };
}

interface Measured {
  readonly count: number;
  readonly codex: string;
  readonly publisher: Awaited<ReturnType<typeof hostPublisher>>;
  readonly before: number;
  readonly changed: Cost[];
  readonly same: Cost[];
}

/** By the number of projects; what a push leaves on the server as it comes, and once packed. */
async function measureProjects(github: LocalGitHub, counts: readonly number[]): Promise<string> {
  const codexes: Measured[] = [];
  for (const count of counts) {
    const codex = await hostCodex(github, count);
    const publisher = await hostPublisher(github, codex, `widgets-${count}`, 2);
    await pack(github, codex);
    codexes.push({ count, codex, publisher, before: keptBytes(github, codex), changed: [], same: [] });
  }
  for (let round = 1; round <= ROUNDS; round++) {
    for (const { publisher, changed, same } of codexes) {
      changed.push(await publisher.publishChange());
      same.push(await publisher.publishNothing());
    }
  }
  const rows = [];
  for (const { count, codex, before, changed, same } of codexes) {
    await pack(github, codex);
    const of = (costs: readonly Cost[] = [], what: keyof Cost) => median(costs.map((cost) => cost[what]));
    const ratio = (costs: readonly Cost[], first: readonly Cost[] = []) =>
      (of(costs, 'seconds') / of(first, 'seconds')).toFixed(1);
    rows.push([
      renderCount(count),
      ...(['down', 'up', 'kept'] as const).map((what) => renderBytes(of(changed, what))),
      renderBytes(Math.round((keptBytes(github, codex) - before) / ROUNDS)),
      ratio(changed, codexes[0]?.changed),
      `${of(changed, 'critical').toFixed(1)} s`,
      renderBytes(of(same, 'down')),
      ratio(same, codexes[0]?.same),
    ]);
  }
  return renderMarkdown([
    ['Projects', 'Down', 'Up', 'Kept', 'Packed', 'Time', 'Critical', 'Nothing new: down', 'Its time'],
    ...rows,
  ]);
}

/** By the number of documents of the project. */
async function measureDocuments(github: LocalGitHub): Promise<string> {
  const codex = await hostCodex(github, 5001);
  const rows = [];
  for (const documents of DOCUMENTS) {
    const name = `documents-${documents}`;
    const { down, up, requests } = await (await hostPublisher(github, codex, name, documents)).publishChange();
    const manifest = await github.git(codex, 'cat-file', '-s', `test:projects/${name}/.codex-sync.json`);
    rows.push([
      renderCount(documents),
      renderBytes(Number(manifest)),
      renderBytes(down),
      renderBytes(up),
      `${requests}`,
    ]);
  }
  return renderMarkdown([['Documents', 'Manifest', 'Down', 'Up', 'Requests'], ...rows]);
}

const projects = { type: 'string', default: '1000,5000,20000,100000' } as const;
const { values } = parseArgs({ options: { write: { type: 'boolean' }, projects } });
const github = await startGitHub();
try {
  const date = new Date().toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
  const machine = `${cpus().length} cores, ${await gitText('.', ['--version'])}, Node ${process.versions.node}`;
  const blocks = {
    machine: `Measured on ${date} with ${LATENCY} ms a request: ${machine}; ${ROUNDS} rounds in turns, medians.`,
    projects: await measureProjects(github, values.projects.split(',').map(Number)),
    documents: await measureDocuments(github),
  };
  let text = await readFile(DOCUMENT, 'utf8');
  for (const [name, block] of Object.entries(blocks)) {
    process.stdout.write(`\n${block.trim()}\n`);
    text = replaceBlock(DOCUMENT, text, name, block.trim(), 'written by "npm run scale -- --write"');
  }
  if (values.write) await writeFile(DOCUMENT, text);
} finally {
  await github.close();
}
