import type { Visibility } from '../inputs/trigger.ts';
import { isObject, OBJECT_ID } from '../text/bytes.ts';
import { type BlobId, type BranchName, blobId, type CommitId, commitId, type TreeId, treeId } from '../text/ids.ts';
import { type Client, withoutWaiting } from './client.ts';
import type { CodexQuestion, FolderEntry } from './codex-api.ts';
import {
  type CodexAnswer,
  DEADLINE_MILLISECONDS,
  declare,
  type FileAnswer,
  modeOf,
  NO_CODEX_ANSWER,
  type RootEntry,
  readTips,
  rootEntry,
  type TipsAnswer,
  textOf,
  tipsQuery,
  visibilityAnswer,
} from './codex-question.ts';

export interface RepositoryTip {
  readonly commit: CommitId;
  readonly tree: TreeId;
  /** Committer date, UTC. */
  readonly date: string | undefined;
}

/** What a batch of repositories, and the folders of their projects in the codex, are asked at once. */
export interface OrganizationQuestion {
  readonly repositories: readonly { readonly fullName: string; readonly defaultBranch: BranchName }[];
  /** Files of each, as paths from its root. */
  readonly files: readonly string[];
  readonly codex: Omit<CodexQuestion, 'configFile'> & { readonly fullName: string };
}

export interface KnownFile {
  readonly mode: string;
  readonly id: BlobId;
  /** `undefined` if GitHub shortened it, or it is not UTF-8. */
  readonly text: string | undefined;
}

/** A repository at the tip of its default branch. */
export interface KnownRepository {
  readonly tip: RepositoryTip;
  readonly visibility: Visibility;
  readonly archived: boolean;
  readonly disabled: boolean;
  readonly root: readonly (FolderEntry & { readonly id: BlobId })[];
  /** The files that exist. */
  readonly files: ReadonlyMap<string, KnownFile>;
}

export interface OrganizationAnswer {
  /** By full name, as it was asked; without those that GitHub does not show whole. */
  readonly repositories: ReadonlyMap<string, KnownRepository>;
  readonly codex: CodexAnswer;
}

export const NO_REPOSITORIES: OrganizationAnswer = { repositories: new Map(), codex: NO_CODEX_ANSWER };

/**
 * Asks one GraphQL question about all. What has an error, or is not whole, is left out; without an answer in time, or with
 * one that makes no sense, everything is.
 */
export async function askTogether(
  client: Client,
  question: OrganizationQuestion,
  deadlineMilliseconds = DEADLINE_MILLISECONDS,
): Promise<OrganizationAnswer> {
  try {
    const { query, variables } = queryFor(question);
    const request = withoutWaiting(deadlineMilliseconds);
    return readAnswer(await client.graphql<Parts>(query, { ...variables, request }).catch(withoutFailures), question);
  } catch {
    return NO_REPOSITORIES;
  }
}

type Parts = Readonly<Record<string, unknown>>;

/** GitHub puts the errors beside the data: a repository that is gone, or that the token may not read, spoils no other. */
function withoutFailures(error: unknown): Parts {
  const { data, errors } = error as { readonly data?: unknown; readonly errors?: unknown };
  if (!isObject(data) || !Array.isArray(errors)) throw error;
  const failed = errors.map((one: { readonly path?: readonly unknown[] }) => one.path?.[0]);
  // Without a place it may be about any of them.
  if (failed.includes(undefined)) throw error;
  return Object.fromEntries(Object.entries(data).filter(([name]) => !failed.includes(name)));
}

const CODEX = 'codex';
const [projectPart, filePart] = [(index: number) => `project${index}`, (index: number) => `file${index}`];

/** Names and paths are variables, so that none of them is read as a part of the query. */
function queryFor({ repositories, files, codex }: OrganizationQuestion) {
  const tips = tipsQuery(codex);
  const [owner = '', name = ''] = codex.fullName.split('/');
  const variables: Record<string, string> = { ...tips.variables, owner, name };
  files.forEach((path, index) => {
    variables[filePart(index)] = path;
  });
  const projects = repositories.map(({ fullName }, index) => {
    const [ownerOf, nameOf] = [`owner${index}`, `name${index}`];
    [variables[ownerOf] = '', variables[nameOf] = ''] = fullName.split('/');
    return `${projectPart(index)}: repository(owner: $${ownerOf}, name: $${nameOf}) { ...project }`;
  });
  const texts = files.map((_, index) => `${filePart(index)}: file(path: $${filePart(index)}) { ...entry ...text }`);
  const query = `query (${declare(Object.keys(variables))}) {
  ${CODEX}: repository(owner: $owner, name: $name) {
    ${tips.refs}
  }
  ${projects.join('\n  ')}
}
fragment project on Repository {
  nameWithOwner isArchived isDisabled isPrivate visibility
  defaultBranchRef {
    name
    target { ... on Commit { oid committedDate tree { oid entries { nameRaw mode type oid } } ${texts.join(' ')} } }
  }
}
${tips.fragments}`;
  return { query, variables };
}

type TipAnswer = {
  readonly oid?: string;
  readonly committedDate?: string;
  readonly tree?: { readonly oid: string; readonly entries: readonly RootEntry[] | null };
} & Readonly<Record<`file${number}`, FileAnswer | null | undefined>>;

interface ProjectAnswer {
  readonly nameWithOwner: string;
  readonly isArchived: boolean;
  readonly isDisabled: boolean;
  readonly isPrivate: boolean;
  readonly visibility: string;
  readonly defaultBranchRef: { readonly name: string; readonly target: TipAnswer | null } | null;
}

function readAnswer(parts: Parts, { repositories, files, codex }: OrganizationQuestion): OrganizationAnswer {
  const known = new Map<string, KnownRepository>();
  repositories.forEach(({ fullName, defaultBranch }, index) => {
    const found = parts[projectPart(index)] as ProjectAnswer | null | undefined;
    // One that was renamed meanwhile has another name or default branch, and is read alone.
    if (!found || found.nameWithOwner !== fullName || found.defaultBranchRef?.name !== defaultBranch) return;
    const one = readRepository(found, files);
    if (one) known.set(fullName, one);
  });
  const tips = parts[CODEX] as TipsAnswer | null | undefined;
  return { repositories: known, codex: tips ? readTips(tips, codex) : NO_CODEX_ANSWER };
}

function readRepository(found: ProjectAnswer, paths: readonly string[]): KnownRepository | undefined {
  const { isArchived, isDisabled, defaultBranchRef } = found;
  const { oid, committedDate, tree, ...answers } = defaultBranchRef?.target ?? {};
  if (!isId(oid) || !isId(tree?.oid) || !tree?.entries || committedDate === undefined) return undefined;
  const date = new Date(committedDate);
  if (Number.isNaN(date.getTime())) return undefined;
  const files = new Map<string, KnownFile>();
  for (const [index, path] of paths.entries()) {
    const file = answers[`file${index}`];
    if (file === null) continue;
    if (!file || !isId(file.oid)) return undefined;
    files.set(path, { mode: modeOf(file), id: blobId(file.oid), text: textOf(file) });
  }
  return {
    tip: { commit: commitId(oid), tree: treeId(tree.oid), date: date.toISOString().replace('.000Z', 'Z') },
    visibility: visibilityAnswer(found),
    ...{ archived: isArchived, disabled: isDisabled },
    ...{ root: tree.entries.map((entry) => ({ ...rootEntry(entry), id: blobId(entry.oid) })), files },
  };
}

function isId(id: string | undefined): id is string {
  return id !== undefined && OBJECT_ID.test(id);
}
