import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { figuresOf, spreadOf, spreadsOf } from '../../scripts/bench/figures.ts';
import { renderBytes, renderSeconds } from '../../scripts/bench/units.ts';
import { numbersFrom, writeDocument } from '../../scripts/bench/words.ts';
import type { RecordedRequest } from '../support/github-requests.ts';

test('the median is the middle one, or halfway between two', () => {
  expect(spreadOf([3, 1, 2])).toEqual([1, 2, 3]);
  expect(spreadOf([40, 10, 20, 30])).toEqual([10, 25, 40]);
  expect(spreadOf([7])).toEqual([7, 7, 7]);
});

test('a figure that one of the runs does not have has no spread', () => {
  expect(spreadsOf([{ seconds: 1.23456, cpu: 0.123, requests: 8 }, { seconds: 2 }])).toEqual({
    seconds: [1.235, 1.617, 2],
  });
});

test('runs at the same time last from the first start to the last end, and are as large as the largest', () => {
  const request = { kind: 'git', method: 'POST', received: 10, sent: 100 } as RecordedRequest;
  const requests: RecordedRequest[] = [
    // Out of order, one within another, two that overlap, and half a second with nothing between: 1.5 + 0.5 seconds.
    { ...request, connection: 1, service: 'upload-pack', began: 3000, closed: 3500 },
    { ...request, connection: 1, service: 'receive-pack', began: 1000, closed: 2000 },
    { ...request, connection: 2, service: 'receive-pack', method: 'GET', began: 1500, closed: 2500 },
    { ...request, connection: 2, service: 'receive-pack', method: 'GET', began: 1600, closed: 1700 },
  ];
  const runs = [
    { started: 100, seconds: 3, cpu: 1, memory: 50, largest: 40, disk: 7 },
    { started: 102, seconds: 4, cpu: 2, memory: 60, largest: 30, disk: 6 },
  ];
  expect(figuresOf(runs, requests)).toEqual({
    seconds: 6,
    served: 2,
    cpu: 3,
    memory: 60,
    largest: 40,
    disk: 7,
    requests: 4,
    connections: 2,
    pushes: 1,
    up: 40,
    down: 400,
  });
  // Where a system does not tell.
  expect(figuresOf([{ started: 1, seconds: 2 }], [])).toEqual({
    seconds: 2,
    served: 0,
    requests: 0,
    connections: 0,
    pushes: 0,
    up: 0,
    down: 0,
  });
});

test('figures are as short as they are certain', () => {
  expect([0.0294, 0.9994, 1.006, 9.994, 54.32].map(renderSeconds)).toEqual([
    '29 ms',
    '999 ms',
    '1.01 s',
    '9.99 s',
    '54.3 s',
  ]);
  expect([0, 999, 3390, 125_938, 5_815_331, 176_961_275, 1_047_695_360].map(renderBytes)).toEqual([
    '0 B',
    '999 B',
    '3.4 kB',
    '126 kB',
    '5.8 MB',
    '177 MB',
    '1.0 GB',
  ]);
});

describe('documents of a generated codex', () => {
  test('are the same wherever they are made, about 5 KB, and unlike each other', () => {
    expect(writeDocument('A title', 7)).toBe(writeDocument('A title', 7));
    const texts = Array.from({ length: 200 }, (_, seed) => writeDocument('A title', seed));
    expect(new Set(texts).size).toBe(200);
    const sizes = texts.map(({ length }) => length);
    expect(Math.min(...sizes)).toBeGreaterThan(4000);
    expect(Math.max(...sizes)).toBeLessThan(6000);
  });

  test('come from numbers between 0 and 1, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20_000, max: 2 ** 30 }), (seed) => {
        const next = numbersFrom(seed);
        const numbers = Array.from({ length: 50 }, next);
        expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...numbers)).toBeLessThan(1);
        expect(new Set(numbers).size).toBeGreaterThan(45);
      }),
    );
  });
});
