import { expect, test } from '@jest/globals';
import { folder, LogWriter, published } from './oracle/log-writer.ts';
import { tellStory } from './story.ts';

test('a story has one line a step, names instead of ids, and what is wrong where it was seen', () => {
  const log = new LogWriter();
  const first = log.push({ 'docs/a.md': 'one' });
  log.move('acme/codex', 'test', log.commit('acme/codex', {}));
  log.pull(1, first);
  const run = log.start({ inputs: { 'allow-older': 'true' } });
  log.fault(run);
  const sha = log.write('test', folder({ 'docs/a.md': 'one' }), run);
  log.end(run, published(sha, [{ path: 'docs/a.md', action: 'add' }]));
  log.end(
    log.start(),
    { conclusion: 'failed' },
    {
      error: { code: 'older-commit', message: `commit ${first} is older` },
      wrote: new Map([
        ['docs/b.md', 'two'],
        ['docs/c.md', null],
      ]),
    },
  );
  const violation = { promise: 'a promise', step: 5, text: `lost ${sha}` };
  expect(tellStory(log.log(), [violation])).toBe(
    `   0 0:00:00.000  a person: widgets main begins at widgets@1 (+docs/a.md "one")
   1 0:00:01.000  a person: codex test begins at codex@1
   2 0:00:02.000  #1 of widgets is open: feature at widgets@1 into main
   3 0:00:03.000  run 1 starts: sync-project of widgets to test (test), in widgets on push of refs/heads/main, at widgets@1, with allow-older: true
   4 0:00:04.000  run 1 meets a fault: noAnswer
   5 0:00:05.000  run 1: codex test goes to codex@2 (+projects/widgets/.codex-sync.json, +projects/widgets/docs/a.md "one")
      ✗ a promise: lost codex@2
   6 0:00:06.000  run 1 ends: published, commit codex@2, files-added 1
   7 0:00:07.000  run 2 starts: sync-project of widgets to test (test), in widgets on push of refs/heads/main, at widgets@1
   8 0:00:08.000  run 2 fails (older-commit): commit widgets@1 is older, and wrote docs/b.md "two", -docs/c.md into its checkout`,
  );
});
