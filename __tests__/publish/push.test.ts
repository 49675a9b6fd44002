import { expect, test } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import { createBackoff, type Pushed } from '../../src/publish/push.ts';

const LOST: Pushed = { kind: 'rejected' };

/** A clock that moves only while somebody sleeps, and a die that always falls the same way. */
function patience(die: number) {
  let now = 0;
  const pauses: number[] = [];
  const sleep = async (milliseconds: number) => {
    pauses.push(milliseconds);
    now += milliseconds;
  };
  const wait = createBackoff({ now: () => new Date(now), random: () => die, sleep }, 'branch test of acme/codex');
  return { wait, pauses };
}

async function waitUntilItEnds(die: number, last: Exclude<Pushed, { kind: 'accepted' }>) {
  const { wait, pauses } = patience(die);
  for (let attempts = 1; attempts < 10_000; attempts++) {
    try {
      await wait(attempts, last);
    } catch (error) {
      return { error, attempts, pauses };
    }
  }
  throw new Error('It never ends');
}

test('pauses grow with the attempts up to ten seconds', async () => {
  const { pauses } = await waitUntilItEnds(1, LOST);
  expect(pauses.slice(0, 7)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});

test('pauses are a share of that, from nothing to all, so that runs spread out', async () => {
  const { pauses } = await waitUntilItEnds(0.25, LOST);
  expect(pauses.slice(0, 6)).toEqual([125, 250, 500, 1000, 2000, 2500]);
});

test('ends within five minutes, saying that others were faster', async () => {
  const { error, attempts, pauses } = await waitUntilItEnds(1, LOST);
  expect(pauses.reduce((sum, pause) => sum + pause)).toBeLessThanOrEqual(300_000);
  expect(pauses.reduce((sum, pause) => sum + pause)).toBeGreaterThan(280_000);
  expect(error).toBeInstanceOf(CodexSyncError);
  expect(error).toMatchObject({
    code: 'remote-failed',
    message: `After ${attempts} attempts in five minutes nothing could be published to branch test of acme/codex: other runs were always faster. Run it again later.`,
  });
});

test('or with the last words of the remote', async () => {
  const { error } = await waitUntilItEnds(1, { kind: 'unknown', message: 'HTTP 503\u001b' });
  expect(error).toMatchObject({ message: expect.stringContaining('the last answer was: HTTP 503\\u{1b}. Run it') });
});
