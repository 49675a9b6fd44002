// The client of the Actions cache, a process of its own: it unpacks below its current directory, knows no way to be
// stopped, and writes annotations of its own. Here it can do all of that without touching a checkout or a person's log.
import { isFeatureAvailable, restoreCache, saveCache } from '@actions/cache';

export interface RestoreTask {
  readonly kind: 'restore';
  /** The one path that entries hold. */
  readonly path: string;
  readonly lookupOnly: boolean;
  /** Keys to look for, best first; `name` comes back with the answer. */
  readonly entries: readonly { readonly name: string; readonly keys: readonly string[] }[];
}

export interface SaveTask {
  readonly kind: 'save';
  readonly path: string;
  /** `directory` holds `path` with what is saved. */
  readonly entries: readonly { readonly name: string; readonly key: string; readonly directory: string }[];
}

export type CacheAnswer =
  | { readonly kind: 'unavailable' }
  /** `key` is what was found, if anything; `restored` whether its files are there now. */
  | { readonly kind: 'restored'; readonly name: string; readonly key: string | undefined; readonly restored: boolean }
  | { readonly kind: 'saved'; readonly name: string; readonly saved: boolean };

process.once('message', (task: RestoreTask | SaveTask) => {
  void work(task).finally(() => process.disconnect());
});

async function work(task: RestoreTask | SaveTask): Promise<void> {
  if (!isFeatureAvailable()) return say({ kind: 'unavailable' });
  if (task.kind === 'save') {
    for (const { name, key, directory } of task.entries) {
      process.chdir(directory);
      process.env.GITHUB_WORKSPACE = directory;
      const id = await saveCache([task.path], key).catch(complain);
      say({ kind: 'saved', name, saved: id !== undefined && id !== -1 });
    }
    return;
  }
  await Promise.all(
    task.entries.map(async ({ name, keys: [first = '', ...others] }) => {
      // Looked up first, since the client does not tell an entry that it could not unpack from one that is not there.
      const key = await restoreCache([task.path], first, others, { lookupOnly: true }).catch(complain);
      const found = key !== undefined && !task.lookupOnly;
      const restored = found && (await restoreCache([task.path], key).catch(complain)) === key;
      say({ kind: 'restored', name, key, restored });
    }),
  );
}

function say(answer: CacheAnswer): void {
  process.send?.(answer);
}

function complain(error: unknown): undefined {
  process.stdout.write(`::warning::${String(error).replaceAll('\n', ' ')}\n`);
}
