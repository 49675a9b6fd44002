import type { Git, GitCall } from '../../../src/git/exec.ts';
import { type GitObject, readTree } from '../../../src/git/objects.ts';
import { type Database, EMPTY_TREE_ID as EMPTY, type Entry, type NamedEntry, typeOfMode } from './database.ts';
import type { RunEdge } from './edge.ts';
import { findRepository, moveBranch, type Repository, receive } from './world.ts';

/** The objects of a directory on a run's machine. */
export interface Pool {
  readonly has: (id: string) => boolean;
  readonly add: (id: string) => void;
}

/** What a run has on its machine beside the checkout: object directories, index files, and files by folder. */
export interface Machine {
  /** Object directory -> its objects. */
  readonly pools: Map<string, Pool>;
  readonly indexes: Map<string, Map<string, Entry>>;
  /** Folder -> name -> content. */
  readonly folders: Map<string, Map<string, Buffer>>;
}

export function createMachine(): Machine {
  return { pools: new Map(), indexes: new Map(), folders: new Map() };
}

/** The pool of a directory; a new one is empty. */
export function poolOf({ pools }: Machine, directory: string): Pool {
  const known = pools.get(directory);
  if (known) return known;
  const ids = new Set<string>();
  const pool: Pool = { has: (id) => ids.has(id), add: (id) => void ids.add(id) };
  pools.set(directory, pool);
  return pool;
}

interface Answer {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const NOTHING = Buffer.alloc(0);

function answer(stdout: string | Buffer = NOTHING): Answer {
  return { exitCode: 0, stdout: typeof stdout === 'string' ? Buffer.from(stdout) : stdout, stderr: '' };
}

function failure(exitCode: number, stderr: string, stdout = ''): Answer {
  return { exitCode, stdout: Buffer.from(stdout), stderr: `${stderr}\n` };
}

function linesOf(call: GitCall, separator = '\n'): string[] {
  const text = String(call.input ?? '');
  const lines = text.split(separator);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

export const SERVER = 'https://github.com';

/** Writes objects that the product made: the database has its own idea of an id, and both must agree. */
export function writeObjects(database: Database, pool: Pool, objects: readonly GitObject[]): void {
  for (const { type, id, content } of objects) {
    const written =
      type === 'blob'
        ? database.writeBlob(content.toString('utf8'))
        : type === 'tree'
          ? database.writeTree(
              readTree(content).map(({ mode, id: entry, path = '' }) => ({ mode, id: entry, name: path })),
            )
          : writeCommit(database, content.toString('utf8'));
    if (written !== id) throw new Error(`The ${type} ${id} is ${written} in the database:\n${content}`);
    pool.add(id);
  }
}

function writeCommit(database: Database, text: string): string {
  const end = text.indexOf('\n\n');
  const headers = text.slice(0, end).split('\n');
  const valuesOf = (name: string) =>
    headers.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  const [tree = ''] = valuesOf('tree');
  const [[author = '', time] = [], [committer = ''] = []] = ['author', 'committer'].map((kind) =>
    (valuesOf(kind)[0] ?? '').replace(/ \+0000$/, '').split(/ (?=\d+$)/),
  );
  const message = text.slice(end + 2);
  return database.writeCommit({ tree, parents: valuesOf('parent'), author, committer, time: Number(time), message });
}

/** Interprets the plumbing that the product calls, as git does; fetches and pushes reach the virtual remotes. */
export function createVirtualGit(edge: RunEdge, machine: Machine, objects: string): Git {
  const { world } = edge;
  const { database } = world;
  const own = poolOf(machine, objects);

  const isHere = (id: string, call: GitCall) => {
    if (own.has(id)) return true;
    const others = call.variables?.GIT_ALTERNATE_OBJECT_DIRECTORIES;
    return others !== undefined && poolOf(machine, JSON.parse(others) as string).has(id);
  };
  const write = (id: string) => {
    own.add(id);
    return answer(`${id}\n`);
  };

  function parseTreeLine(line: string): NamedEntry {
    const tab = line.indexOf('\t');
    const [mode = '', , id = ''] = line.slice(0, tab).split(' ');
    return { mode, id, name: line.slice(tab + 1) };
  }

  function listRecursively(tree: string, call: GitCall): Answer {
    if (tree !== EMPTY && !allTrees(tree).every((id) => isHere(id, call))) return notATree();
    const entries = [...database.flatten(tree)];
    return answer(entries.map(([path, { mode, id }]) => `${mode} ${typeOfMode(mode)} ${id}\t${path}\0`).join(''));
  }

  function allTrees(tree: string): string[] {
    return [...database.objectsBelow(tree)].filter((id) => database.typeOf(id) === 'tree');
  }

  function indexOf(call: GitCall): Map<string, Entry> {
    const file = call.variables?.GIT_INDEX_FILE ?? '';
    const known = machine.indexes.get(file);
    if (known) return known;
    const index = new Map<string, Entry>();
    machine.indexes.set(file, index);
    return index;
  }

  function updateIndex(index: Map<string, Entry>, call: GitCall): Answer {
    for (const line of linesOf(call, '\0')) {
      const tab = line.indexOf('\t');
      const [mode = '', id = ''] = line.slice(0, tab).split(' ');
      const path = line.slice(tab + 1);
      index.delete(path);
      if (mode === '0') continue;
      // An entry replaces a file where its folder is, and a folder where it is.
      for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1))
        index.delete(path.slice(0, slash));
      const below = `${path}/`;
      for (const other of index.keys()) if (other.startsWith(below)) index.delete(other);
      index.set(path, { mode, id });
    }
    return answer();
  }

  function writeIndexTree(index: Map<string, Entry>): Answer {
    const tree = database.writeFlat(index);
    for (const id of allTrees(tree)) own.add(id);
    return answer(`${tree}\n`);
  }

  function catFiles(how: string, call: GitCall): Answer {
    const pieces: Buffer[] = [];
    for (const id of linesOf(call)) {
      const content = isHere(id, call) ? database.readBlob(id) : undefined;
      if (!content) pieces.push(Buffer.from(`${id} missing\n`));
      else {
        pieces.push(Buffer.from(`${id} blob ${content.length}\n`));
        if (how === '--batch') pieces.push(content, Buffer.from('\n'));
      }
    }
    return answer(Buffer.concat(pieces));
  }

  function checkOut(index: Map<string, Entry>, call: GitCall): Answer {
    const folder = call.variables?.GIT_WORK_TREE ?? '';
    const files = machine.folders.get(folder) ?? new Map<string, Buffer>();
    machine.folders.set(folder, files);
    for (const [path, { id }] of index) {
      const content = isHere(id, call) ? database.readBlob(id) : undefined;
      if (!content) return failure(128, `error: unable to read sha1 file of ${path} (${id})`);
      files.set(path, content);
    }
    return answer();
  }

  /** The repository of an address; git follows no redirect from a former name. */
  function remoteAt(url: string): Repository | Answer {
    const name = url.slice(`${SERVER}/`.length);
    const found = findRepository(world, name);
    if (!found) return failure(128, `fatal: repository '${url}/' not found`);
    if (found.name.toLowerCase() === name.toLowerCase()) return found;
    return failure(128, `fatal: unable to access '${url}/': The requested URL returned error: 301`);
  }

  async function fetchObjects(args: readonly string[], call: GitCall): Promise<Answer> {
    const url = args.at(-1) ?? '';
    await edge.pass('fetch');
    if (edge.fails('fetchFails'))
      return failure(128, `fatal: unable to access '${url}/': Failed to connect to github.com port 443`);
    const remote = remoteAt(url);
    if ('exitCode' in remote) return remote;
    const ids = linesOf(call);
    for (const id of ids)
      if (!remote.objects.has(id)) return failure(128, `fatal: remote error: upload-pack: not our ref ${id}`);
    const isAlone = args.includes('--depth=1');
    for (const id of ids) {
      if (!isAlone && database.typeOf(id) === 'tree') for (const below of allTrees(id)) own.add(below);
      own.add(id);
    }
    return answer();
  }

  async function listRefs(args: readonly string[]): Promise<Answer> {
    const at = args.findIndex((arg) => arg.startsWith(`${SERVER}/`));
    const [url = '', ...asked] = args.slice(at);
    await edge.pass('ls-remote');
    if (edge.fails('noAnswer'))
      return failure(128, `fatal: unable to access '${url}/': Failed to connect to github.com port 443`);
    const remote = remoteAt(url);
    if ('exitCode' in remote) return remote;
    const refs = [
      ...[...remote.branches].map(([name, id]) => [`refs/heads/${name}`, id] as const),
      ...[...remote.tags].map(([name, id]) => [`refs/tags/${name}`, id] as const),
    ];
    return answer(
      refs
        .filter(([name]) => asked.length === 0 || asked.includes(name))
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, id]) => `${id}\t${name}\n`)
        .join(''),
    );
  }

  /** Whether every object of a commit is in the remote, or can be sent. */
  function canSend(commit: string, remote: Repository, call: GitCall): boolean {
    const pending = [commit];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (remote.objects.has(next)) continue;
      const found = database.commit(next);
      if (!found || !isHere(next, call)) return false;
      pending.push(...found.parents);
      for (const id of database.objectsBelow(found.tree))
        if (id !== EMPTY && !remote.objects.has(id) && !isHere(id, call)) return false;
    }
    return true;
  }

  async function push(args: readonly string[], call: GitCall): Promise<Answer> {
    const url = args.at(-2) ?? '';
    const [given = '', ref = ''] = args.at(-1)?.split(':') ?? [];
    const commit = given.replace(/^\+/, '');
    const lease = args.find((arg) => arg.startsWith('--force-with-lease='))?.slice('--force-with-lease='.length);
    const isForced = lease === undefined && given.startsWith('+');
    const expected = lease?.slice(ref.length + 1) || undefined;
    const isExpected = (remote: Repository) => isForced || remote.branches.get(branch) === expected;
    const branch = ref.slice('refs/heads/'.length);
    const reply = (flag: string, summary: string) => `To ${url}\n${flag}\t${commit}:${ref}\t${summary}\nDone\n`;
    const failed = `error: failed to push some refs to '${url}'`;
    const broken = 'fatal: the remote end hung up unexpectedly';

    await edge.pass('push');
    const remote = remoteAt(url);
    if ('exitCode' in remote) return remote;
    if (edge.fails('pushFails')) return failure(128, broken);
    if (!isExpected(remote)) return failure(1, failed, reply('!', '[rejected] (stale info)'));
    if (!canSend(commit, remote, call)) return failure(128, `fatal: unable to read an object of ${commit}\n${broken}`);
    // Others may be faster between what the server showed and what it does.
    await edge.pass('push accepted');
    if (remote.archived)
      return failure(
        128,
        'remote: This repository was archived so it is read-only.\nfatal: unable to access: The requested URL returned error: 403',
      );
    if (!isExpected(remote)) {
      const is = remote.branches.get(branch);
      const why =
        is === undefined ? 'unable to resolve reference' : `is at ${is} but expected ${expected ?? 'nothing'}`;
      return failure(1, failed, reply('!', `[remote rejected] (cannot lock ref '${ref}': ${why})`));
    }
    if (clashing(remote, branch) !== undefined)
      return failure(1, failed, reply('!', '[remote rejected] (failed to update ref)'));
    if (remote.protectedBranches.has(branch) || edge.fails('refused'))
      return failure(
        1,
        `remote: error: GH006: Protected branch update failed for ${ref}.\n${failed}`,
        reply('!', '[remote rejected] (protected branch hook declined)'),
      );
    receive(world, remote, commit);
    moveBranch(world, remote, branch, commit, edge.task.number);
    await edge.pass('push answered');
    if (edge.fails('lostAnswer')) return failure(128, broken);
    const moved = `${expected?.slice(0, 7)}..${commit.slice(0, 7)}`;
    return answer(expected === undefined ? reply('*', '[new branch]') : reply(' ', moved));
  }

  async function run(args: readonly string[], call: GitCall): Promise<Answer> {
    switch (args[0]) {
      case 'mktree': {
        const entries = linesOf(call, '\0').map(parseTreeLine);
        const missing = entries.find(({ id }) => !isHere(id, call));
        if (missing) return failure(128, `fatal: entry '${missing.name}' object ${missing.id} is unavailable`);
        return write(database.writeTree(entries));
      }
      case 'ls-tree': {
        return listRecursively(args.at(-1) ?? '', call);
      }
      case 'read-tree': {
        const index = indexOf(call);
        index.clear();
        const tree = args[1] ?? '';
        if (tree === '--empty') return answer();
        if (!allTrees(tree).every((id) => isHere(id, call))) return notATree();
        for (const [path, entry] of database.flatten(tree)) index.set(path, entry);
        return answer();
      }
      case 'update-index':
        return updateIndex(indexOf(call), call);
      case 'write-tree':
        return writeIndexTree(indexOf(call));
      case 'checkout-index':
        return checkOut(indexOf(call), call);
      case 'cat-file': {
        const [, how, id = ''] = args;
        if (how !== 'tree') return catFiles(how ?? '', call);
        return id === EMPTY || isHere(id, call) ? answer(database.readTree(id)) : notATree();
      }
      case 'fetch':
        return fetchObjects(args, call);
      case 'ls-remote':
        return listRefs(args);
      case 'push':
        return push(args, call);
      default:
        throw new Error(`The virtual git does not know: git ${args.join(' ')}`);
    }
  }

  return async (args, call = {}) => {
    const result = await run(args, call);
    if (!call.onOutput) return result;
    call.onOutput(result.stdout);
    return { ...result, stdout: NOTHING };
  };
}

function notATree(): Answer {
  return failure(128, 'fatal: not a tree object');
}

/** A branch that git cannot have beside another: a part of its path, or one below it. */
export function clashing({ branches }: Repository, branch: string): string | undefined {
  return [...branches.keys()].find((one) => one.startsWith(`${branch}/`) || branch.startsWith(`${one}/`));
}
