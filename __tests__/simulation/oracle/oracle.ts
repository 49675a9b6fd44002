import type { Step, Violation, WorldLog } from '../log.ts';
import { Ledger, type Move } from './ledger.ts';
import * as checkout from './promises-of-checkout.ts';
import * as moves from './promises-of-moves.ts';
import * as outputs from './promises-of-outputs.ts';
import * as reports from './promises-of-reports.ts';

/** What the history of each move of the codex must keep, by name. */
export const MOVE_PROMISES: Readonly<Record<string, moves.MovePromise>> = {
  'a run moves only the branch of its environment': moves.writesOnlyItsBranch,
  'two mappings of one environment move nothing': moves.refusesTwoMappings,
  "a listed folder is its repository's alone": moves.listedFoldersStay,
  'a branch only moves forward': moves.movesOnlyForward,
  'a dry run changes nothing': moves.changesNothingDry,
  'a run changes only the folders of its projects': moves.leavesOtherFolders,
  'production has only texts of the release line': moves.releasesOnlyTheLine,
  'an edit is released only when told': moves.releasesEditsOnlyWhenTold,
  'documents are texts of stable refs': moves.documentsAreStable,
  'a manifest names only blobs of its branch': moves.manifestsNameHistory,
  'a pull request never moves production': moves.pullsStayOut,
  'production has no previews': moves.previewsAreNotReleased,
  'a fork writes nothing': moves.forksStayOut,
  'only owned documents are deleted': moves.deletesOnlyItsOwn,
  'the deletion guard holds': moves.guardsDeletions,
  'production goes forward': moves.productionGoesForward,
  'a roll-back holds': moves.holdsStay,
  'what documents names is there': moves.documentsAreThere,
  'what was fetched is not published': moves.fetchedStaysHome,
  "a folder stays its repository's": moves.foldersStayOwned,
  'no private text becomes public': moves.privateStaysPrivate,
  'a retirement is as large as it says': moves.guardsRetirements,
  'an older run gives way': moves.olderRunsGiveWay,
  'the preview of an open pull request stays': moves.openPreviewsStay,
  'a roll-back leaves a hold': moves.rollBacksLeaveHolds,
  'an edit stays where the project changed nothing': moves.editsStayWithoutChange,
};

/** What each report must keep. */
export const REPORT_PROMISES: Readonly<Record<string, reports.ReportPromise>> = {
  'a report names the commit': reports.namesItsCommit,
  'a report counts the changes': reports.countsItsChanges,
  'a report lists the changes': reports.listsItsChanges,
  'a lost race ends no run': reports.racesEndNoRun,
  'a conclusion is true': reports.concludesTruly,
  'held is true': reports.holdsTruly,
  'superseded is true': reports.supersedesTruly,
  'withheld is true': reports.withholdsTruly,
  'an edit survives or is listed': reports.editsSurvive,
  'what a stable run publishes is there': reports.publishesItsDocuments,
  'what an organization publishes is there': reports.publishesEachProject,
  'a dry run foretells the run': reports.dryRunsForetell,
  'a repetition is unchanged': reports.repetitionsAreUnchanged,
  'a fetch serves its own environment': reports.fetchesItsEnvironment,
  'a fetch writes below its environment': reports.fetchesIntoItsFolder,
  'what a report leaves has a reason': reports.leavesWithReason,
  'drifted is true': outputs.driftsTruly,
  'conflicts are true': outputs.conflictsTruly,
  'on-conflict is obeyed': outputs.obeysOnConflict,
  'attempts are true': outputs.countsAttempts,
  'branch-created is true': outputs.createsTruly,
  'edits and previews of a promotion are listed': outputs.tellsEditsAndPreviews,
  'a stale copy is given only without GitHub': outputs.givesStaleOnlyOffline,
  'a status is true': outputs.comparesTruly,
  'only a run that pulls writes into its checkout': checkout.writesOnlyWhenAsked,
  'a checkout gets texts of its environment': checkout.writesItsEnvironment,
  'uncommitted text stays': checkout.keepsUncommitted,
  'only documents come back': checkout.writesOnlyDocuments,
  'pulled is true': checkout.tellsWhatItWrote,
  'what the codex changed comes back': checkout.bringsBackEdits,
};

/** One step of a history, and everything that is known after it. */
export interface Moment {
  readonly step: Step;
  readonly index: number;
  readonly move: Move | undefined;
  readonly ledger: Ledger;
}
export type Watch = (moment: Moment) => void;

/** Judges a history by the promises alone: it knows the log and the published formats, and no code of the product. */
export function judge(log: WorldLog, watch: Watch = () => {}): Violation[] {
  const ledger = new Ledger(log);
  const violations: Violation[] = [];
  log.steps.forEach((step, index) => {
    const move = ledger.take(step, index);
    const broken = [...judgeMove(move, ledger), ...judgeReport(step, ledger)];
    violations.push(...broken.map(([promise, text]) => ({ promise, step: index, text })));
    watch({ step, index, move, ledger });
    if (move) ledger.settle(move);
  });
  return violations;
}

function* judgeMove(move: Move | undefined, ledger: Ledger): Iterable<[promise: string, text: string]> {
  if (move?.run === undefined) return;
  const { run } = move;
  for (const [name, promise] of Object.entries(MOVE_PROMISES))
    for (const text of promise({ ...move, run }, ledger)) yield [name, text];
}

function* judgeReport(step: Step, ledger: Ledger): Iterable<[promise: string, text: string]> {
  if (step.kind !== 'end') return;
  const run = ledger.runs.get(step.run);
  if (run?.end === undefined || run.ended === undefined) return;
  const { end, ended } = run;
  for (const [name, promise] of Object.entries(REPORT_PROMISES))
    for (const text of promise({ ...run, end, ended }, ledger)) yield [name, text];
}
