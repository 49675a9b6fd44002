import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { Database } from './database.ts';

function contentOf(database: Database, id: string): readonly [type: string, content: Buffer] {
  const blob = database.readBlob(id);
  if (blob) return ['blob', blob];
  const commit = database.commit(id);
  if (commit) return ['commit', Buffer.from(commit.text)];
  const pieces = (database.tree(id) ?? []).flatMap(({ mode, name, id }) => [
    Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`),
    Buffer.from(id, 'hex'),
  ]);
  return ['tree', Buffer.concat(pieces)];
}

/** Writes objects and refs of the simulation into a repository on the disk. */
export async function saveRepository(
  directory: string,
  database: Database,
  objects: Iterable<string>,
  refs: Iterable<readonly [name: string, commit: string]>,
): Promise<void> {
  for (const id of objects) {
    const [type, content] = contentOf(database, id);
    const folder = join(directory, 'objects', id.slice(0, 2));
    await mkdir(folder, { recursive: true });
    const bytes = deflateSync(Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]));
    await writeFile(join(folder, id.slice(2)), bytes);
  }
  for (const [ref, commit] of refs) {
    await mkdir(dirname(join(directory, ref)), { recursive: true });
    await writeFile(join(directory, ref), `${commit}\n`);
  }
}
