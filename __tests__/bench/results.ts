import { REQUIREMENTS } from '../../scripts/bench/requirements.ts';
import type { Measurement, Results } from '../../scripts/bench/results.ts';

const KB = 1000;

/** A measurement whose time is so many seconds, give or take a tenth; `figures` are laid over usual ones. */
function measured(
  name: string,
  codex: number,
  contestant: string,
  seconds: number,
  figures: Measurement['figures'] = {},
): Measurement {
  const usual = {
    seconds: [seconds * 0.9, seconds, seconds * 1.1],
    served: [0.2, 0.3, 0.4],
    cpu: [0.5, 0.6, 0.7],
    memory: [99_000 * KB, 100_000 * KB, 101_000 * KB],
    largest: [79_000 * KB, 80_000 * KB, 81_000 * KB],
    disk: [70 * KB, 70 * KB, 71 * KB],
    requests: [8, 8, 9],
    connections: [4, 4, 4],
    pushes: [0, 0, 0],
    up: [88 * KB, 88 * KB, 88 * KB],
    down: [130 * KB, 130 * KB, 131 * KB],
  } as const;
  return { case: name, codex, contestant, rounds: 5, figures: { ...usual, ...figures } };
}

/** Results of a full run in which every requirement is held. */
export const everythingHeld: Results = {
  date: '2026-11-22',
  latency: 30,
  machine: { cpu: 'A processor', cores: '2', memory: '8 GB', system: 'A system' },
  versions: { action: '1.0.0 (0123456789)', node: '24.0.0', git: '2.50.0' },
  codexes: [
    { files: 400, projects: 20, commits: 81, list: 500 },
    { files: 180_000, projects: 20, commits: 81, list: 500 },
    { files: 200_000, projects: 5000, commits: 20_001, list: 126_000 },
  ],
  documents: 400 * KB,
  cases: {
    'publish-100': 'Publish 100 documents',
    'few-projects': 'Publish beside few projects',
    nothing: 'Publish nothing',
    'second-environment': 'Publish to a second environment',
    'both-environments': 'Publish to both environments',
    promote: 'Promote',
    'fetch-1': 'Fetch 1 document',
    'fetch-500': 'Fetch 500 documents',
    organization: 'Publish an organization',
    start: 'Start',
    'documents-50000': 'Publish 50,000 documents',
  },
  measurements: [
    measured('publish-100', 400, 'codex-sync', 1, { down: [4000, 4000, 4000] }),
    measured('publish-100', 200_000, 'codex-sync', 1.1),
    measured('publish-100', 200_000, 'sparse checkout', 2.2, { down: [5_800_000, 5_800_000, 5_800_000] }),
    measured('publish-100', 200_000, 'full clone', 40),
    measured('few-projects', 400, 'codex-sync', 1),
    measured('few-projects', 180_000, 'codex-sync', 1.1),
    measured('nothing', 200_000, 'codex-sync', 1),
    measured('second-environment', 200_000, 'codex-sync', 1.05),
    measured('both-environments', 200_000, 'codex-sync', 1.05),
    measured('both-environments', 200_000, 'codex-sync, the first', 1),
    measured('second-environment', 200_000, 'depth-1 clone', 20),
    measured('promote', 200_000, 'codex-sync', 1.3),
    measured('fetch-1', 200_000, 'codex-sync', 1),
    measured('fetch-500', 200_000, 'codex-sync', 1, { down: [530 * KB, 530 * KB, 530 * KB] }),
    measured('fetch-500', 200_000, 'codex-sync, cached', 1),
    measured('organization', 400, 'codex-sync, 200 repositories', 20),
    measured('organization', 400, 'codex-sync, 50 repositories', 5),
    measured('start', 400, 'an empty Node', 0.03),
    measured('start', 400, 'codex-sync, refusing', 0.15),
    measured('start', 400, 'codex-sync --version', 0.16),
    measured('documents-50000', 400, 'codex-sync', 9),
  ],
};

/** The same results with other figures of one measurement. */
export function withFigures(name: string, codex: number, contestant: string, figures: Measurement['figures']): Results {
  const measurements = everythingHeld.measurements.map((one) =>
    one.case === name && one.codex === codex && one.contestant === contestant
      ? { ...one, figures: { ...one.figures, ...figures } }
      : one,
  );
  return { ...everythingHeld, measurements };
}

export const requirements = REQUIREMENTS.map(({ says }) => says);
