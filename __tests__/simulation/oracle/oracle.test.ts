import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import type { Visibility } from '../log.ts';
import { idOf } from './git-text.ts';
import { folder, LogWriter, published } from './log-writer.ts';
import { judge, MOVE_PROMISES, REPORT_PROMISES } from './oracle.ts';

const [PROJECT, CODEX] = ['acme/widgets', 'acme/codex'];
const A = 'docs/a.md';
const B = 'docs/b.md';
const at = (path: string, project = 'widgets') => `projects/${project}/${path}`;
const README = { 'README.md': 'codex' };

/** A project whose main has one document, and a codex that has a production branch and `test`. */
function begin(): LogWriter {
  const log = new LogWriter();
  log.push({ [A]: 'one' });
  const first = log.commit(CODEX, README);
  log.move(CODEX, 'main', first);
  log.move(CODEX, 'test', first);
  return log;
}

type Files = Readonly<Record<string, string>>;
const source = (commit: string, ref = 'refs/heads/main') => ({ source: { commit, ref } });

/** A run that publishes a folder's files, and says so. */
function publish(
  log: LogWriter,
  files: Files,
  changes: Parameters<typeof published>[1],
  more: Parameters<LogWriter['start']>[0] = {},
  said: Readonly<Record<string, unknown>> = {},
): number {
  const run = log.start(more);
  const sha = log.write(more.branch ?? (more.env === 'prod' ? 'main' : 'test'), { ...README, ...files }, run);
  log.end(run, {
    ...published(sha, changes, (said.result as Readonly<Record<string, unknown>>) ?? {}),
    ...without(said, 'result'),
  });
  return run;
}

function without(object: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}

const ADD_A = [{ path: A, action: 'add' as const }];
const MODIFY_A = [{ path: A, action: 'modify' as const }];
const DELETE_A = [{ path: A, action: 'delete' as const }];

/** A pull request whose head has another text. */
function propose(log: LogWriter, text = 'proposed', fork = false): string {
  const head = log.commit(PROJECT, { [A]: text }, [log.tip(PROJECT, 'main')]);
  if (!fork) log.move(PROJECT, 'feature', head);
  log.pull(1, head, 'open', fork);
  return head;
}

const OF_PULL = { trigger: { event: 'pull_request', action: 'opened', number: 1, ref: 'refs/pull/1/merge' } };
const preview = (commit: string, documents: Readonly<Record<string, string | null>>) => ({
  previews: { 1: { commit, documents } },
});

/** Many documents, so that the deletion guard counts. */
const many = (count: number, from = 0) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`docs/${from + index}.md`, `text ${from + index}`]));
const listed = (files: Files, action: 'add' | 'modify' | 'delete') =>
  Object.keys(files).map((path) => ({ path, action }));

/** A fetch of all documents, with what it got. */
function fetch(log: LogWriter, got: Files, env = 'test', glob = 'docs/**'): void {
  const run = log.start({
    mode: 'fetch',
    env,
    branch: env === 'prod' ? 'main' : env,
    inputs: { references: `@codex/widgets/${glob}` },
  });
  log.end(
    run,
    { conclusion: 'fetched', stale: 'false' },
    { fetched: new Map(Object.entries(got).map(([path, text]) => [`widgets/${path}`, text])) },
  );
}

type Tale = (log: LogWriter) => void;

/** For each promise a history that breaks it, and the nearest one that keeps it. */
const TALES: Readonly<Record<string, { readonly breaks: Tale; readonly keeps: Tale }>> = {
  'a run moves only the branch of its environment': {
    breaks(log) {
      const run = log.start({ branch: 'test' });
      const sha = log.write('main', { ...README, ...folder({ [A]: 'one' }) }, run);
      log.end(run, published(sha, ADD_A));
    },
    keeps: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A),
  },
  'two mappings of one environment move nothing': {
    breaks: (log) => isMappedTwice(log, 'drafts'),
    keeps: (log) => isMappedTwice(log, 'test'),
  },
  "a listed folder is its repository's alone": {
    breaks: (log) => isListed(log, 'acme/gears'),
    keeps: (log) => isListed(log, PROJECT),
  },
  'a branch only moves forward': {
    breaks(log) {
      const [run, tip] = [log.start(), log.tip(CODEX, 'test')];
      log.write('test', { ...README, 'note.md': 'by hand' });
      const sha = log.commit(CODEX, { ...README, ...folder({ [A]: 'one' }) }, [tip]);
      log.move(CODEX, 'test', sha, run);
      log.end(run, published(sha, ADD_A));
    },
    keeps(log) {
      const run = log.start();
      log.write('test', { ...README, 'note.md': 'by hand' });
      const sha = log.write('test', { ...README, 'note.md': 'by hand', ...folder({ [A]: 'one' }) }, run);
      log.end(run, published(sha, ADD_A));
    },
  },
  'a dry run changes nothing': {
    breaks: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A, { dryRun: true }),
    keeps(log) {
      const run = log.start({ dryRun: true });
      log.end(run, { conclusion: 'dry-run', 'files-added': '1', result: { changes: ADD_A } });
    },
  },
  'a run changes only the folders of its projects': {
    breaks: (log) =>
      void publish(log, { ...folder({ [A]: 'one' }), ...folder({}, { project: 'gears', files: { [B]: 'x' } }) }, ADD_A),
    keeps: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A),
  },
  'production has only texts of the release line': {
    breaks(log) {
      propose(log);
      publish(log, folder({ [A]: 'proposed' }), ADD_A, { env: 'prod' });
    },
    keeps(log) {
      const head = propose(log);
      log.move(PROJECT, 'main', head);
      publish(log, folder({ [A]: 'proposed' }), ADD_A, { env: 'prod' });
    },
  },
  'an edit is released only when told': {
    breaks(log) {
      publish(log, folder({ [A]: 'one' }), ADD_A);
      log.write('test', { ...README, ...folder({ [A]: 'one' }, { files: { [A]: 'edited' } }) });
      publish(log, folder({ [A]: 'edited' }), ADD_A, { mode: 'promote', env: 'prod' }, promoted(ADD_A));
    },
    keeps(log) {
      publish(log, folder({ [A]: 'one' }), ADD_A);
      log.write('test', { ...README, ...folder({ [A]: 'one' }, { files: { [A]: 'edited' } }) });
      const inputs = { 'release-edits': 'true' };
      publish(log, folder({ [A]: 'edited' }), ADD_A, { mode: 'promote', env: 'prod', inputs }, promoted(ADD_A));
    },
  },
  'documents are texts of stable refs': {
    breaks(log) {
      propose(log);
      publish(log, folder({ [A]: 'proposed' }), ADD_A, OF_PULL);
    },
    keeps(log) {
      const commit = propose(log);
      const shown = preview(commit, { [A]: idOf('proposed') });
      publish(log, folder({}, { files: { [A]: 'proposed' }, ...shown }), ADD_A, { ...OF_PULL, commit });
    },
  },
  'a manifest names only blobs of its branch': {
    breaks: (log) =>
      void publish(
        log,
        folder({ [A]: 'one' }, { files: { [A]: 'one' }, ...preview('1', { [B]: idOf('never pushed') }) }),
        ADD_A,
      ),
    keeps: (log) =>
      void publish(log, folder({ [A]: 'one' }, { files: { [A]: 'one' }, ...preview('1', { [B]: null }) }), ADD_A),
  },
  'a pull request never moves production': {
    breaks: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A, { ...OF_PULL, env: 'prod' }),
    keeps: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A, { env: 'prod' }),
  },
  'production has no previews': {
    breaks: (log) =>
      void publish(log, folder({ [A]: 'one' }, { files: { [A]: 'one' }, ...preview('1', { [B]: null }) }), ADD_A, {
        env: 'prod',
      }),
    keeps: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A, { env: 'prod' }),
  },
  'a fork writes nothing': {
    breaks(log) {
      const commit = propose(log, 'proposed', true);
      const shown = preview(commit, { [A]: idOf('proposed') });
      publish(log, folder({}, { files: { [A]: 'proposed' }, ...shown }), ADD_A, { ...OF_PULL, commit });
    },
    keeps(log) {
      const commit = propose(log, 'proposed', true);
      log.end(log.start({ ...OF_PULL, commit }), { conclusion: 'skipped' });
    },
  },
  'only owned documents are deleted': {
    breaks(log) {
      log.write('test', { ...README, [at(A)]: 'by hand' });
      publish(log, folder({}), DELETE_A, { mode: 'retire' }, promoted(DELETE_A, [A]));
    },
    keeps(log) {
      publish(log, folder({ [A]: 'one' }), ADD_A);
      publish(log, {}, DELETE_A, { mode: 'retire' }, promoted(DELETE_A));
    },
  },
  'the deletion guard holds': {
    breaks(log) {
      log.push(many(20));
      publish(log, folder(many(20)), listed(many(20), 'add'));
      log.push(many(10));
      publish(log, folder(many(10)), listed(many(10, 10), 'delete'));
    },
    keeps(log) {
      log.push(many(20));
      publish(log, folder(many(20)), listed(many(20), 'add'));
      log.push(many(15));
      publish(log, folder(many(15)), listed(many(5, 15), 'delete'));
    },
  },
  'production goes forward': {
    breaks(log) {
      const [older, newer] = [log.tip(PROJECT, 'main') ?? '', log.push({ [A]: 'two' })];
      publish(log, folder({ [A]: 'two' }, source(newer)), ADD_A, { env: 'prod' });
      publish(log, folder({ [A]: 'one' }, source(older)), MODIFY_A, { env: 'prod', commit: older });
    },
    keeps(log) {
      const [older, newer] = [log.tip(PROJECT, 'main') ?? '', log.push({ [A]: 'two' })];
      publish(log, folder({ [A]: 'two' }, source(newer)), ADD_A, { env: 'prod' });
      const inputs = { 'allow-older': 'true', 'release-hold': 'true' };
      publish(log, folder({ [A]: 'one' }, source(older)), MODIFY_A, { env: 'prod', commit: older, inputs });
    },
  },
  'a roll-back holds': {
    breaks: (log) => holdsBack(log, 'refs/heads/main'),
    keeps: (log) => holdsBack(log, 'refs/tags/v2.0.1'),
  },
  'what documents names is there': {
    breaks: (log) =>
      void publish(log, { ...folder({ [A]: 'one' }, { files: {} }), 'projects/widgets/z.md': 'one' }, [
        { path: 'z.md', action: 'add' },
      ]),
    keeps(log) {
      publish(log, folder({ [A]: 'one' }), ADD_A);
      // A person removes the document, and a run about another one leaves it so.
      log.write('test', { ...README, ...folder({ [A]: 'one' }, { files: {} }) });
      const main = log.push({ [A]: 'one', [B]: 'b' });
      const run = publish(
        log,
        folder({ [A]: 'one', [B]: 'b' }, { files: { [B]: 'b' }, ...source(main) }),
        [{ path: B, action: 'add' }],
        {},
        { drifted: '1', result: { 'drifted-paths': [A] } },
      );
      expect(run).toBe(2);
    },
  },
  'what was fetched is not published': {
    breaks: (log) => generates(log, '.fractary/plugins/codex/cache/acme/gears/prod/a.md'),
    keeps: (log) => generates(log, 'docs/generated.md'),
  },
  "a folder stays its repository's": {
    breaks: (log) => changesHands(log, {}),
    keeps: (log) => changesHands(log, { adopt: 'true' }),
  },
  'no private text becomes public': {
    breaks: (log) => publishesInPublic(log, {}),
    keeps: (log) => publishesInPublic(log, { 'allow-public': 'true' }),
  },
  'a retirement is as large as it says': {
    breaks: (log) => retires(log, '1'),
    keeps: (log) => retires(log, '2'),
  },
  'an older run gives way': {
    breaks: (log) => goesBack(log, {}),
    keeps: (log) => goesBack(log, { 'allow-older': 'true' }),
  },
  'the preview of an open pull request stays': {
    breaks: (log) => endsPreview(log, 'open'),
    keeps: (log) => endsPreview(log, 'merged'),
  },
  'a roll-back leaves a hold': {
    breaks: (log) => rollsBack(log, {}),
    keeps: (log) => rollsBack(log, { 'release-hold': 'true' }),
  },
  'an edit stays where the project changed nothing': {
    breaks: (log) => replacesEdit(log, 'one'),
    keeps: (log) => replacesEdit(log, 'two'),
  },
  'what a report leaves has a reason': {
    breaks: (log) => leaves(log, A),
    keeps: (log) => leaves(log, 'docs/A.md'),
  },
  'a report names the commit': {
    breaks: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A, {}, { 'commit-sha': '0'.repeat(40) }),
    keeps: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A),
  },
  'a report counts the changes': {
    breaks: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A, {}, { 'files-added': '2' }),
    keeps: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A),
  },
  'a report lists the changes': {
    breaks: (log) => void publish(log, folder({ [A]: 'one' }), [{ path: B, action: 'add' }]),
    keeps: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A),
  },
  'a lost race ends no run': {
    breaks: (log) => failsAtGitHub(log, false),
    keeps: (log) => failsAtGitHub(log, true),
  },
  'a conclusion is true': {
    breaks: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A, {}, { conclusion: 'unchanged' }),
    keeps: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A),
  },
  'held is true': {
    breaks: (log) => findsHold(log, 'two', 'b'),
    keeps: (log) => findsHold(log, 'two', 'two'),
  },
  'superseded is true': {
    breaks(log) {
      const commit = propose(log);
      log.end(log.start({ ...OF_PULL, commit }), { conclusion: 'superseded', superseded: 'true' });
    },
    keeps(log) {
      const commit = propose(log);
      const run = log.start({ ...OF_PULL, commit });
      log.pull(1, commit, 'closed');
      log.end(run, { conclusion: 'superseded', superseded: 'true' });
    },
  },
  'withheld is true': {
    breaks: (log) => withholds(log, 3),
    keeps: (log) => withholds(log, 10),
  },
  'an edit survives or is listed': {
    breaks(log) {
      publish(log, folder({ [A]: 'one' }), ADD_A);
      log.write('test', { ...README, ...folder({ [A]: 'one' }, { files: { [A]: 'edited' } }) });
      log.push({ [A]: 'two' });
      publish(log, folder({ [A]: 'two' }), MODIFY_A);
    },
    keeps(log) {
      publish(log, folder({ [A]: 'one' }), ADD_A);
      const edit = log.write('test', { ...README, ...folder({ [A]: 'one' }, { files: { [A]: 'edited' } }) });
      log.push({ [A]: 'two' });
      const url = `https://github.com/acme/codex/blob/${edit}/projects/widgets/docs/a.md`;
      publish(log, folder({ [A]: 'two' }), MODIFY_A, {}, replacing(url));
    },
  },
  'what a stable run publishes is there': {
    breaks(log) {
      log.push({ [A]: 'one', [B]: 'two' });
      publish(log, folder({ [A]: 'one' }), ADD_A);
    },
    keeps(log) {
      log.push({ [A]: 'one', 'src/b.ts': 'two' });
      publish(log, folder({ [A]: 'one' }), ADD_A);
    },
  },
  'what an organization publishes is there': {
    breaks: (log) => publishesEach(log, { [A]: 'one', [B]: 'two' }),
    keeps: (log) => publishesEach(log, { [A]: 'one', 'src/b.ts': 'two' }),
  },
  'a dry run foretells the run': {
    breaks(log) {
      log.end(log.start({ dryRun: true, inputs: { 'dry-run': 'true' } }), { conclusion: 'dry-run' });
      publish(log, folder({ [A]: 'one' }), ADD_A);
    },
    keeps(log) {
      log.end(log.start({ dryRun: true, inputs: { 'dry-run': 'true' } }), {
        conclusion: 'dry-run',
        'files-added': '1',
        result: { changes: ADD_A },
      });
      publish(log, folder({ [A]: 'one' }), ADD_A);
    },
  },
  'a repetition is unchanged': {
    breaks(log) {
      const main = log.tip(PROJECT, 'main') ?? '';
      publish(log, folder({ [A]: 'one' }), ADD_A);
      publish(log, folder({ [A]: 'one' }, source(main)), []);
    },
    keeps(log) {
      publish(log, folder({ [A]: 'one' }), ADD_A);
      log.end(log.start());
    },
  },
  'a fetch serves its own environment': {
    breaks(log) {
      publish(log, folder({ [A]: 'one' }), ADD_A, { env: 'prod' });
      fetch(log, { [A]: 'one' });
    },
    keeps(log) {
      publish(log, folder({ [A]: 'one' }), ADD_A, { env: 'prod' });
      fetch(log, { [A]: 'one' }, 'prod');
    },
  },
  'a fetch writes below its environment': {
    breaks: (log) => fetchesInto(log, 'cache/acme/widgets/docs/a.md'),
    keeps: (log) => fetchesInto(log, 'cache/acme/widgets/test/docs/a.md'),
  },
  'drifted is true': {
    breaks: (log) => findsEdit(log, {}),
    keeps: (log) => findsEdit(log, { drifted: '1', result: { 'drifted-paths': [A] } }),
  },
  'conflicts are true': {
    breaks: (log) => findsConflict(log, 'codex', { drifted: '1', result: { 'drifted-paths': [A] } }),
    keeps: (log) => findsConflict(log, 'codex', CONFLICT),
  },
  'on-conflict is obeyed': {
    breaks: (log) => findsConflict(log, 'fail', CONFLICT),
    keeps: (log) => findsConflict(log, 'codex', CONFLICT),
  },
  'attempts are true': {
    breaks: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A, {}, { attempts: '2' }),
    keeps: (log) => void publish(log, folder({ [A]: 'one' }), ADD_A),
  },
  'branch-created is true': {
    breaks: (log) => createsBranch(log, 'false'),
    keeps: (log) => createsBranch(log, 'true'),
  },
  'edits and previews of a promotion are listed': {
    breaks: (log) => promotesBeside(log, []),
    keeps: (log) => promotesBeside(log, [{ path: A, edit: 'edited' }]),
  },
  'a stale copy is given only without GitHub': {
    breaks: (log) => givesStale(log, undefined),
    keeps: (log) => givesStale(log, 'noAnswer'),
  },
  'a status is true': {
    breaks: (log) => tellsStatus(log, 'in-step'),
    keeps: (log) => tellsStatus(log, 'waiting'),
  },
  'only a run that pulls writes into its checkout': {
    breaks: (log) => pulls(log, { direction: 'to-codex' }),
    keeps: (log) => pulls(log, {}),
  },
  'a checkout gets texts of its environment': {
    breaks: (log) => pulls(log, { text: 'of another environment' }),
    keeps: (log) => pulls(log, {}),
  },
  'uncommitted text stays': {
    breaks: (log) => pulls(log, { dirty: new Map([[A, 'not committed']]) }),
    keeps: (log) => pulls(log, { dirty: new Map([[B, 'not committed']]) }),
  },
  'only documents come back': {
    breaks: (log) => pulls(log, { inputs: { include: 'guides/**' } }),
    keeps: (log) => pulls(log, { inputs: { include: 'docs/**' } }),
  },
  'pulled is true': {
    breaks: (log) => pulls(log, { said: { pulled: '2' } }),
    keeps: (log) => pulls(log, {}),
  },
  'what the codex changed comes back': {
    breaks: (log) => pulls(log, { wrote: new Map(), said: { pulled: '0' }, listed: { pulls: [] } }),
    keeps: (log) =>
      pulls(log, {
        ...{ wrote: new Map(), said: { pulled: '0' } },
        listed: { pulls: [], 'not-pulled': [{ path: A, reason: 'changed in the checkout' }] },
      }),
  },
};

type Said = Readonly<Record<string, unknown>>;
const EDITED = { ...README, ...folder({ [A]: 'one' }, { files: { [A]: 'edited' } }) };
const CONFLICT = {
  ...{ drifted: '1', conflicts: '1' },
  result: { 'drifted-paths': [A], 'conflicting-paths': [{ path: A, kept: 'codex' }] },
};

/** A report that lists an edit as replaced. */
const replacing = (url: string) => ({
  ...CONFLICT,
  result: { ...CONFLICT.result, replaced: [{ path: A, url }] },
});

/** A run of the same commit finds an edit. */
function findsEdit(log: LogWriter, said: Said): void {
  publish(log, folder({ [A]: 'one' }), ADD_A);
  log.write('test', EDITED);
  log.end(log.start(), said);
}

/** The project and a person change a document, and the edit stays. */
function findsConflict(log: LogWriter, rule: string, said: Said): void {
  publish(log, folder({ [A]: 'one' }), ADD_A);
  log.write('test', EDITED);
  log.push({ [A]: 'two' });
  log.end(log.start({ inputs: { 'on-conflict': rule } }), said);
}

/** A run replaces an edit that the project changed too. */
function replacesConflict(log: LogWriter, rule: string): void {
  publish(log, folder({ [A]: 'one' }), ADD_A);
  const edit = log.write('test', EDITED);
  log.push({ [A]: 'two' });
  const url = `https://github.com/acme/codex/blob/${edit}/projects/widgets/docs/a.md`;
  publish(log, folder({ [A]: 'two' }), MODIFY_A, { inputs: { 'on-conflict': rule } }, replacing(url));
}

/** An organization's run makes the branch of an environment. */
function createsBranch(log: LogWriter, said: string): void {
  const run = log.start({ env: 'staging' });
  log.move(CODEX, 'staging', log.tip(CODEX, 'main'), run);
  const sha = log.write('staging', { ...README, ...folder({ [A]: 'one' }) }, run);
  log.end(run, { ...published(sha, ADD_A), branch: 'staging', 'branch-created': said });
}

/** A promotion leaves an edit of its source. */
function promotesBeside(log: LogWriter, left: readonly unknown[]): void {
  publish(log, folder({ [A]: 'one' }), ADD_A);
  log.write('test', EDITED);
  const project = { project: 'widgets', changes: ADD_A, 'edits-left': left };
  const request = { mode: 'promote', env: 'prod', source: 'test' } as const;
  publish(log, folder({ [A]: 'one' }), ADD_A, request, { result: { projects: [project] } });
}

/** A fetch gives a copy. */
function givesStale(log: LogWriter, fault: string | undefined, inputs: Readonly<Record<string, string>> = {}): void {
  publish(log, folder({ [A]: 'one' }), ADD_A);
  const run = log.start({ mode: 'fetch', inputs: { references: '@codex/widgets/docs/**', ...inputs } });
  if (fault !== undefined) log.fault(run, fault);
  log.end(run, { conclusion: 'fetched', stale: 'true' }, { fetched: new Map([[`widgets/${A}`, 'one']]) });
}

/** Production has an older text than test. */
function tellsStatus(log: LogWriter, state: string): void {
  publish(log, folder({ [A]: 'one' }), ADD_A, { env: 'prod' });
  const commit = log.push({ [A]: 'two' });
  publish(log, folder({ [A]: 'two' }, { source: { repository: PROJECT, commit } }), ADD_A);
  const changes = state === 'in-step' ? {} : { modified: 1 };
  const result = { projects: [{ project: 'widgets', state, ...changes, previews: [] }] };
  log.end(log.start({ mode: 'status', env: 'prod', source: 'test' }), { conclusion: 'listed', result });
}

interface Pulling {
  readonly text?: string;
  readonly wrote?: ReadonlyMap<string, string | null>;
  readonly direction?: string;
  readonly dirty?: ReadonlyMap<string, string>;
  readonly gone?: readonly string[];
  readonly inputs?: Readonly<Record<string, string>>;
  readonly dryRun?: boolean;
  readonly said?: Said;
  readonly listed?: Said;
}

/** A person edits a document in the codex, and a run writes that into its checkout. */
function pulls(log: LogWriter, given: Pulling): void {
  const {
    text = 'edited',
    direction = 'from-codex',
    wrote = new Map([[A, text]]),
    inputs,
    said,
    listed,
    ...run
  } = given;
  publish(log, folder({ [A]: 'one' }), ADD_A);
  log.write('test', EDITED);
  const result = { 'drifted-paths': [A], pulls: [{ path: A, action: 'modify' }], ...listed };
  log.end(
    log.start({ inputs: { direction, ...inputs }, ...run }),
    { drifted: '1', pulled: '1', result, ...(run.dryRun && { conclusion: 'dry-run' }), ...said },
    { wrote },
  );
}

function changesHands(log: LogWriter, inputs: Readonly<Record<string, string>>): void {
  publish(log, folder({ [A]: 'one' }, { source: { repository: 'acme/gears' } }), ADD_A);
  log.push({ [A]: 'two' });
  publish(log, folder({ [A]: 'two' }), MODIFY_A, { inputs });
}

function publishesInPublic(log: LogWriter, inputs: Readonly<Record<string, string>>): void {
  log.set({ visibility: 'public' }, CODEX);
  publish(log, folder({ [A]: 'one' }), ADD_A, { inputs });
}

/** @param threshold the number that the run names, of two documents */
function retires(log: LogWriter, threshold: string): void {
  const files = { [A]: 'one', [B]: 'two' };
  log.push(files);
  publish(log, folder(files), listed(files, 'add'));
  const run = log.start({ mode: 'retire', inputs: { 'deletion-threshold': threshold } });
  const sha = log.write('test', README, run);
  const project = { project: 'widgets', changes: listed(files, 'delete') };
  log.end(run, { ...published(sha, listed(files, 'delete')), result: { projects: [project] } });
}

function goesBack(log: LogWriter, inputs: Readonly<Record<string, string>>): void {
  const [older, newer] = [log.tip(PROJECT, 'main') ?? '', log.push({ [A]: 'two' })];
  publish(log, folder({ [A]: 'two' }, source(newer)), ADD_A);
  publish(log, folder({ [A]: 'one' }, source(older)), MODIFY_A, { commit: older, inputs });
}

function failsAtGitHub(log: LogWriter, isAway: boolean): void {
  const run = log.start();
  if (isAway) log.fault(run);
  const error = { code: 'remote-failed', message: 'Others were faster.' };
  log.end(run, { conclusion: 'failed' }, { error });
}

/** A run of main ends the preview of a pull request. */
function endsPreview(log: LogWriter, state: 'open' | 'merged'): void {
  const head = propose(log);
  publish(log, folder({}, { ...preview(head, { [A]: idOf('proposed') }), files: { [A]: 'proposed' } }), ADD_A, OF_PULL);
  log.push({ [A]: 'two' });
  if (state === 'merged') log.pull(1, head, state);
  publish(log, folder({ [A]: 'two' }), MODIFY_A);
}

function rollsBack(log: LogWriter, inputs: Readonly<Record<string, string>>): void {
  const [older, newer] = [log.tip(PROJECT, 'main') ?? '', log.push({ [A]: 'two' })];
  publish(log, folder({ [A]: 'two' }, source(newer)), ADD_A, { env: 'prod' });
  const all = { 'allow-older': 'true', ...inputs };
  publish(log, folder({ [A]: 'one' }, source(older)), MODIFY_A, { env: 'prod', commit: older, inputs: all });
}

/** A person edits a document whose project has another text then, or still the published one. */
function replacesEdit(log: LogWriter, text: string): void {
  publish(log, folder({ [A]: 'one' }), ADD_A);
  const edit = log.write('test', { ...README, ...folder({ [A]: 'one' }, { files: { [A]: 'edited' } }) });
  log.push({ [A]: text });
  const url = `https://github.com/acme/codex/blob/${edit}/projects/widgets/docs/a.md`;
  publish(log, folder({ [A]: text }), MODIFY_A, {}, replacing(url));
}

function fetchesInto(log: LogWriter, path: string): void {
  publish(log, folder({ [A]: 'one' }), ADD_A);
  const run = log.start({ mode: 'fetch', inputs: { references: '@codex/widgets/docs/**' } });
  const result = { documents: [{ reference: '@codex/widgets/docs/a.md', path }] };
  const fetched = new Map([[`widgets/${A}`, 'one']]);
  log.end(run, { conclusion: 'fetched', stale: 'false', result }, { fetched });
}

function promoted(changes: Parameters<typeof published>[1], replaced: readonly string[] = []) {
  return { result: { projects: [{ project: 'widgets', changes, replaced }] } };
}

/** A roll-back takes back a text, and a later commit brings it again. */
function holdsBack(log: LogWriter, ref: string): void {
  const [first, second, third] = [
    log.tip(PROJECT, 'main') ?? '',
    log.push({ [A]: 'two' }),
    log.push({ [A]: 'two', [B]: 'b' }),
  ];
  publish(log, folder({ [A]: 'two' }, source(second)), ADD_A, { env: 'prod', commit: second });
  const held = {
    held: { commit: second, ref: 'refs/heads/main', documents: { [A]: idOf('two') }, since: '2026-01-01T00:00:00Z' },
  };
  const inputs = { 'allow-older': 'true' };
  publish(log, folder({ [A]: 'one' }, { ...source(first), ...held, files: { [A]: 'one' } }), MODIFY_A, {
    env: 'prod',
    commit: first,
    inputs,
  });
  const both = { [A]: 'two', [B]: 'b' };
  publish(log, folder(both, source(third, ref)), [...MODIFY_A, { path: B, action: 'add' }], {
    env: 'prod',
    commit: third,
  });
}

/** Production went back from a text to "one", and an organization's run is held back with a later commit of another text. */
function findsHold(log: LogWriter, held: string, text: string, run: Parameters<LogWriter['start']>[0] = {}): void {
  const [first, second] = [log.tip(PROJECT, 'main') ?? '', log.push({ [A]: held })];
  publish(log, folder({ [A]: held }, source(second)), ADD_A, { env: 'prod', commit: second });
  const hold = {
    commit: second,
    ref: 'refs/heads/main',
    documents: { [A]: idOf(held) },
    since: '2026-01-01T00:00:00Z',
  };
  publish(log, folder({ [A]: 'one' }, { ...source(first), held: hold, files: { [A]: 'one' } }), MODIFY_A, {
    ...{ env: 'prod', commit: first, inputs: { 'allow-older': 'true' } },
  });
  const commit = log.push({ [A]: text, [B]: 'b' });
  const project = { repository: 'widgets', project: 'widgets', commit, ref: 'refs/heads/main', hold: { kind: 'held' } };
  log.end(log.start({ mode: 'sync-org', env: 'prod', repository: CODEX, projects: ['codex'], ...run }), {
    conclusion: 'held',
    result: { projects: [{ ...project, changes: [] }] },
  });
}

/** An organization's run publishes the first document. */
function publishesEach(log: LogWriter, files: Files): void {
  const commit = log.push(files);
  const run = log.start({ mode: 'sync-org', repository: CODEX, projects: ['codex'] });
  const sha = log.write('test', { ...README, ...folder({ [A]: 'one' }, source(commit)) }, run);
  const project = { repository: 'widgets', project: 'widgets', commit, changed: true, changes: ADD_A };
  log.end(run, { ...published(sha, ADD_A), result: { projects: [project] } });
}

/** A job on main makes a file, and publishes it. */
function generates(log: LogWriter, path: string, more: Parameters<LogWriter['start']>[0] = {}): void {
  const dirty = new Map([[path, 'generated']]);
  publish(log, folder({ [A]: 'one', [path]: 'generated' }), [...ADD_A, { path, action: 'add' }], {
    dirty,
    inputs: { include: '**' },
    ...more,
  });
}

/** A job on main that follows another workflow makes a file. */
function follows(log: LogWriter, event: string | undefined, env = 'test'): void {
  const [ref, sha] = ['refs/heads/main', log.tip(PROJECT, 'main') ?? ''];
  const followed = event === undefined ? {} : { follows: { event, ref } };
  const trigger = { event: 'workflow_run', action: 'completed', ref, sha, about: sha, ...followed };
  generates(log, 'docs/generated.md', { trigger, env });
}

/** The default branch was main and is trunk, and main goes on. */
function leavesDefault(log: LogWriter, defaultBranch: string): void {
  log.move(PROJECT, 'trunk', log.tip(PROJECT, 'main'));
  log.set({ defaultBranch: 'trunk' });
  const sha = log.push({ [A]: 'two' });
  const trigger = { event: 'push', ref: 'refs/heads/main', sha, defaultBranch };
  publish(log, folder({ [A]: 'two' }, source(sha)), ADD_A, { env: 'prod', trigger });
}

/** The configuration names a branch, and a run of that branch publishes to production. */
function releasesBranch(log: LogWriter, named: string, isProtected: boolean, isLater = false): void {
  const config = JSON.stringify({ environments: { production_refs: [named] } });
  log.push({ [A]: 'one', '.fractary/plugins/codex/config.json': config });
  const sha = log.commit(PROJECT, { [A]: 'two' }, [log.tip(PROJECT, 'main')]);
  if (isProtected) log.set({ protection: { branch: 'feature', isProtected: !isLater } });
  log.move(PROJECT, 'feature', sha);
  const trigger = { event: 'push', ref: 'refs/heads/feature', sha };
  publish(log, folder({ [A]: 'two' }, source(sha, trigger.ref)), ADD_A, { env: 'prod', trigger, commit: sha });
}

/** A run repeats one that met a fault, and does more than that one. */
function repeatsAfter(log: LogWriter, fault: string): void {
  const main = log.tip(PROJECT, 'main') ?? '';
  const run = log.start();
  log.fault(run, fault);
  log.end(run, published(log.write('test', { ...README, ...folder({ [A]: 'one' }) }, run), ADD_A));
  publish(log, folder({ [A]: 'one' }, source(main)), []);
}

/** A fetch gets the first of two texts, by an answer that is late by so much; the log has a step each second. */
function fetchesLate(log: LogWriter, late: number): void {
  publish(log, folder({ [A]: 'one' }), ADD_A);
  log.push({ [A]: 'two' });
  publish(log, folder({ [A]: 'two' }), MODIFY_A);
  const run = log.start({ mode: 'fetch', inputs: { references: '@codex/widgets/docs/**' } });
  log.fault(run, 'stale', late);
  const fetched = new Map([[`widgets/${A}`, 'one']]);
  log.end(run, { conclusion: 'fetched', stale: 'false' }, { fetched });
}

/** A run of main that met a fault ends the preview of a pull request, which was opened again some seconds before. */
function endsPreviewAfter(log: LogWriter, fault: string, late?: number): void {
  const head = propose(log);
  const shown = preview(head, { [A]: idOf('proposed') });
  log.pull(1, head, 'closed');
  log.pull(1, head);
  publish(log, folder({}, { ...shown, files: { [A]: 'proposed' } }), ADD_A, { ...OF_PULL, commit: head });
  const run = log.start();
  log.fault(run, fault, late);
  log.end(run, published(log.write('test', { ...README, ...folder({ [A]: 'one' }) }, run), MODIFY_A));
}

/** A run of an organization publishes one project, and fails for another or at the codex. */
function failsInPart(log: LogWriter, more: Readonly<Record<string, unknown>>, message: (commit: string) => string) {
  const run = log.start({ mode: 'sync-org', repository: CODEX, projects: ['codex'] });
  const sha = log.write('test', { ...README, ...folder({ [A]: 'one' }) }, run);
  const failed = { repository: 'gears', project: 'gears', error: 'It is broken.' };
  const outputs = { conclusion: 'failed', attempts: '1', result: { projects: [failed] }, ...more };
  log.end(run, outputs, { error: { code: 'failed', message: message(sha) } });
}

const ONLINE = 'production has only texts of the release line';

/** What a promise does not let pass, by what the log says beside it. */
const STRICT: readonly (readonly [title: string, promise: string, breaks: Tale, keeps: Tale])[] = [
  [
    'a former default branch is on the release line only for an event of that time',
    ONLINE,
    (log) => leavesDefault(log, 'trunk'),
    (log) => leavesDefault(log, 'main'),
  ],
  [
    'a branch that only a glob names is on the release line if it is protected',
    ONLINE,
    (log) => releasesBranch(log, 'refs/heads/f*', false),
    (log) => releasesBranch(log, 'refs/heads/f*', true),
  ],
  [
    'a branch that is protected no more needs its name',
    ONLINE,
    (log) => releasesBranch(log, 'refs/heads/f*', true, true),
    (log) => releasesBranch(log, 'refs/heads/feature', false),
  ],
  [
    "text of a job that follows a comment is nobody's",
    'documents are texts of stable refs',
    (log) => follows(log, 'issue_comment'),
    (log) => follows(log, 'push'),
  ],
  [
    "text of a job that follows no known event is nobody's",
    'documents are texts of stable refs',
    (log) => follows(log, undefined),
    (log) => follows(log, 'schedule'),
  ],
  [
    "a workflow that follows a pull request is the pull request's",
    'a pull request never moves production',
    (log) => follows(log, 'pull_request', 'prod'),
    (log) => follows(log, 'push', 'prod'),
  ],
  [
    'a run that ends green after a lost answer has done all',
    'a repetition is unchanged',
    (log) => repeatsAfter(log, 'lostAnswer'),
    (log) => repeatsAfter(log, 'noAnswer'),
  ],
  [
    'a late answer is no later than the log says',
    'a fetch serves its own environment',
    (log) => fetchesLate(log, 100),
    (log) => fetchesLate(log, 10_000),
  ],
  [
    'a preview ends by no missing answer',
    'the preview of an open pull request stays',
    (log) => endsPreviewAfter(log, 'noAnswer'),
    (log) => endsPreviewAfter(log, 'stale', 60_000),
  ],
  [
    'a run that fails in part, or does not know what was accepted, names its commit',
    'a report names the commit',
    (log) => failsInPart(log, {}, () => 'It ended there: nothing was published.'),
    (log) => failsInPart(log, {}, (commit) => `It is unknown whether branch test has commit ${commit}.`),
  ],
  [
    'an edit gives way only to a rule that says so',
    'on-conflict is obeyed',
    (log) => replacesConflict(log, 'codex'),
    (log) => replacesConflict(log, 'project'),
  ],
  [
    'no conflict passes where it must fail',
    'on-conflict is obeyed',
    (log) => replacesConflict(log, 'fail'),
    (log) => replacesConflict(log, 'project'),
  ],
  [
    'a run gives no stale copy against its input',
    'a stale copy is given only without GitHub',
    (log) => givesStale(log, 'noAnswer', { 'fallback-to-stale': 'false' }),
    (log) => givesStale(log, 'noAnswer', { 'fallback-to-stale': 'true' }),
  ],
  [
    'a dry run only says what it would write',
    'only a run that pulls writes into its checkout',
    (log) => pulls(log, { dryRun: true }),
    (log) => pulls(log, { dryRun: true, wrote: new Map() }),
  ],
  [
    'a file of a program does not come back',
    'only documents come back',
    (log) => pulls(log, { wrote: new Map([['.claude/tool.js', null]]) }),
    (log) => pulls(log, {}),
  ],
  [
    'the codex maps an environment while a run goes on, and the run moves a branch that it was',
    'a run moves only the branch of its environment',
    (log) => mapsTest(log, 'drafts', 'staging'),
    (log) => mapsTest(log, 'drafts', 'test'),
  ],
  [
    'a repository that was public once is private again',
    'no private text becomes public',
    (log) => isSeenBy(log, 'public', 'public', 'private'),
    (log) => isSeenBy(log, 'public', 'private', 'public'),
  ],
  [
    'an internal codex is seen by more people than a private repository, and by as many as an internal one',
    'no private text becomes public',
    (log) => isSeenBy(log, 'internal', 'private'),
    (log) => isSeenBy(log, 'internal', 'internal'),
  ],
  [
    'a report that keeps an edit of the codex is right where a person made one',
    'what a report leaves has a reason',
    (log) => keepsEdit(log, { 'notes.md': 'by hand' }),
    (log) => keepsEdit(log, { [at(A)]: 'by hand' }),
  ],
  [
    'a file that a person removed from the working tree comes back by no pull',
    'uncommitted text stays',
    (log) => pulls(log, { gone: [A] }),
    (log) => pulls(log, { gone: [B] }),
  ],
  [
    'a run holds back in production alone',
    'held is true',
    (log) => findsHold(log, 'two', 'two', { env: 'test' }),
    (log) => findsHold(log, 'two', 'two'),
  ],
];

const CODEX_CONFIG = '.fractary/codex.yaml';

/** Project and codex each name the branch of `test`. */
function isMappedTwice(log: LogWriter, branch: string): void {
  log.push({ [A]: 'one', '.fractary/codex.yaml': `environments: { branches: { test: ${branch} } }` });
  log.write('main', { ...README, [CODEX_CONFIG]: 'environments: { branches: { test: test } }' });
  publish(log, folder({ [A]: 'one' }), ADD_A);
}

/** The codex maps `test` before a run begins, and anew while it goes on; the run moves `test`. */
function mapsTest(log: LogWriter, ...branches: readonly string[]): void {
  const map = (branch = '') =>
    log.write('main', { ...README, [CODEX_CONFIG]: `environments: { branches: { test: ${branch} } }` });
  map(branches[0]);
  const run = log.start({ branch: branches[0] ?? '' });
  map(branches[1]);
  const sha = log.write('test', { ...README, ...folder({ [A]: 'one' }) }, run);
  log.end(run, { branch: 'test', ...published(sha, ADD_A) });
}

/** What people see of codex and project, one after the other, before a run publishes. */
function isSeenBy(log: LogWriter, codex: Visibility, ...projects: readonly Visibility[]): void {
  log.set({ visibility: codex }, CODEX);
  for (const visibility of projects) log.set({ visibility });
  publish(log, folder({ [A]: 'one' }), ADD_A);
}

/** A person writes into the codex, and the report of the next run lists a document as edited there. */
function keepsEdit(log: LogWriter, written: Files): void {
  publish(log, folder({ [A]: 'one' }), ADD_A);
  log.write('test', { ...README, ...folder({ [A]: 'one' }), ...written });
  log.end(log.start(), { drifted: '1', result: { 'drifted-paths': [A] } });
}

function isListed(log: LogWriter, owner: string): void {
  log.write('main', { ...README, [CODEX_CONFIG]: `projects: { Widgets: ${owner} }` });
  publish(log, folder({ [A]: 'one' }), ADD_A);
}

/** A document stays out of the codex, in which a person wrote one of the name. */
function leaves(log: LogWriter, other: string): void {
  log.write('test', { ...README, [at(other)]: 'by hand' });
  log.end(log.start(), { result: { 'left-alone': [{ path: A, reason: 'docs/A.md is there' }] } });
}

/** So many documents are gone from the project, and stay in the codex. */
function withholds(log: LogWriter, count: number): void {
  log.push(many(20));
  publish(log, folder(many(20)), listed(many(20), 'add'));
  log.push(many(20 - count));
  const withheld = Object.keys(many(count, 20 - count));
  const result = { changes: [], 'withheld-paths': withheld };
  log.end(log.start(), { conclusion: 'withheld', 'deletions-withheld': String(count), result });
}

test('every promise has a history that breaks it, and one that keeps it', () => {
  expect(Object.keys(TALES).sort()).toEqual([...Object.keys(MOVE_PROMISES), ...Object.keys(REPORT_PROMISES)].sort());
});

test.each(Object.entries(TALES))('%s', (promise, { breaks, keeps }) => {
  const [broken, kept] = [begin(), begin()];
  breaks(broken);
  keeps(kept);
  expect(judge(broken.log()).map((violation) => violation.promise)).toContain(promise);
  expect(judge(kept.log())).toEqual([]);
});

test.each(STRICT)('%s', (_, promise, breaks, keeps) => {
  const [broken, kept] = [begin(), begin()];
  breaks(broken);
  keeps(kept);
  expect(judge(broken.log()).map((violation) => violation.promise)).toContain(promise);
  expect(judge(kept.log())).toEqual([]);
});

test('a late event is superseded by a newer head, even where that one is checked out', () => {
  const log = begin();
  const sha = propose(log);
  const commit = propose(log, 'proposed again');
  const [trigger, superseded] = [
    { ...OF_PULL.trigger, sha },
    { conclusion: 'superseded', superseded: 'true' },
  ];
  log.end(log.start({ trigger, commit }), superseded);
  expect(judge(log.log())).toEqual([]);
  log.end(log.start({ trigger: { ...trigger, sha: commit }, commit }), superseded);
  expect(judge(log.log()).map(({ promise }) => promise)).toEqual(['superseded is true']);
});

test('a run of a ref that becomes stable while it goes on may publish a preview', () => {
  const config = { '.fractary/codex.yaml': 'environments: { stable_refs: [refs/heads/develop] }' };
  const end = (isStableBefore: boolean) => {
    const log = begin();
    const commit = log.push({ [A]: 'developed' }, 'develop');
    if (isStableBefore) log.push({ [A]: 'one', ...config });
    const run = log.start({ commit, trigger: { event: 'push', ref: 'refs/heads/develop' } });
    if (!isStableBefore) log.push({ [A]: 'one', ...config });
    log.end(run, { branch: 'test' });
    return judge(log.log()).map(({ promise }) => promise);
  };
  expect(end(false)).toEqual([]);
  expect(end(true)).toEqual(['what a stable run publishes is there']);
});

test('a branch may begin at a tip of production that a late answer of GitHub names, if it is as late as that', () => {
  const begins = (fault: string | undefined, writes: number) => {
    const log = begin();
    const old = log.tip(CODEX, 'main');
    for (let index = 0; index < writes; index++) log.write('main', { 'README.md': `${index}` });
    const run = log.start({ env: 'staging', branch: 'staging' });
    if (fault) log.fault(run, fault, fault === 'stale' ? 3500 : undefined);
    log.move(CODEX, 'staging', old, run);
    return judge(log.log()).map(({ promise }) => promise);
  };
  const broken = ['a branch only moves forward'];
  expect(begins('stale', 2)).toEqual([]);
  expect(begins('stale', 20)).toEqual(broken);
  expect(begins('noAnswer', 2)).toEqual(broken);
  expect(begins(undefined, 2)).toEqual(broken);
});

test('the oracle knows no code of the product: it imports its own folder, the log, and packages', async () => {
  const [folder, log] = ['__tests__/simulation/oracle', '__tests__/simulation/log.ts'];
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  expect(names).toEqual(expect.arrayContaining(['ledger.ts', 'oracle.ts', 'promises-of-moves.ts']));
  for (const file of [...names.map((name) => `${folder}/${name}`), log]) {
    const text = await readFile(file, 'utf8');
    const imported = Array.from(text.matchAll(/(?:from |import |import\()'(\.[^']*)'/g), ([, path = '']) => path);
    const elsewhere = imported.filter((path) => file === log || (!/^\.\/[^/]+$/.test(path) && path !== '../log.ts'));
    expect({ file, elsewhere }).toEqual({ file, elsewhere: [] });
  }
});
