import { CodexSyncError } from '../errors.ts';
import { blobId } from '../plan/blob-id.ts';
import type { Client } from './client.ts';
import { type Asked, failRequest } from './failures.ts';

/**
 * The text of a blob, asked of the API: one request, where git needs two.
 * @throws CodexSyncError also when the answer is not the blob that was asked for
 */
export async function readBlobText(client: Client, asked: Asked, blob: string): Promise<string> {
  const [owner = '', repo = ''] = asked.repository.split('/');
  const { data } = await client.rest.git
    .getBlob({ owner, repo, file_sha: blob })
    .catch((error: unknown) => failRequest(error, asked));
  const content = Buffer.from(data.content, 'base64');
  if (blobId(content) === blob) return content.toString('utf8');
  throw new CodexSyncError(
    'remote-failed',
    `GitHub answered with another content than blob ${blob} of ${asked.repository}. Run it again later.`,
  );
}
