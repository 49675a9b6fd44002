import { pathProblem } from '../documents/paths.ts';
import { compileGlobs, isGlob, lengthProblem } from '../documents/patterns.ts';
import { CodexSyncError } from '../errors.ts';
import { checkProjectName, ORGANIZATION } from '../text/names.ts';
import { printable } from '../text/phrases.ts';
import { inputName, inputSubject, spelled } from '../text/spell-inputs.ts';
import type { ConfiguredReferences } from './config.ts';

/** A reference to documents: one by its path, or all matches of a glob. */
export interface Reference {
  /** The original text. */
  readonly text: string;
  readonly project: string;
  /** Path or glob in the project's folder of the codex. */
  readonly path: string;
  readonly glob: boolean;
  /** Whether only brackets make it a glob, so that it may be a name: `[id].md`. */
  readonly maybeName: boolean;
  /** Whether the path equals `path`, or the glob matches it. */
  readonly matches: (path: string) => boolean;
}

const SHORT = /^@codex\/([^/]*)\/(.*)$/s;
const LONG = /^codex:\/\/([^/]*)\/([^/]*)\/(.*)$/s;
const ACCEPTED = '@codex/<project>/<path> or codex://<organization>/<project>/<path>';

/** The original text of a reference, and its place. */
export interface WrittenReference {
  readonly text: string;
  /** The place in an error: `line 2 of "references"`. */
  readonly place: string;
}

/** Reads the references of an input, one a line; `#` at the start of a line or after a space begins a comment. */
export function parseReferences(lines: string, organization: string): Reference[] {
  return checkReferences(splitReferences(lines), organization);
}

export function splitReferences(lines: string): WrittenReference[] {
  return lines
    .split('\n')
    .map((line, index) => ({
      text: line.replace(/(?:^|\s)#.*$/s, '').trim(),
      // At a terminal they are arguments, or values of a repeated flag.
      place: spelled({ workflow: `line ${index + 1} of ${inputName('references')}`, terminal: `number ${index + 1}` }),
    }))
    .filter(({ text }) => text !== '');
}

/** The values of the placeholders of a configured reference in this run. */
export interface ReferencePlaceholders {
  readonly org: string;
  /** `undefined` when the project is unknown. */
  readonly project: string | undefined;
  readonly codex_repo: string;
}

/**
 * References of a configuration, with the placeholders of Fractary's own command line replaced. In that syntax
 * `codex://acme/widgets` alone is the whole project.
 */
export function expandReferences(
  { key, texts }: ConfiguredReferences,
  file: string,
  placeholders: ReferencePlaceholders,
): WrittenReference[] {
  return texts.map((text, index) => {
    const expanded = text.replace(/\{(org|project|codex_repo)\}/g, (written, name: keyof ReferencePlaceholders) => {
      const value = placeholders[name];
      return value ?? written;
    });
    const whole = /^codex:\/\/[^/]+\/[^/]+\/?$/.test(expanded);
    return { text: whole ? `${expanded.replace(/\/$/, '')}/**` : expanded, place: `${key}[${index}] of ${file}` };
  });
}

/**
 * Checks the references of a run, before any request: a reference becomes a path on disk.
 * @param organization the owner of the codex's documents; a reference may name no other
 * @throws CodexSyncError `bad-input` that lists every bad reference with its place
 */
export function checkReferences(references: readonly WrittenReference[], organization: string): Reference[] {
  const problems: string[] = [];
  const found = new Map<string, Reference>();
  for (const { text: written, place } of references) {
    const reference = parseReference(written, organization);
    const otherSpelling =
      typeof reference === 'string' ? undefined : otherSpellingOf(reference.project, [...found.values()]);
    const problem =
      typeof reference === 'string'
        ? reference
        : otherSpelling &&
          `names project ${reference.project} beside ${otherSpelling}, which is the same folder on many systems. Fetch one of them in a ${spelled({ workflow: 'step', terminal: 'run' })} with another ${inputName('cache-dir')}.`;
    if (typeof reference === 'string' || problem) {
      problems.push(`Reference "${printable(written, 200)}" (${printable(place, 200)}) ${problem}`);
    } else if (!found.has(`${reference.project}/${reference.path}`)) {
      found.set(`${reference.project}/${reference.path}`, reference);
    }
  }
  if (problems.length > 0) throw new CodexSyncError('bad-input', problems.join('\n'));
  if (found.size > 0) return [...found.values()];
  throw new CodexSyncError(
    'bad-input',
    spelled({
      workflow: `${inputSubject('references')} names no document.`,
      terminal: 'No reference is given.',
    }),
    `Use ${ACCEPTED}${spelled({ workflow: ', one a line', terminal: '' })}, or list them under sync.from_codex.include in the configuration.`,
  );
}

/** An earlier project whose name differs only in case. */
function otherSpellingOf(project: string, others: readonly Reference[]): string | undefined {
  const isOtherSpelling = (other: string) => other !== project && other.toLowerCase() === project.toLowerCase();
  return others.find((other) => isOtherSpelling(other.project))?.project;
}

/** The reference, or its problem. */
function parseReference(text: string, organization: string): Reference | string {
  const [, owner = organization, project = '', path = ''] = LONG.exec(text) ?? asLong(SHORT.exec(text));
  if (project === '' || path === '') return `is not a reference. Use ${ACCEPTED}.`;
  if (!ORGANIZATION.pattern.test(owner)) return `names no organization. Use ${ORGANIZATION.accepted}.`;
  if (owner.toLowerCase() !== organization.toLowerCase()) {
    return `is of organization ${printable(owner, 40)}, but this codex is ${organization}'s. Fetch it in a ${spelled({ workflow: 'step', terminal: 'run' })} of its own, with the codex of ${printable(owner, 40)} as ${inputName('codex-repository')}.`;
  }
  const badProject = checkProjectName(project);
  if (badProject) return `names no project. ${badProject}`;
  if (path.endsWith('/')) return 'names a folder. Add ** to fetch its documents.';
  const problem = pathProblem(path);
  if (problem) return `${problem}. Use the path of a document below projects/${project} of the codex.`;
  if (path.startsWith('!') && !path.startsWith('!('))
    return 'starts its path with "!". Name the documents to fetch, not those to leave out.';
  const tooLong = lengthProblem(path);
  if (tooLong) return `is too long. Use ${tooLong}.`;
  const glob = isGlob(path);
  const maybeName = glob && !/[*?{}()!+@]/.test(path);
  return { text, project, path, glob, maybeName, matches: glob ? compileGlobs([path]) : (other) => other === path };
}

function asLong(short: RegExpExecArray | null): (string | undefined)[] {
  return short ? [short[0], undefined, short[1], short[2]] : [];
}

/** A document's name, with the organization. */
export function documentUri(organization: string, project: string, path: string): string {
  return `codex://${organization}/${project}/${path}`;
}

/** A document's name within an organization. */
export function documentReference(project: string, path: string): string {
  return `@codex/${project}/${path}`;
}
