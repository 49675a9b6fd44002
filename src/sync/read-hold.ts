import type { Relation, RunCommit } from '../codex/commit-order.ts';
import { asksForHeld, decideHold, type HoldDecision, planHold } from '../codex/hold.ts';
import { type Hold, type Manifest, type Source, utcSeconds } from '../codex/manifest.ts';
import type { Environment } from '../inputs/environment.ts';
import type { Trigger } from '../inputs/trigger.ts';
import type { Session } from '../publish/session.ts';

/** What a run says about holds. */
interface HoldRules {
  readonly environment: Environment;
  readonly trigger: Trigger;
  readonly releaseHold: boolean;
  readonly reason: string | undefined;
}

/** A run that would publish `documents`. */
export interface HoldableRun {
  readonly run: RunCommit;
  /** What it would publish, by path. */
  readonly texts: ReadonlyMap<string, { readonly id: string }>;
  /** Whether somebody promotes the project by its name. */
  readonly isByName: boolean;
}

/**
 * Tells what a hold does with a run, and which hold the run leaves (design section 4, "A roll-back holds").
 * @param readRelation how the first commit stands to the second; by the commits alone, since a date tells neither what a hold
 * keeps out nor which of two holds stays
 */
export function createHoldReader(
  { environment, trigger, releaseHold, reason }: HoldRules,
  session: Pick<Session, 'now'>,
  readRelation: (other: Source, ours: Source) => Promise<Relation>,
) {
  const known = new Map<string, Promise<Relation>>();

  async function relationOf({ repository, directory }: Source, other: string, commit: string): Promise<Relation> {
    if (other === commit) return 'same';
    const question = `${repository} ${other} ${commit}`;
    const about = { repository, directory };
    const answer = known.get(question) ?? readRelation({ ...about, commit: other }, { ...about, commit });
    known.set(question, answer);
    return answer;
  }

  return {
    async decide({ held, source }: Manifest, { run, texts, isByName }: HoldableRun): Promise<HoldDecision> {
      if (held === undefined) return { kind: 'stays' };
      const question = { held, ours: run, published: source?.commit, isByName, releases: releaseHold };
      const asks = source !== undefined && asksForHeld(question);
      const relation = asks ? await relationOf(source, held.commit, run.commit) : 'unknown';
      return decideHold({ ...question, relation, texts });
    },

    /** @param decision none of `held` */
    async leave(
      decision: HoldDecision,
      before: Manifest,
      after: Pick<Manifest, 'documents'>,
      rollsBack: boolean,
    ): Promise<Hold | undefined> {
      const { held, source } = before;
      if (!rollsBack || !environment.production || releaseHold) return decision.kind === 'lifted' ? undefined : held;
      const about = {
        since: utcSeconds(session.now()),
        ...(trigger.runUrl !== undefined && { run: trigger.runUrl }),
        ...(reason !== undefined && { reason }),
      };
      const asks = held !== undefined && source?.commit !== undefined;
      const relation = asks ? await relationOf(source, held.commit, source.commit) : 'unknown';
      return planHold(before, after.documents, about, relation);
    },
  };
}
