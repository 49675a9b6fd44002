import { fork } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BlobPool, readPlain } from './blobs.ts';
import type { CacheAnswer, RestoreTask, SaveTask } from './client.ts';

/** The one path that entries hold. The client makes it part of an entry's identity, so it never changes. */
const ENTRY_PATH = 'codex-sync';
/** Beside the blobs of an entry, each named by its id. */
const RECORD_FILE = 'record.json';

/** What the cache had. */
export interface Restored {
  /** Name of an entry -> the key that matched. */
  readonly keys: ReadonlyMap<string, string>;
  /** What an entry says of itself; `undefined` where nothing was restored. */
  readonly readRecord: (name: string) => Promise<string | undefined>;
  /** What an entry holds under a blob's id, unproved. */
  readonly readBlob: (name: string, id: string) => Promise<Buffer | undefined>;
  /** Why the cache could not be used: it is absent, slow or broken. In one clause. */
  readonly trouble: string | undefined;
}

/** An entry to save: `name` is its folder below the one path that entries hold. */
export interface NewEntry {
  readonly name: string;
  readonly key: string;
  readonly record: string;
  readonly ids: Iterable<string>;
}

/** The names of what was saved. */
export interface Saved {
  readonly names: ReadonlySet<string>;
  readonly trouble: string | undefined;
}

/** The Actions cache of this repository. No call fails, and none takes longer than its deadline. */
export interface ActionsCache {
  readonly restore: (entries: RestoreTask['entries'], lookupOnly: boolean) => Promise<Restored>;
  readonly save: (entries: readonly NewEntry[], pool: BlobPool) => Promise<Saved>;
}

const RESTORE_MILLISECONDS = 30_000;
const SAVE_MILLISECONDS = 60_000;

export interface ActionsCacheOptions {
  /** Path of the built client. */
  readonly client: string;
  /** A folder of our own. */
  readonly temporary: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly debug: (line: string) => void;
  /** Never to be shown from now on. */
  readonly secret: (text: string) => void;
}

export function createActionsCache(options: ActionsCacheOptions): ActionsCache {
  return {
    async restore(entries, lookupOnly) {
      const workspace = join(options.temporary, 'restored');
      await mkdir(workspace, { recursive: true });
      const { answers, trouble, complaint } = await ask(options, workspace, {
        kind: 'restore',
        path: ENTRY_PATH,
        lookupOnly,
        entries,
      });
      const found = answers.flatMap((answer) =>
        answer.kind === 'restored' && answer.key !== undefined
          ? [[answer.name, { key: answer.key, restored: answer.restored }] as const]
          : [],
      );
      // Where an entry was found and not restored, the complaint is that it could not be unpacked: damage, no trouble.
      const damaged = !lookupOnly && found.some(([, { restored }]) => !restored);
      const folder = (name: string) => join(workspace, ENTRY_PATH, ...name.split('/'));
      return {
        keys: new Map(found.map(([name, { key }]) => [name, key])),
        async readRecord(name) {
          const whole = found.some(([other, { restored }]) => other === name && restored);
          return whole ? (await readPlain(join(folder(name), RECORD_FILE)))?.toString('utf8') : undefined;
        },
        readBlob: (name, id) => readPlain(join(folder(name), id)),
        trouble: trouble ?? (damaged ? undefined : complaint),
      };
    },
    async save(entries, pool) {
      const laidOut = await Promise.all(
        entries.map(async ({ name, key, record, ids }, index) => {
          const directory = join(options.temporary, `entry-${index}`);
          const folder = join(directory, ENTRY_PATH, ...name.split('/'));
          await mkdir(folder, { recursive: true });
          await writeFile(join(folder, RECORD_FILE), record);
          for (const id of ids) await copyFile(pool.file(id), join(folder, id));
          return { name, key, directory };
        }),
      );
      const { answers, trouble, complaint } = await ask(options, options.temporary, {
        kind: 'save',
        path: ENTRY_PATH,
        entries: laidOut,
      });
      const names = answers.flatMap((answer) => (answer.kind === 'saved' && answer.saved ? [answer.name] : []));
      return { names: new Set(names), trouble: trouble ?? complaint };
    },
  };
}

// What the service says where a policy, and no fault, keeps a run from reading or writing; the client calls these stable.
const POLICY = /cache (?:read|write) denied:/;
const MASK = '::add-mask::';
const COMPLAINT = /^::(?:warning|error)[^:]*::(.*)$/;

/** Lets the client work in a process of its own until its deadline. */
async function ask(
  { client, temporary, variables, debug, secret }: ActionsCacheOptions,
  workspace: string,
  task: RestoreTask | SaveTask,
): Promise<{ answers: CacheAnswer[]; trouble: string | undefined; complaint: string | undefined }> {
  const inherited = Object.entries(variables).filter(([name]) => !name.startsWith('INPUT_'));
  const env = { ...Object.fromEntries(inherited), GITHUB_WORKSPACE: workspace, RUNNER_TEMP: temporary };
  const child = fork(client, [], { cwd: workspace, env, execArgv: [], silent: true });
  const answers: CacheAnswer[] = [];
  let trouble: string | undefined;
  let complaint: string | undefined;
  child.on('message', (answer: CacheAnswer) => answers.push(answer));
  const read = (line: string) => {
    const said = COMPLAINT.exec(line)?.[1];
    if (line.startsWith(MASK)) return secret(decode(line.slice(MASK.length)));
    if (said !== undefined && !POLICY.test(said)) complaint ??= decode(said);
    debug(`cache: ${line.replace(/^::[^:]*::/, '')}`);
  };
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', read);
  }
  const seconds = task.kind === 'restore' ? RESTORE_MILLISECONDS : SAVE_MILLISECONDS;
  const timer = setTimeout(() => {
    trouble = `it did not answer within ${seconds / 1000} seconds`;
    child.kill('SIGKILL');
  }, seconds);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error) => {
      trouble ??= String(error);
      resolve();
    });
  });
  child.send(task, (error) => error && debug(`cache: ${String(error)}`));
  await ended;
  clearTimeout(timer);
  if (answers.some(({ kind }) => kind === 'unavailable')) trouble = 'this runner has none';
  return { answers, trouble, complaint };
}

function decode(data: string): string {
  return data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}
