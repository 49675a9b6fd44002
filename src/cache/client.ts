// The client of the Actions cache, in a process of its own: it unpacks into its current directory, cannot be stopped,
// and writes annotations. Here it reaches no checkout and no log.
import { isFeatureAvailable, restoreCache, saveCache } from '@actions/cache';

export interface RestoreTask {
  readonly kind: 'restore';
  readonly path: string;
  readonly lookupOnly: boolean;
  /** Keys to look for, best first; the answer carries `name`. */
  readonly entries: readonly { readonly name: string; readonly keys: readonly string[] }[];
}

export interface SaveTask {
  readonly kind: 'save';
  readonly path: string;
  /** `directory` holds `path` with the content to save. */
  readonly entries: readonly { readonly name: string; readonly key: string; readonly directory: string }[];
}

export type CacheAnswer =
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'complaint'; readonly phase: 'look-up' | 'restore' | 'save'; readonly text: string }
  | { readonly kind: 'found'; readonly name: string; readonly key: string | undefined }
  | { readonly kind: 'restored'; readonly name: string }
  | { readonly kind: 'saved'; readonly name: string };

let phase: Extract<CacheAnswer, { kind: 'complaint' }>['phase'] = 'look-up';

// The parent is gone: a cancelled run must not continue here.
process.once('disconnect', () => process.exit());
process.once('message', (task: RestoreTask | SaveTask) => {
  void work(task).finally(() => process.disconnect());
});
hearComplaints();

async function work(task: RestoreTask | SaveTask): Promise<void> {
  if (!isFeatureAvailable()) return send({ kind: 'unavailable' });
  await (task.kind === 'save' ? save(task) : restore(task));
}

async function restore({ entries, path, lookupOnly }: RestoreTask): Promise<void> {
  // Look up first: the client reports an entry that it could not unpack like a missing one.
  const found = await Promise.all(
    entries.map(async ({ name, keys: [first = '', ...others] }) => {
      const key = await restoreCache([path], first, others, { lookupOnly: true }).catch(complain);
      send({ kind: 'found', name, key });
      return { name, key };
    }),
  );
  if (lookupOnly) return;
  phase = 'restore';
  await Promise.all(
    found.map(async ({ name, key }) => {
      if (key === undefined) return;
      if ((await restoreCache([path], key).catch(complain)) === key) send({ kind: 'restored', name });
    }),
  );
}

async function save({ entries, path }: SaveTask): Promise<void> {
  phase = 'save';
  for (const { name, key, directory } of entries) {
    process.chdir(directory);
    process.env.GITHUB_WORKSPACE = directory;
    const id = await saveCache([path], key).catch(complain);
    if (id !== undefined && id !== -1) send({ kind: 'saved', name });
  }
}

function send(answer: CacheAnswer): void {
  process.send?.(answer);
}

function complain(error: unknown): undefined {
  send({ kind: 'complaint', phase, text: String(error) });
}

/** The client reports errors only as runner commands on standard output. */
function hearComplaints(): void {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (piece: string | Uint8Array, ...rest: unknown[]) => {
    const text = /^::(?:warning|error)[^:]*::(.*)$/m.exec(piece.toString())?.[1];
    if (text !== undefined) send({ kind: 'complaint', phase, text });
    return (write as (...args: unknown[]) => boolean)(piece, ...rest);
  };
}
