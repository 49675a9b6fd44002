import { describe, expect, test } from '@jest/globals';
import { compareRecords, renderDifferences } from '../../scripts/compare-records.ts';
import { normalize, type Parts, parseRecord, renderRecord } from './record.ts';

const parts = (changes: Partial<Parts> = {}): Parts => ({ exit: '0', outputs: '', summary: '', log: '', ...changes });
const records = (changes?: Partial<Parts>, path = 'stories/fetch/a-1.txt') =>
  new Map([[path, renderRecord('stories/fetch: a (run 1)', parts(changes))]]);

describe('normalization', () => {
  const commit = (digit: string) => digit.padEnd(39, 'a4') + '0';

  test('numbers ids in the order of their appearance, and keeps the length of those that are cut', () => {
    const [first, second] = [commit('6'), commit('7')];
    const log = `${second.slice(0, 12)} ${first.slice(0, 7)} ${commit('8').slice(0, 12)} ${commit('8')}`;
    const cut = '<id 2, 12 digits> <id 1, 7 digits> <id 3, 12 digits> <id 3>';
    const expected = { outputs: 'a=<id 1>,<id 2>', log: cut };
    expect(normalize(parts({ outputs: `a=${first},${second}`, log }))).toEqual(parts(expected));
  });

  test('leaves numbers and words', () => {
    const log = 'run 9000000001 of 1234567 defaced ghs_runner6163 0.5';
    expect(normalize(parts({ log })).log).toBe(log);
  });

  test.each([
    ['http://127.0.0.1:40123/acme', 'http://127.0.0.1:<port>/acme'],
    ['in /tmp/local-github-aB3dE6/runner-xY1zZ2/_temp/a', 'in <runner>/_temp/a'],
    ['"/tmp/local-github-aB3dE6/no-checkout-xY1zZ2", "../checkout-xY1zZ2/a"', '"<no-checkout>", "<checkout>/a"'],
    ['cut to 123456789012', 'cut to <id 1, 12 digits>'],
    ['http&#58;//127.0.0.1&#58;40123/acme', 'http&#58;//127.0.0.1&#58;<port>/acme'],
    ['since 2026-11-30 16:19 (4 seconds)', 'since <time> (<age>)'],
    [`of 2026-11-30T16&#58;19&#58;43Z`, 'of <time>'],
    [`${'/'.padEnd(33, '0a')}-${'b1'.repeat(16)}-mx3hkx79`, '/<id 1>-<id 2>-<time>'],
    [`::add-mask::${'Ab/+'.repeat(12)}=`, '::add-mask::<secret>'],
    ['::add-mask::ghp_codex', '::add-mask::ghp_codex'],
    [`Commit of ${' '.repeat(20)}Age   Commit`, 'Commit of  Age  Commit'],
    [`2026-11-30 16:19 (1 second)${' '.repeat(4)}a`, '<time> (<age>)  a'],
    ['{"age-seconds":1}', '{"age-seconds":<age>}'],
    ['Age  State\n10 seconds  fresh', 'Age  State\n<age>  fresh'],
    ['| 1 second | fresh |', '| <age> | fresh |'],
    ['expired after 24 hours', 'expired after 24 hours'],
    ['Error: a\n    at b (file:///c.js:1:2)\n    at async d (e.js:3:4)\nf', 'Error: a\n<stack>\nf'],
    ['a\n5 of 7 repositories done in 31 seconds, about 12 seconds left\nb', 'a\nb'],
    ['"size":651,"createdAt":"a"', '"size":<size>,"createdAt":"a"'],
    ['| 651 B | 2026-11-30T16:19:43Z | 3 | 2026-11-30 16:19', '| <size> | <time> | 3 | <time>'],
    ['reached: waiting 3 seconds.', 'reached: waiting <seconds>.'],
    ['::debug::b 200 with id 118 in 20ms\nc\n::debug::a 1234567890ab\n', 'c\n\n::debug::a <id>\n::debug::b 200'],
    ['at 2026-11-30T16:19:43.120Z, not 2026-11-30', 'at <time>, not 2026-11-30'],
  ])('%j becomes %j', (log, expected) => {
    expect(normalize(parts({ log })).log).toBe(expected);
  });
});

describe('comparison', () => {
  test('a record is read as it was written', () => {
    const given = parts({ exit: '1', summary: '## Title\n\n=== not a part\n', log: '' });
    expect(parseRecord(renderRecord('a: b (run 1)', given))).toEqual({ name: 'a: b (run 1)', parts: given });
  });

  test('equal records have no differences', () => {
    const differences = compareRecords(records({ log: 'a' }), records({ log: 'a' }));
    expect(differences).toEqual([]);
    expect(renderDifferences(differences)).toBe('Exit, outputs and summary: no differences\n\nLog: no differences\n');
  });

  test('names the run and the part, with the changed lines and the lines around them', () => {
    const lines = ['a', 'b', 'c', 'd', 'e', 'f'];
    const before = records({ outputs: 'result={"a":1,"b":2}', log: [...lines, 'old'].join('\n') });
    const after = records({ outputs: 'result={"a":1,"b":3}', log: [...lines, 'new', 'more'].join('\n') });
    expect(renderDifferences(compareRecords(before, after))).toBe(`Exit, outputs and summary: 1 different

stories/fetch: a (run 1): outputs
   result={"a":1,
  -"b":2}
  +"b":3}

Log: 1 different

stories/fetch: a (run 1): log
  …
   e
   f
  -old
  +new
  +more
`);
  });

  test('the runs of a test match in any order, and those that are left in theirs', () => {
    const runs = (...logs: string[]) =>
      new Map(logs.map((log, at) => [`a-${at + 1}.txt`, renderRecord(`a (run ${at + 1})`, parts({ log }))]));
    expect(compareRecords(runs('a', 'b', 'c'), runs('c', 'a', 'b'))).toEqual([]);
    const differences = compareRecords(runs('a', 'a', 'old', 'gone'), runs('a', 'new', 'a'));
    expect(differences).toEqual([
      { name: 'a (run 3)', part: 'log', lines: ['-old', '+new'] },
      { name: 'a (run 4)', part: 'record', lines: ['only before'] },
    ]);
    const changed = compareRecords(runs(...'abcdefghij'), runs(...'aBcdefghiJ'));
    expect(changed.map(({ name }) => name)).toEqual(['a (run 2)', 'a (run 10)']);
  });

  test('a run that only one side has is a difference', () => {
    const difference = { name: 'stories/fetch: a (run 1)', part: 'record' };
    expect(compareRecords(records(), new Map())).toEqual([{ ...difference, lines: ['only before'] }]);
    expect(compareRecords(new Map(), records())).toEqual([{ ...difference, lines: ['only after'] }]);
  });
});
