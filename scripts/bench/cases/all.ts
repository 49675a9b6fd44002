import type { Case } from './case.ts';
import { fetchMany, fetchOne } from './fetch.ts';
import { manyDocuments } from './many-documents.ts';
import { organization } from './organization.ts';
import { publish, publishBesideFew, publishBoth, publishNothing, publishOne, publishSecond } from './publish.ts';
import { promote, status } from './release.ts';
import { start } from './start.ts';
import { writers } from './writers.ts';

/** In the order of the tables. */
export const CASES: readonly Case[] = [
  publish,
  publishBesideFew,
  publishOne,
  publishNothing,
  publishSecond,
  publishBoth,
  promote,
  fetchOne,
  fetchMany,
  status,
  organization,
  writers,
  start,
  manyDocuments,
];
