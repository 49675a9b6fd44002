import { expect, test } from '@jest/globals';
import { checkNode } from '../../src/terminal/arguments.ts';

test.each(['22.0.0', '24.21.0', '100.1.0'])('Node %s will do', (version) => {
  expect(() => checkNode(version)).not.toThrow();
});

test.each(['21.7.3', '20.20.2', '9.0.0'])('Node %s is too old', (version) => {
  expect(() => checkNode(version)).toThrow(
    `This is Node ${version}, and codex-sync needs Node 22 or newer. Install it from https://nodejs.org, then run this again.`,
  );
});
