import {
  ACTION,
  CACHED,
  EMPTY,
  FIRST,
  FULL,
  ORGANIZATIONS,
  ofSize,
  REFUSED,
  SHALLOW,
  SPARSE,
  TYPED,
} from './cases/case.ts';
import type { Figure } from './figures.ts';
import { type Results, tryFind } from './results.ts';
import { renderBytes } from './units.ts';

type Value = (results: Results) => number | undefined;

/** Something that must hold on every machine: what can be counted, and ratios of what was measured in turns. */
interface Requirement {
  readonly says: string;
  readonly value: Value;
  readonly most?: number;
  readonly least?: number;
  /** How the value is shown; as a ratio unless told. */
  readonly show?: (value: number) => string;
}

export interface Verdict {
  readonly says: string;
  readonly found: string;
  readonly held: 'held' | 'missed' | 'not measured';
}

const [SMALL, LARGE] = [400, 200_000];
/** As many projects as the small one. */
const FEW_PROJECTS = 180_000;
const [FEW, MANY] = ORGANIZATIONS;

function median(name: string, contestant: string, figure: Figure, codex = LARGE): Value {
  return (results) => tryFind(results, name, codex, contestant)?.figures[figure]?.[1];
}

/** The highest of all rounds: what is exact is exact in each. */
function highest(name: string, contestant: string, figure: Figure, codex = LARGE): Value {
  return (results) => tryFind(results, name, codex, contestant)?.figures[figure]?.[2];
}

function combine(how: (...values: number[]) => number, ...values: Value[]): Value {
  return (results) => {
    const known = values.map((value) => value(results)).filter((value) => value !== undefined);
    return known.length === values.length ? how(...known) : undefined;
  };
}
const ratio = (one: Value, other: Value) => combine((a, b) => a / b, one, other);

function time(name: string, contestant: string, codex = LARGE): Value {
  return median(name, contestant, 'seconds', codex);
}

/** What comes down besides the list of projects. */
function downWithoutList(codex: number): Value {
  const list: Value = ({ codexes }) => codexes.find(({ files }) => files === codex)?.list;
  return combine((down, listed) => down - listed, median('publish-100', ACTION, 'down', codex), list);
}

const count = { show: String };
const bytes = { show: renderBytes };

/** What the figures of a run of the full size are held against; latency 30 ms, 200,000 files unless it says otherwise. */
export const REQUIREMENTS: readonly Requirement[] = [
  {
    says: 'Publish 100 documents: at least 25 times faster than a full clone',
    value: ratio(time('publish-100', FULL), time('publish-100', ACTION)),
    least: 25,
  },
  {
    says: 'Publish 100 documents: at least 1.4 times faster than a blobless sparse checkout',
    value: ratio(time('publish-100', SPARSE), time('publish-100', ACTION)),
    least: 1.4,
  },
  {
    says: 'Publish 100 documents: under 0.2 MB down',
    value: highest('publish-100', ACTION, 'down'),
    most: 199_999,
    ...bytes,
  },
  {
    says: 'Publish 100 documents: at most 14 requests',
    value: highest('publish-100', ACTION, 'requests'),
    most: 14,
    ...count,
  },
  {
    says: 'Publish 100 documents: under 5 MB of disk',
    value: highest('publish-100', ACTION, 'disk'),
    most: 4_999_999,
    ...bytes,
  },
  {
    says: 'Publish 100 documents: as many requests as into 400 files',
    value: combine(
      (large, small) => large - small,
      highest('publish-100', ACTION, 'requests'),
      highest('publish-100', ACTION, 'requests', SMALL),
    ),
    most: 0,
    show: (more) => `${more} more`,
  },
  {
    says: 'Publish 100 documents beside 20 projects: into 180,000 files at most 1.2 times as long as into 400',
    value: ratio(time('few-projects', ACTION, FEW_PROJECTS), time('few-projects', ACTION, SMALL)),
    most: 1.2,
  },
  {
    says: 'Publish 100 documents: at most 1.2 times as much down as from 400 files, the list of projects aside',
    value: ratio(downWithoutList(LARGE), downWithoutList(SMALL)),
    most: 1.2,
  },
  { says: 'Nothing to do: at most 9 requests', value: highest('nothing', ACTION, 'requests'), most: 9, ...count },
  { says: 'Nothing to do: no push', value: highest('nothing', ACTION, 'pushes'), most: 0, ...count },
  {
    says: 'A second environment: at most 1.1 times the first',
    value: ratio(time('both-environments', ACTION), time('both-environments', FIRST)),
    most: 1.1,
  },
  {
    says: 'A second environment: at most a quarter of a fresh depth-1 clone',
    value: ratio(time('second-environment', ACTION), time('second-environment', SHALLOW)),
    most: 0.25,
  },
  { says: 'Promote: at most 16 requests', value: highest('promote', ACTION, 'requests'), most: 16, ...count },
  { says: 'Fetch 1 document: at most 12 requests', value: highest('fetch-1', ACTION, 'requests'), most: 12, ...count },
  {
    says: 'Fetch 500 documents, an exact hit of the cache: at least 0.9 of their bytes do not come from git',
    value: combine(
      (cold, cached, all) => (cold - cached) / all,
      median('fetch-500', ACTION, 'down'),
      median('fetch-500', CACHED, 'down'),
      ({ documents }) => documents,
    ),
    least: 0.9,
  },
  {
    says: `An organization of ${MANY}: the time of ${FEW} times ${MANY / FEW}, and at most a tenth more`,
    value: combine(
      (many, few) => many / few / (MANY / FEW),
      time('organization', ofSize(MANY), SMALL),
      time('organization', ofSize(FEW), SMALL),
    ),
    most: 1.1,
  },
  {
    says: `An organization of ${MANY}: at most 12 pushes`,
    value: highest('organization', ofSize(MANY), 'pushes', SMALL),
    most: 12,
    ...count,
  },
  {
    says: `An organization of ${MANY}: at most 12 requests a repository`,
    value: combine((requests) => requests / MANY, highest('organization', ofSize(MANY), 'requests', SMALL)),
    most: 12,
  },
  {
    says: 'Refuse an environment: within six starts of an empty Node',
    value: ratio(time('start', REFUSED, SMALL), time('start', EMPTY, SMALL)),
    most: 6,
  },
  {
    says: 'The command at a terminal: starts within six starts of an empty Node',
    value: ratio(time('start', TYPED, SMALL), time('start', EMPTY, SMALL)),
    most: 6,
  },
  {
    says: 'Publish 50,000 documents: under 150 MB of memory, the largest process',
    value: highest('documents-50000', ACTION, 'largest', SMALL),
    most: 149_999_999,
    ...bytes,
  },
];

/** Each requirement with the figure that was found. */
export function judge(results: Results): Verdict[] {
  return REQUIREMENTS.map(({ says, value, most, least, show = (ratio) => ratio.toFixed(2) }) => {
    const found = value(results);
    if (found === undefined) return { says, found: '', held: 'not measured' };
    const isHeld = found <= (most ?? Number.POSITIVE_INFINITY) && found >= (least ?? Number.NEGATIVE_INFINITY);
    return { says, found: show(found), held: isHeld ? 'held' : 'missed' };
  });
}
