import type { Commit, Files, RepositoryLog, Step, Violation, WorldLog } from './log.ts';
import { idOf } from './oracle/git-text.ts';
import { MANIFEST } from './oracle/manifests.ts';

/** A log as a story: one line a step, with names for ids, and what is wrong below the step at which it was seen. */
export function tellStory(log: WorldLog, violations: readonly Violation[] = []): string {
  const names = nameAll(log);
  const began = log.steps[0]?.at ?? 0;
  const lines = log.steps.flatMap((step, index) => [
    `${`${index}`.padStart(4)} ${time(step.at - began)}  ${tellStep(step, log, names)}`,
    ...violations
      .filter((one) => one.step === index)
      .map(({ promise, text }) => `      ✗ ${promise}: ${withNames(text, names)}`),
  ]);
  return lines.join('\n');
}

function time(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (number: number) => `${number}`.padStart(2, '0');
  return `${hours}:${two(minutes)}:${two(seconds % 60)}.${`${Math.floor(milliseconds % 1000)}`.padStart(3, '0')}`;
}

type Names = ReadonlyMap<string, string>;

/** Commits are numbered in each repository, in their order; a text is what it says. */
function nameAll({ codex, projects }: WorldLog): Names {
  const names = new Map<string, string>();
  for (const { name, commits } of [...projects.values(), codex]) {
    let number = 0;
    for (const { id, files } of commits.values()) {
      number += 1;
      if (!names.has(id)) names.set(id, `${shortName(name)}@${number}`);
      for (const [path, text] of files) if (!path.endsWith(MANIFEST)) names.set(idOf(text), quote(text));
    }
  }
  return names;
}

const shortName = (repository: string) => repository.split('/')[1] ?? repository;
const quote = (text: string) => JSON.stringify(text.length > 30 ? `${text.slice(0, 30)}…` : text);

/** @param names known ids, in the text of a report too */
function withNames(text: string, names: Names): string {
  return text.replaceAll(/\b[0-9a-f]{40}\b/g, (id) => names.get(id) ?? `${id.slice(0, 7)}…`);
}

function tellStep(step: Step, log: WorldLog, names: Names): string {
  const name = (id: string | undefined) => (id === undefined ? 'nothing' : (names.get(id) ?? `${id.slice(0, 7)}…`));
  switch (step.kind) {
    case 'branch': {
      const { repository, branch, from, to, by } = step;
      const who = by === 'person' ? 'a person' : `run ${by}`;
      const place = `${shortName(repository)} ${branch}`;
      if (to === undefined) return `${who} deletes ${place}, which was ${name(from)}`;
      const there = repositoryOf(log, repository);
      const change = tellChange(there?.commits.get(from ?? ''), there?.commits.get(to));
      const how = from === undefined ? 'begins at' : isOnTop(there, from, to) ? 'goes to' : 'is forced to';
      return `${who}: ${place} ${how} ${name(to)}${change}`;
    }
    case 'tag':
      return step.to === undefined
        ? `tag ${step.tag} of ${shortName(step.repository)} is deleted`
        : `tag ${step.tag} of ${shortName(step.repository)} is ${name(step.to)}`;
    case 'pull': {
      const { repository, number, state, head, headBranch, base, fork } = step;
      return `#${number} of ${shortName(repository)} is ${state}: ${fork ? "a fork's " : ''}${headBranch} at ${name(head)} into ${base}`;
    }
    case 'settings': {
      const { kind: _, at: __, repository, ...settings } = step;
      return `${shortName(repository)} is set to ${JSON.stringify(settings)}`;
    }
    case 'fault':
      return `run ${step.run} meets a fault: ${step.fault}`;
    case 'start': {
      const { run, mode, env, branch, repository, projects, inputs, trigger, commit, dirty } = step;
      const given = Object.entries(inputs).filter(([key]) => !['mode', 'env', 'codex-repository'].includes(key));
      const about = trigger.number === undefined ? trigger.ref : `#${trigger.number} (${trigger.action ?? ''})`;
      const { follows } = trigger;
      const after = follows
        ? ` after ${follows.event} of ${follows.number === undefined ? follows.ref : `#${follows.number}`}`
        : '';
      return [
        `run ${run} starts: ${mode} of ${projects.join(', ')} to ${env} (${branch}), in ${shortName(repository)} on ${trigger.event} of ${about}${after}`,
        ...(commit === undefined ? [] : [`at ${name(commit)}`]),
        ...(given.length > 0
          ? [`with ${given.map(([key, value]) => `${key}: ${withNames(value, names)}`).join(', ')}`]
          : []),
        ...(dirty?.size ? [`and in its working tree ${listTexts(dirty)}`] : []),
      ].join(', ');
    }
    case 'end': {
      const { run, error, outputs, killed, fetched, wrote } = step;
      const written = wrote ? `, and wrote ${listTexts(wrote)} into its checkout` : '';
      if (killed) return `run ${run} is killed${written}`;
      if (error) return `run ${run} fails (${error.code}): ${withNames(error.message, names)}${written}`;
      const said = SAID.flatMap((key) => (Number(outputs[key] ?? 0) > 0 ? [`${key} ${outputs[key]}`] : []));
      const sha = outputs['commit-sha'] ? [`commit ${name(String(outputs['commit-sha']))}`] : [];
      const got = fetched ? [`got ${listTexts(fetched)}`] : [];
      return `run ${run} ends: ${[String(outputs.conclusion), ...sha, ...said, ...got].join(', ')}${written}`;
    }
  }
}

const SAID = ['files-added', 'files-modified', 'files-deleted', 'deletions-withheld', 'drifted', 'conflicts'];

function repositoryOf({ codex, projects }: WorldLog, name: string): RepositoryLog | undefined {
  return codex.name === name ? codex : projects.get(name);
}

function isOnTop(repository: RepositoryLog | undefined, from: string, to: string): boolean {
  const [rest, seen] = [[to], new Set<string>()];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (next === from) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    rest.push(...(repository?.commits.get(next)?.parents ?? []));
  }
  return false;
}

/** What a commit changed: `(+docs/a.md "t1", -docs/b.md)`. */
function tellChange(from: Commit | undefined, to: Commit | undefined): string {
  if (to === undefined) return '';
  const before: Files = from?.files ?? new Map();
  const changed = [...to.files].filter(([path, text]) => before.get(path) !== text);
  const gone = [...before.keys()].filter((path) => !to.files.has(path));
  const lines = [
    ...changed.map(
      ([path, text]) => `${before.has(path) ? '~' : '+'}${path}${path.endsWith(MANIFEST) ? '' : ` ${quote(text)}`}`,
    ),
    ...gone.map((path) => `-${path}`),
  ];
  return lines.length > 0 ? ` (${lines.join(', ')})` : '';
}

function listTexts(files: ReadonlyMap<string, string | null>): string {
  const texts = [...files].map(([path, text]) => (text === null ? `-${path}` : `${path} ${quote(text)}`));
  return texts.join(', ') || 'nothing';
}
