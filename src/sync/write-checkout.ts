import { join, posix } from 'node:path';
import { inTurns, type Pull, withDependents } from '../codex/pull-plan.ts';
import { CodexSyncError } from '../errors.ts';
import { writeBlobs } from '../git/blobs.ts';
import { pulledFrom } from '../git/checkout-files.ts';
import { findUnpublishable } from '../git/read-documents.ts';
import { pullsDocuments } from '../inputs/definitions.ts';
import type { CheckoutSession } from '../publish/session.ts';
import { publishedValues } from '../report/write-result.ts';
import { type SyncProjectResult, toWriteResult, unfinishedSentence } from './report.ts';

/**
 * Runs after the push. Refuses paths one by one; a dry run checks everything and writes nothing.
 * @throws CodexSyncError that reports the documents published and written before
 */
export async function writePulled(result: SyncProjectResult, session: CheckoutSession): Promise<SyncProjectResult> {
  const { plan, request } = result;
  if (!plan || !pullsDocuments(request.direction)) return result;
  const { checkout, files, store, codex } = session;
  const refused = new Map(plan.refused);
  const done: Pull[] = [];
  let current: string | undefined;
  if (result.commit) session.record(publishedValues(toWriteResult(result)));
  try {
    const directory = await files.createFolder();
    const pathOf = new Map(
      plan.pulls.flatMap(({ path, document }) => (document ? [[document.id, path] as const] : [])),
    );
    await writeBlobs(store, codex, [...pathOf.keys()], directory);
    const unpublishable = await findUnpublishable(store, codex, pathOf);
    const wanted = plan.pulls.map(({ path, replaces, document }) => {
      const writes = document && { id: document.id, file: join(directory, document.id) };
      return { path, holds: replaces, writes };
    });
    const places = await files.findPlaces(wanted);
    const unwanted = plan.pulls.flatMap(({ path, document }) => {
      const why = document && unpublishable.get(document.id);
      return why === undefined ? [] : [[path, why] as const];
    });
    const denied = [...unwanted, ...places.refused];
    if (!request.dryRun) {
      const from = pulledFrom(request.codex, request.environment.branch);
      const wanted = plan.pulls.filter(({ path }) => places.free.has(path));
      await files.savePulled(new Map(wanted.map(({ path }) => [posix.join(request.directory, path), from])));
    }
    for (const turn of inTurns(plan.pulls)) {
      const waiting = withDependents(plan.pulls, new Map([...denied, ...refused]), result.selection);
      for (const pull of turn) {
        const { path, document } = pull;
        current = path;
        const content = document && join(directory, document.id);
        const write = () => files.write(path, places.free.get(path), content);
        const reason = waiting.get(path) ?? (request.dryRun ? undefined : await write());
        if (reason === undefined) done.push(pull);
        else refused.set(path, reason);
        if (!request.dryRun) session.record({ pulled: done.length });
      }
    }
  } catch (error) {
    const why = error instanceof CodexSyncError ? error.message : (error as NodeJS.ErrnoException).code;
    // An error without a system code is a bug in this tool.
    if (why === undefined) throw error;
    const code = error instanceof CodexSyncError ? error.code : 'bad-checkout';
    throw new CodexSyncError(code, unfinishedSentence(result, current, why, done), undefined, { cause: error });
  }
  const pulls = plan.pulls.filter(({ path }) => !refused.has(path));
  return { ...result, pulled: { commit: checkout.head.id, pulls, refused } };
}
