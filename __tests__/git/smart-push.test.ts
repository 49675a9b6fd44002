import { describe, expect, test } from '@jest/globals';
import { parseAdvertisement, readPackets, readReport } from '../../src/git/smart-push.ts';

const line = (text: string | Buffer) => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
};
const FLUSH = Buffer.from('0000');
const REF = 'refs/heads/test';
const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];

/** As a server sends it: its report in band 1, what it says to people in band 2. */
function answerOf(lines: readonly string[], said: readonly string[] = []): Buffer {
  const report = Buffer.concat([...lines.map((one) => line(`${one}\n`)), FLUSH]);
  const messages = said.map((text) => line(`\x02${text}`));
  return Buffer.concat([...messages, line(Buffer.concat([Buffer.of(1), report])), FLUSH]);
}

describe('the report of a push', () => {
  test('says that the ref was moved', () => {
    expect(readReport(answerOf(['unpack ok', `ok ${REF}`]), REF)).toMatchObject({ isAccepted: true });
  });

  test('says why it was not, with what the server says to people', () => {
    const answer = answerOf(['unpack ok', `ng ${REF} failed to update ref`], ['error: GH', '006\nmore\n']);
    expect(readReport(answer, REF)).toEqual({
      isAccepted: false,
      summary: '[remote rejected] (failed to update ref)',
      messages: 'remote: error: GH006\nremote: more\n',
    });
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a page', Buffer.from('<html></html>')],
    ['another ref', answerOf(['unpack ok', 'ok refs/heads/other'])],
    ['a pack that is not usable', answerOf(['unpack index-pack abnormal exit', `ng ${REF} unpacker error`])],
    ['objects that are missing', answerOf(['unpack ok', `ng ${REF} missing necessary objects`])],
    ['half of an answer', answerOf(['unpack ok', `ok ${REF}`]).subarray(0, 20)],
    ['an error in band 3', Buffer.concat([line('\x03fatal'), answerOf(['unpack ok', `ok ${REF}`])])],
  ])('is none where there is %s: then git pushes', (_, body) => {
    expect(readReport(body, REF)).toBeUndefined();
  });
});

describe('an advertisement', () => {
  const type = 'application/x-git-receive-pack-advertisement';
  const advertise = (capabilities: string) =>
    Buffer.concat([
      ...[line('# service=git-receive-pack\n'), FLUSH, line(`${ONE} refs/heads/main\0${capabilities}\n`)],
      ...[line(`${TWO} ${REF}\n`), FLUSH],
    ]);
  const usual = advertise(' report-status delete-refs side-band-64k quiet object-format=sha1 agent=git/2');

  test('names the refs', () => {
    expect(parseAdvertisement({ status: 200, type, body: usual })).toEqual(
      new Map([
        ['refs/heads/main', ONE],
        [REF, TWO],
      ]),
    );
  });

  test.each([
    ['another status', { status: 401, type, body: usual }],
    ['another type', { status: 200, type: 'text/html', body: usual }],
    ['another service', { status: 200, type, body: Buffer.concat([line('# service=git-upload-pack\n'), FLUSH]) }],
    ['no report', { status: 200, type, body: advertise('side-band-64k') }],
    ['no bands', { status: 200, type, body: advertise('report-status') }],
    ['no thin packs', { status: 200, type, body: advertise('report-status side-band-64k no-thin') }],
    ['other ids', { status: 200, type, body: advertise('report-status side-band-64k object-format=sha256') }],
    ['half of it', { status: 200, type, body: usual.subarray(0, 60) }],
  ])('is none with %s: then git pushes', (_, answer) => {
    expect(parseAdvertisement(answer)).toBeUndefined();
  });
});

test('packets end where their size says', () => {
  expect(readPackets(Buffer.concat([line('a'), FLUSH, line('')]))?.map(String)).toEqual(['a', '', '']);
  for (const broken of ['000', 'zzzz', '0001', '0009a']) expect(readPackets(Buffer.from(broken))).toBeUndefined();
});
