import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalGitHub } from '../../__tests__/support/github.ts';
import { pushCommit } from '../../src/git/codex-commit.ts';
import { expectGit } from '../../src/git/exec.ts';
import { createObjectStore, type ObjectStore, tokenSettings } from '../../src/git/object-store.ts';
import { keptBytes, LATENCY, tokenOf } from './codexes.ts';
import { type Traffic, trafficOf } from './runs.ts';

/**
 * What git alone costs to change one project, `way` being the names of the folders down to it: the trees on the way are fetched one by one, as
 * a run does, and pushed with one entry changed. No API, no documents: only what the layout decides.
 */
export async function graftProject(
  github: LocalGitHub,
  codex: string,
  branch: string,
  way: readonly string[],
  text: string,
): Promise<Traffic & { readonly seconds: number; readonly kept: number }> {
  const directory = await github.scratch('store');
  const store = await createObjectStore({ directory, environment: process.env, debug: () => {}, sleep });
  const url = `${github.serverUrl}/${codex}`;
  const remote = { name: codex, url, settings: async () => tokenSettings(github.serverUrl, url, tokenOf(codex)) };
  const tip = await github.git(codex, 'rev-parse', branch);
  const root = await github.git(codex, 'rev-parse', `${branch}^{tree}`);
  const before = keptBytes(github, codex);
  const seen = github.requests.length;
  github.latency = LATENCY;
  const start = performance.now();
  const lists: string[][] = [];
  for (let tree = root, depth = 0; depth < way.length; depth++) {
    // The tip comes with the last of them, as in a run: earlier it would bring the others a second time.
    await store.fetch(remote, depth === way.length - 1 ? [tree, tip] : [tree], 'alone');
    const list = (await store.listTree(tree)).toString('latin1').split('\0').filter(Boolean);
    lists.push(list);
    tree = idOf(list, way[depth] ?? '');
  }
  const blob = await write(store, ['hash-object', '-w', '--stdin'], text);
  let changed = await writeTree(store, [`100644 blob ${blob}\tREADME.md`]);
  for (const [depth, name] of [...way.entries()].reverse()) {
    changed = await writeTree(store, withEntry(lists[depth] ?? [], name, changed));
  }
  const who = ['-c', 'user.name=Mona', '-c', 'user.email=mona@example.org'];
  const commit = await write(store, [...who, 'commit-tree', '-p', tip, '-F', '-', changed], 'Change one project\n');
  const pushed = await pushCommit(store, remote, { commit, tip }, branch, true);
  const seconds = (performance.now() - start) / 1000;
  github.latency = 0;
  if (pushed.kind !== 'accepted') throw new Error(`A push to ${branch} of ${codex} ended as ${pushed.kind}`);
  const traffic = trafficOf(github.requests.slice(seen), codex);
  return { ...traffic, seconds, kept: keptBytes(github, codex) - before };
}

function idOf(list: readonly string[], name: string): string {
  const line = list.find((entry) => entry.endsWith(`\t${name}`));
  if (line === undefined) throw new Error(`There is no ${name}`);
  return line.slice(line.indexOf('\t') - 40, line.indexOf('\t'));
}

function withEntry(list: readonly string[], name: string, tree: string): string[] {
  return list.map((entry) => (entry.endsWith(`\t${name}`) ? `040000 tree ${tree}\t${name}` : entry));
}

function writeTree(store: ObjectStore, entries: readonly string[]): Promise<string> {
  return write(store, ['mktree', '-z', '--missing'], entries.map((entry) => `${entry}\0`).join(''));
}

async function write(store: ObjectStore, args: readonly string[], input: string): Promise<string> {
  return (await expectGit(store.git, args, { input })).toString('latin1').trim();
}
