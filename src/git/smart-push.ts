import type { BlobId } from '../text/ids.ts';
import { packBlobs } from './blobs.ts';
import type { ObjectStore, PushService, Remote, ServiceResponse } from './object-store.ts';
import { type GitObject, renderThinPack } from './objects.ts';
import { type PushOutcome, parsePush } from './porcelain.ts';

/** What a push brings: objects made in this process, and documents. */
export interface MadeObjects {
  readonly objects: readonly GitObject[];
  /** Those that are not on this machine are in the codex. */
  readonly documents: readonly BlobId[];
}

/** Moves a ref from one commit to another. */
interface ExactUpdate {
  readonly ref: string;
  readonly from: string;
  readonly to: string;
}

/** Git streams what is larger. */
const [MAX_MADE_BYTES, MAX_DOCUMENT_BYTES, MAX_DOCUMENTS] = [1024 * 1024, 4 * 1024 * 1024, 2000];

/** What is known of a service, and what was read for it. */
interface Prepared {
  /** What the server said of its refs, where it can take this push. */
  advertised?: Promise<ReadonlyMap<string, string> | undefined>;
  documents?: { readonly ids: readonly BlobId[]; readonly packed: ReturnType<typeof packBlobs> };
}
const prepared = new WeakMap<PushService, Prepared>();

/** Announces a push that is certain to come, while something else is waited for. */
export function announceSmartPush(store: ObjectStore, { service }: Remote): void {
  if (service) void announce(store, service);
}

/** Announces a push, and reads and packs its documents, while something else is waited for. */
export function prepareSmartPush(store: ObjectStore, { service }: Remote, { objects, documents }: MadeObjects): void {
  if (service && isSmall(objects)) void prepare(store, service, documents);
}

function isSmall(objects: readonly GitObject[]): boolean {
  return objects.reduce((sum, { content, base }) => sum + (base ? 0 : content.length), 0) <= MAX_MADE_BYTES;
}

/** @returns the documents, and the refs as they were when the push was announced, if this push is possible */
async function prepare(
  store: ObjectStore,
  service: PushService,
  documents: readonly BlobId[],
): Promise<{ readonly pack: Buffer | undefined; readonly refs: ReadonlyMap<string, string> } | undefined> {
  const ids = [...new Set(documents)];
  if (ids.length > MAX_DOCUMENTS) return undefined;
  const state = stateOf(service);
  const advertised = announce(store, service);
  if (state.documents?.ids.join() !== ids.join()) {
    state.documents = { ids, packed: packBlobs(store, ids, MAX_DOCUMENT_BYTES).catch(() => undefined) };
  }
  const [refs, ready] = await Promise.all([advertised, state.documents?.packed]);
  return refs && ready && { ...ready, refs };
}

function stateOf(service: PushService): Prepared {
  const state = prepared.get(service) ?? {};
  prepared.set(service, state);
  return state;
}

/** Asks the server for its refs, once. */
function announce(store: ObjectStore, service: PushService): NonNullable<Prepared['advertised']> {
  const state = stateOf(service);
  state.advertised ??= readAdvertised(store, service).catch(() => undefined);
  return state.advertised;
}

async function readAdvertised(store: ObjectStore, service: PushService) {
  if (await isConfigured(store)) return undefined;
  const answer = await service.announce();
  return answer && parseAdvertisement(answer);
}

/** Whether the machine's configuration says how git connects: a proxy, certificates, another address. */
async function isConfigured({ git }: ObjectStore): Promise<boolean> {
  const { exitCode, stdout } = await git(['config', '--show-scope', '--name-only', '--get-regexp', '^(http|url)\\.']);
  if (exitCode > 1) return true;
  const lines = stdout.toString('utf8').split('\n');
  return lines.some((line) => line !== '' && !line.startsWith('command\t'));
}

/**
 * Pushes with one request over the connection of the other ones, where git's push takes a process, a connection and two
 * requests. The server compares the old commit with its own, so that nothing else can be overwritten.
 * @returns `undefined` where git has to push: the server has accepted nothing then
 */
export async function trySmartPush(
  store: ObjectStore,
  { service, url }: Remote,
  { ref, from, to }: ExactUpdate,
  { objects, documents }: MadeObjects,
): Promise<PushOutcome | undefined> {
  if (!service || !isSmall(objects)) return undefined;
  const ready = await prepare(store, service, documents);
  if (!ready) return undefined;
  const state = stateOf(service);
  // Like git, which looks there before it pushes. What was announced counts for one push.
  if (ready.refs.size > 0) state.advertised = Promise.resolve(new Map());
  const advertised = ready.refs.get(ref);
  // It may have been announced before the branch was created.
  if (advertised !== undefined && advertised !== from) return { kind: 'rejected' };
  const pack = await renderThinPack(unique(objects), ready.pack);
  const command = `${from} ${to} ${ref}\0 report-status side-band-64k object-format=sha1 agent=codex-sync`;
  const answer = await service.push(Buffer.concat([packetLine(command), FLUSH, pack]));
  const gitPushesNext = () => prepared.set(service, { advertised: Promise.resolve(undefined) });
  if (answer === undefined || answer.status >= 500) {
    // As after a lost answer to git's push, the server may have it.
    gitPushesNext();
    const message = answer ? `The requested URL returned error: ${answer.status}` : 'the connection was lost';
    return { kind: 'unknown', message };
  }
  const report = answer.status === 200 && answer.type === RESULT ? readReport(answer.body, ref) : undefined;
  if (!report) {
    gitPushesNext();
    return undefined;
  }
  const line = `${report.isAccepted ? ' ' : '!'}\t${to}:${ref}\t${report.summary}`;
  return parsePush(report.isAccepted ? 0 : 1, line, `${report.messages}error: failed to push some refs to '${url}'\n`);
}

function unique(objects: readonly GitObject[]): GitObject[] {
  return [...new Map(objects.map((one) => [one.id, one])).values()];
}

const FLUSH = Buffer.from('0000');
const RESULT = 'application/x-git-receive-pack-result';

function packetLine(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

/** @returns `undefined` where the bytes are not packets */
export function readPackets(bytes: Buffer): Buffer[] | undefined {
  const packets: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const digits = bytes.toString('latin1', at, at + 4);
    if (!/^[0-9a-f]{4}$/i.test(digits)) return undefined;
    const size = Number.parseInt(digits, 16);
    if (size > 0 && (size < 4 || at + size > bytes.length)) return undefined;
    packets.push(bytes.subarray(at + 4, at + Math.max(size, 4)));
    at += Math.max(size, 4);
  }
  return packets;
}

/** The refs of a server that can take what we send. */
export function parseAdvertisement({ status, type, body }: ServiceResponse): ReadonlyMap<string, string> | undefined {
  if (status !== 200 || type !== 'application/x-git-receive-pack-advertisement') return undefined;
  const [service, ...lines] = (readPackets(body) ?? []).map((packet) => packet.toString('utf8').trimEnd());
  if (service !== '# service=git-receive-pack') return undefined;
  const [first = '', ...others] = lines.filter((line) => line !== '');
  const [ref = '', capabilities = ''] = first.split('\0');
  const supported = capabilities.trim().split(' ');
  const format = supported.find((one) => one.startsWith('object-format='));
  if (format !== undefined && format !== 'object-format=sha1') return undefined;
  if (!supported.includes('report-status') || !supported.includes('side-band-64k') || supported.includes('no-thin'))
    return undefined;
  return new Map([ref, ...others].map((line) => [line.slice(41), line.slice(0, 40)]));
}

interface Report {
  readonly isAccepted: boolean;
  readonly summary: string;
  /** As git prints them. */
  readonly messages: string;
}

/** @returns `undefined` without a whole report, and where the server could not use the pack: git may send a better one */
export function readReport(body: Buffer, ref: string): Report | undefined {
  const packets = readPackets(body);
  if (!packets) return undefined;
  const [reports, messages]: [Buffer[], Buffer[]] = [[], []];
  for (const packet of packets) {
    if (packet[0] === 1) reports.push(packet.subarray(1));
    else if (packet[0] === 2) messages.push(packet.subarray(1));
    else if (packet.length > 0) return undefined;
  }
  const lines = readPackets(Buffer.concat(reports))?.map((line) => line.toString('utf8').trimEnd()) ?? [];
  if (lines[0] !== 'unpack ok') return undefined;
  const output = Buffer.concat(messages)
    .toString('utf8')
    .split(/\r?\n|\r/)
    .filter((line) => line !== '');
  const remote = output.map((line) => `remote: ${line}\n`).join('');
  if (lines.includes(`ok ${ref}`)) return { isAccepted: true, summary: 'accepted', messages: remote };
  const reason = lines.find((line) => line.startsWith(`ng ${ref} `))?.slice(`ng ${ref} `.length);
  if (reason === undefined || /missing necessary objects/.test(reason)) return undefined;
  return { isAccepted: false, summary: `[remote rejected] (${reason})`, messages: remote };
}
