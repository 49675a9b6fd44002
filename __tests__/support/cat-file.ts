import { spawn } from 'node:child_process';
import { once } from 'node:events';

interface GitObject {
  readonly oid: string;
  readonly type: string;
  readonly content: Buffer;
}

/** An entry of a tree; its name is bytes. */
export interface TreeEntry {
  readonly mode: string;
  readonly name: Buffer;
  readonly oid: string;
}

export interface ObjectReader {
  /** What git finds by an expression, or id. */
  read(expression: string): Promise<GitObject | undefined>;
  close(): Promise<void>;
}

/** Reads any number of objects with one process, which begins with the first. */
export function openObjects(directory: string): ObjectReader {
  const waiting: ((found: GitObject | undefined) => void)[] = [];
  let received: Buffer = Buffer.alloc(0);
  let reader: ReturnType<typeof start> | undefined;

  function start() {
    const child = spawn('git', ['cat-file', '--batch'], { cwd: directory, stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.on('error', () => {});
    child.stdout.on('data', (bytes: Buffer) => {
      received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
      while (takeOne());
    });
    const ended = once(child, 'close').then(() => {
      for (const answer of waiting.splice(0)) answer(undefined);
    });
    return { child, ended };
  }

  /** @returns whether there was a whole answer */
  function takeOne(): boolean {
    const end = received.indexOf('\n');
    if (end < 0) return false;
    const [, oid = '', type = '', size = ''] =
      /^([0-9a-f]{40}) (\w+) (\d+)$/.exec(received.subarray(0, end).toString()) ?? [];
    const [begin, length] = [end + 1, oid === '' ? 0 : Number(size) + 1];
    if (received.length < begin + length) return false;
    const content = Buffer.from(received.subarray(begin, begin + Number(size)));
    received = received.subarray(begin + length);
    waiting.shift()?.(oid === '' ? undefined : { oid, type, content });
    return true;
  }

  return {
    read(expression) {
      // A second line would be a second question.
      if (expression === '' || /[\n\0]/.test(expression)) return Promise.resolve(undefined);
      reader ??= start();
      const { child } = reader;
      return new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin.write(`${expression}\n`);
      });
    },
    async close() {
      reader?.child.stdin.end();
      await reader?.ended;
    },
  };
}

export function treeEntries(tree: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < tree.length; ) {
    const [space, zero] = [tree.indexOf(0x20, at), tree.indexOf(0, at)];
    const next = zero + 21;
    const [mode, name] = [tree.toString('latin1', at, space), tree.subarray(space + 1, zero)];
    entries.push({ mode, name, oid: tree.toString('hex', zero + 1, next) });
    at = next;
  }
  return entries;
}
