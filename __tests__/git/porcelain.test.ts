import { describe, expect, test } from '@jest/globals';
import { decodeName, lastMessage, parsePush, parseTreeEntry, splitNul } from '../../src/git/porcelain.ts';
import { blobId } from '../../src/text/ids.ts';
import { parseListing } from '../support/listing.ts';

const [ONE, TWO] = [blobId('1'.repeat(40)), blobId('2'.repeat(40))];
const NOTHING = Buffer.alloc(0);

function bytes(...pieces: (string | Uint8Array | readonly number[])[]): Buffer {
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece))));
}

describe('splitNul', () => {
  test.each([
    ['', []],
    ['a\0', ['a']],
    ['a\0b\0', ['a', 'b']],
    ['a\0b', ['a', 'b']],
    ['\0', ['']],
    ['a\n\0\t\0', ['a\n', '\t']],
  ])('%j', (text, pieces) => {
    expect(splitNul(Buffer.from(text)).map(String)).toEqual(pieces);
  });
});

describe('decodeName', () => {
  test.each(['docs/a.md', 'é 日本 🎉', '\ufeffmark.md', 'a\nb', ''])('%j', (name) => {
    expect(decodeName(Buffer.from(name))).toBe(name);
  });

  test.each([[[0x63, 0xe9]], [[0xff]], [[0xed, 0xa0, 0x80]], [[0xc0, 0xaf]]])('%j is not UTF-8', (name) => {
    expect(decodeName(Buffer.from(name))).toBeUndefined();
  });
});

describe('createListing', () => {
  const empty = {
    index: new Map(),
    changed: new Set(),
    deleted: new Set(),
    unmerged: new Set(),
    untracked: [],
    nested: [],
    nestedIgnored: [],
    nestedSelected: new Set(),
    ignored: [],
    bitAlone: new Map(),
    filtered: new Map(),
    undecodable: [],
  };
  const file = { mode: '100644', id: ONE };

  test.each<[string, Buffer, Partial<ReturnType<typeof parseListing>>]>([
    ['nothing', NOTHING, {}],
    ['a tracked file', bytes(`H 100644 ${ONE} 0\tdocs/a.md\0`), { index: new Map([['docs/a.md', file]]) }],
    ['one that sparse-checkout hides', bytes(`S 100644 ${ONE} 0\ta.md\0`), { index: new Map([['a.md', file]]) }],
    [
      'an executable file, a link and a submodule',
      bytes(`H 100755 ${ONE} 0\ta\0H 120000 ${TWO} 0\tb\0H 160000 ${ONE} 0\tc\0`),
      {
        index: new Map([
          ['a', { mode: '100755', id: ONE }],
          ['b', { mode: '120000', id: TWO }],
          ['c', { mode: '160000', id: ONE }],
        ]),
      },
    ],
    [
      'a changed file, listed twice',
      bytes(`H 100644 ${ONE} 0\ta\0C 100644 ${ONE} 0\ta\0`),
      { index: new Map([['a', file]]), changed: new Set(['a']) },
    ],
    [
      'a deleted file, listed three times',
      bytes(`H 100644 ${ONE} 0\ta\0R 100644 ${ONE} 0\ta\0C 100644 ${ONE} 0\ta\0`),
      { index: new Map([['a', file]]), deleted: new Set(['a']), changed: new Set(['a']) },
    ],
    ['untracked files', bytes('? a\0? docs/b c.md\0'), { untracked: ['a', 'docs/b c.md'] }],
    ['a repository inside this one', bytes('? vendor/\0'), { nested: ['vendor'] }],
    [
      'names with tabs, line breaks and what looks like an entry',
      bytes(`H 100644 ${ONE} 0\ta\tb\nC 100644\tx\0? H 100644 ${TWO} 0\ty\0`),
      { index: new Map([['a\tb\nC 100644\tx', file]]), untracked: [`H 100644 ${TWO} 0\ty`] },
    ],
    [
      'names that are not UTF-8',
      bytes(`H 100644 ${ONE} 0\tcaf`, [0xe9], '.md\0? ', [0xff], '\0'),
      { undecodable: ['caf\xe9.md', '\xff'] },
    ],
  ])('%s', (_, output, expected) => {
    expect(parseListing(output, NOTHING)).toEqual({ ...empty, ...expected });
  });

  test('a file in an unfinished merge', () => {
    const stages = [1, 2, 3].map((stage) => `M 100644 ${stage === 1 ? ONE : TWO} ${stage}\ta\0`);
    expect(parseListing(bytes(...stages), NOTHING)).toMatchObject({ unmerged: new Set(['a']), untracked: [] });
  });

  test('ignored files, without names that are not UTF-8, and the repositories among them', () => {
    const { ignored, nestedIgnored } = parseListing(NOTHING, bytes('build/a.md\0vendor/\0', [0xff], '\0b\nc\0'));
    expect([ignored, nestedIgnored]).toEqual([['build/a.md', 'b\nc'], ['vendor']]);
  });
});

describe('parseTreeEntry', () => {
  test('every kind of entry, and any name', () => {
    const output = bytes(
      `100644 blob ${ONE}\tdocs/a\tb\n.md\0`,
      `040000 tree ${TWO}\tdocs\0`,
      `160000 commit ${ONE}\tsub\0`,
      `120000 blob ${TWO}\t`,
      [0xe9],
      '\0',
    );
    expect(splitNul(output).map(parseTreeEntry)).toEqual([
      { mode: '100644', type: 'blob', id: ONE, path: 'docs/a\tb\n.md' },
      { mode: '040000', type: 'tree', id: TWO, path: 'docs' },
      { mode: '160000', type: 'commit', id: ONE, path: 'sub' },
      { mode: '120000', type: 'blob', id: TWO, path: undefined },
    ]);
    expect(splitNul(NOTHING).map(parseTreeEntry)).toEqual([]);
  });
});

describe('parsePush', () => {
  const push = (flag: string, summary: string) =>
    `To http://host/codex\n${flag}\tabc:refs/heads/test\t${summary}\nDone\n`;

  test.each([
    ['forward', push(' ', 'abc..def')],
    ['a new branch', push('*', '[new branch]')],
    ['up to date', push('=', '[up to date]')],
  ])('landed: %s', (_, stdout) => {
    expect(parsePush(0, stdout, '')).toEqual({ kind: 'accepted' });
  });

  test.each([
    '[rejected] (fetch first)',
    '[rejected] (non-fast-forward)',
    '[rejected] (stale info)',
    "[remote rejected] (cannot lock ref 'refs/heads/test': is at 1 but expected 2)",
    '[remote rejected] (failed to update ref)',
    '[remote rejected] (incorrect old value provided)',
    '[remote rejected] (reference already exists)',
    "[remote rejected] (reference 'refs/heads/test' does not exist)",
  ])('a lost race: %s', (summary) => {
    expect(parsePush(1, push('!', summary), 'error: failed to push some refs')).toEqual({ kind: 'rejected' });
  });

  test.each([
    '[remote rejected] (protected branch hook declined)',
    '[remote rejected] (pre-receive hook declined)',
    '[remote rejected] (push declined due to repository rule violations)',
    '[remote rejected] (permission denied)',
  ])("a refusal, with the remote's words: %s", (summary) => {
    const stderr =
      'remote: error: GH006: Protected branch update failed.   \nremote: \nremote:  Ask @admin.\nerror: failed\n';
    expect(parsePush(1, push('!', summary), stderr)).toEqual({
      kind: 'refused',
      message: `error: GH006: Protected branch update failed. Ask @admin. ${summary}`,
      lines: ['error: GH006: Protected branch update failed.', '', ' Ask @admin.'],
    });
    expect(parsePush(1, push('!', summary), '')).toEqual({ kind: 'refused', message: summary, lines: [] });
  });

  test.each([
    'error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413',
    "fatal: unable to access 'http://host/': The requested URL returned error: 407",
  ])('a refusal by the status of HTTP, which will be the same the next time: %s', (line) => {
    const stderr = `${line}\nsend-pack: unexpected disconnect while reading sideband packet\n`;
    expect(parsePush(128, '', stderr)).toEqual({ kind: 'refused', message: line.replace(/^\w+: /, ''), lines: [] });
  });

  test('a refusal of a push that is too large, in which the server hangs up', () => {
    const message = 'fatal: pack exceeds maximum allowed size (2.00 GiB)';
    const stderr = `remote: ${message}   \nerror: RPC failed; curl 92 HTTP/2 stream 0 was not closed cleanly: CANCEL (err 8)\n`;
    expect(parsePush(128, '', stderr)).toEqual({ kind: 'refused', message, lines: [message] });
    expect(parsePush(128, '', stderr.replace('remote: ', '')).kind).toBe('unknown');
  });

  test.each([401, 403, 404, 408, 429, 500, 503])(
    'status %i of HTTP is none: it may pass, or is asked about',
    (status) => {
      const stderr = `error: RPC failed; HTTP ${status} curl 22 The requested URL returned error: ${status}\n`;
      expect(parsePush(1, '', stderr).kind).toBe('unknown');
    },
  );

  test('words of the remote do not decide', () => {
    const stderr = 'remote: cannot lock ref, failed to update ref, [rejected]\n';
    expect(parsePush(1, push('!', '[remote rejected] (hook declined)'), stderr).kind).toBe('refused');
  });

  test.each([
    ['nothing', 128, '', "fatal: unable to access 'http://host/': The requested URL returned error: 403\n"],
    ['no line for the ref', 1, 'To http://host/codex\nDone\n', 'fatal: the remote end hung up unexpectedly\n'],
    ['an accident of the server', 1, push('!', '[remote rejected] (Internal Server Error)'), ''],
    ['another accident of it', 1, push('!', '[remote rejected] (fatal error in commit_refs)'), ''],
    ['no report of its status', 1, push('!', '[remote failure] (remote failed to report status)'), 'error: hung up\n'],
  ])('unanswered, so that it may have landed: %s', (_, exitCode, stdout, stderr) => {
    expect(parsePush(exitCode, stdout, stderr)).toMatchObject({ kind: 'unknown' });
  });
});

test.each([
  ['fatal: no\n', 'no'],
  ['warning: x\nerror: failed to push\n\n', 'failed to push'],
  ['plain words', 'plain words'],
  ['', 'git gave no message'],
  [' \n', 'git gave no message'],
])('the last words of %j are %j', (stderr, message) => {
  expect(lastMessage(stderr)).toBe(message);
});
