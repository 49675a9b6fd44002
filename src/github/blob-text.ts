import { blobId } from '../codex/blob-id.ts';
import { CodexSyncError } from '../errors.ts';
import type { Client } from './client.ts';
import { type Asked, failRequest } from './failures.ts';

/**
 * The text of a blob, asked of the API: one request, where git needs two.
 * @throws CodexSyncError also when the answer is not the blob that was asked for
 */
export async function readBlobText(client: Client, asked: Asked, blob: string): Promise<string> {
  // As it is: a list of blob ids takes half the bytes then, since what is base64 hardly packs.
  const text = await getBlob(client, asked, blob, 'raw');
  if (typeof text === 'string' && blobId(Buffer.from(text)) === blob) return text;
  // What is no UTF-8 came changed.
  const { content } = (await getBlob(client, asked, blob, 'json')) as { content: string };
  const bytes = Buffer.from(content, 'base64');
  if (blobId(bytes) === blob) return bytes.toString('utf8');
  throw new CodexSyncError(
    'remote-failed',
    `GitHub answered with another content than blob ${blob} of ${asked.repository}. Run it again later.`,
  );
}

async function getBlob(client: Client, { repository, ...asked }: Asked, blob: string, format: 'raw' | 'json') {
  const [owner = '', repo = ''] = repository.split('/');
  const { data } = await client.rest.git
    .getBlob({ owner, repo, file_sha: blob, mediaType: { format } })
    .catch((error: unknown) => failRequest(error, { repository, ...asked }));
  return data as unknown;
}
