import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endProgram, endWithProcess, OWN_GROUP } from '../programs.ts';
import type { BlobId } from '../text/ids.ts';
import type { CacheAnswer, RestoreTask, SaveTask } from './client.ts';
import { type BlobPool, readPlain } from './directory.ts';

/** The only path in an entry. The client makes it part of an entry's identity, so it never changes. */
const ENTRY_PATH = 'codex-sync';
/** Next to the blobs of an entry, each named by its id. */
const RECORD_FILE = 'record.json';

export interface Restored {
  /** Name of an entry -> the matched key. */
  readonly keys: ReadonlyMap<string, string>;
  readonly readRecord: (name: string) => Promise<string | undefined>;
  /** The entry's unverified content for a blob id. */
  readonly readBlob: (name: string, id: BlobId) => Promise<Buffer | undefined>;
  /** One clause: why the cache was absent, slow or broken. */
  readonly trouble: string | undefined;
}

interface NewEntry {
  readonly name: string;
  readonly key: string;
  readonly record: string;
  readonly ids: Iterable<BlobId>;
}

interface Saved {
  readonly names: ReadonlySet<string>;
  readonly trouble: string | undefined;
}

/** The Actions cache of this repository. No call throws, and each has a deadline. */
export interface ActionsCache {
  readonly restore: (entries: RestoreTask['entries'], lookupOnly: boolean) => Promise<Restored>;
  readonly save: (entries: readonly NewEntry[], pool: BlobPool) => Promise<Saved>;
}

const RESTORE_MILLISECONDS = 30_000;
const SAVE_MILLISECONDS = 60_000;

export interface ActionsCacheOptions {
  readonly client: string;
  /** A folder of our own. */
  readonly temporary: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly debug: (line: string) => void;
  readonly secret: (text: string) => void;
}

export function createActionsCache(options: ActionsCacheOptions): ActionsCache {
  return {
    async restore(entries, lookupOnly) {
      const workspace = join(options.temporary, 'restored');
      await mkdir(workspace, { recursive: true });
      const task: RestoreTask = { kind: 'restore', path: ENTRY_PATH, lookupOnly, entries };
      const { answers, trouble } = await ask(options, workspace, task);
      const found = answers.flatMap((answer) => (answer.kind === 'found' ? [answer] : []));
      const keys = found.flatMap(({ name, key }) => (key === undefined ? [] : [[name, key] as const]));
      const restored = namesOf(answers, 'restored');
      const failure = found.length < entries.length ? 'it ended before it had answered' : undefined;
      const folder = (name: string) => join(workspace, ENTRY_PATH, folderOf(name));
      return {
        keys: new Map(keys),
        readRecord: async (name) =>
          restored.has(name) ? (await readPlain(join(folder(name), RECORD_FILE)))?.toString('utf8') : undefined,
        readBlob: (name, id) => readPlain(join(folder(name), id)),
        // An error after the look-up concerns a single entry.
        trouble: trouble ?? complaintOf(answers, 'look-up') ?? failure,
      };
    },
    async save(entries, pool) {
      const prepared = await Promise.all(
        entries.map(async ({ name, key, record, ids }, index) => {
          const directory = join(options.temporary, `entry-${index}`);
          const folder = join(directory, ENTRY_PATH, folderOf(name));
          await mkdir(folder, { recursive: true });
          await writeFile(join(folder, RECORD_FILE), record);
          for (const id of ids) await copyFile(pool.file(id), join(folder, id));
          return { name, key, directory };
        }),
      );
      const task: SaveTask = { kind: 'save', path: ENTRY_PATH, entries: prepared };
      const { answers, trouble } = await ask(options, options.temporary, task);
      return { names: namesOf(answers, 'saved'), trouble: trouble ?? complaintOf(answers, 'save') };
    },
  };
}

/** A valid name on every system. */
function folderOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

function namesOf(answers: readonly CacheAnswer[], kind: 'restored' | 'saved'): Set<string> {
  return new Set(answers.flatMap((answer) => (answer.kind === kind ? [answer.name] : [])));
}

// The service's message when a policy, and no fault, denies access; the client declares these texts stable.
const POLICY = /cache (?:read|write) denied:/;

function complaintOf(answers: readonly CacheAnswer[], phase: 'look-up' | 'save'): string | undefined {
  const complaints = answers.flatMap((answer) =>
    answer.kind === 'complaint' && answer.phase === phase && !POLICY.test(answer.text) ? [decode(answer.text)] : [],
  );
  return complaints[0];
}

const MASK = '::add-mask::';

/**
 * The client unpacks with `tar -P`, which writes wherever an archive points. GNU tar reads these options first, so that
 * no name leads out of the folder; other tars do not know them.
 */
const STAY_INSIDE = { TAR_OPTIONS: '--transform=s,^//*,, --transform=s,[.][.],__,g' };

/** Runs the client in a process of its own until its deadline. */
async function ask(
  { client, temporary, variables, debug, secret }: ActionsCacheOptions,
  workspace: string,
  task: RestoreTask | SaveTask,
): Promise<{ answers: CacheAnswer[]; trouble: string | undefined }> {
  const inherited = Object.entries(variables).filter(([name]) => !name.startsWith('INPUT_'));
  const env = {
    ...Object.fromEntries(inherited),
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: temporary,
    ...(task.kind === 'restore' && STAY_INSIDE),
  };
  const child = endWithProcess(fork(client, [], { cwd: workspace, env, execArgv: [], silent: true, ...OWN_GROUP }));
  const answers: CacheAnswer[] = [];
  let trouble: string | undefined;
  child.on('message', (answer: CacheAnswer) => answers.push(answer));
  const read = (line: string) => {
    if (line.startsWith(MASK)) secret(decode(line.slice(MASK.length)));
    else debug(`cache: ${line.replace(/^::[^:]*::/, '')}`);
  };
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', read);
  }
  const seconds = task.kind === 'restore' ? RESTORE_MILLISECONDS : SAVE_MILLISECONDS;
  const timer = setTimeout(() => {
    trouble = `it did not answer within ${seconds / 1000} seconds`;
    endProgram(child);
  }, seconds);
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error) => {
      trouble ??= String(error);
      resolve();
    });
  });
  child.send(task, (error) => error && debug(`cache: ${String(error)}`));
  await exited;
  clearTimeout(timer);
  if (answers.some(({ kind }) => kind === 'unavailable')) trouble = 'this runner has none';
  return { answers, trouble };
}

function decode(data: string): string {
  return data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}
