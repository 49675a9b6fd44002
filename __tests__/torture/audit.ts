import { type CodexFile, readText, readTree } from '../support/codex.ts';
import type { LocalGitHub } from '../support/github.ts';
import { codex } from '../support/stage.ts';

const MANIFEST = '.codex-sync.json';

/** A branch of the codex, looked at from outside. */
export interface Audit {
  /** Promises that are broken there, each as a sentence. */
  readonly wrong: readonly string[];
  /** How many commits touched the folder of a project. */
  readonly commits: ReadonlyMap<string, number>;
  /** Everything that stands there. */
  readonly files: Readonly<Record<string, CodexFile>>;
}

interface Layers {
  documents: Record<string, string>;
  previews?: Record<string, { documents: Record<string, string | null> }>;
}

/**
 * Audits a branch without a word of the product's own code: its history is a line of commits that each touch one project,
 * every document of a manifest stands as one of its layers says, and every blob that a manifest names is in the history.
 * @param edited paths that somebody edited by hand, about which manifests say something else
 */
export async function auditBranch(github: LocalGitHub, branch: string, edited: readonly string[] = []): Promise<Audit> {
  const files = await readTree(github, codex, branch);
  const manifests = Object.keys(files).filter((path) => path.endsWith(`/${MANIFEST}`));
  const known = new Set(
    (await github.git(codex, 'rev-list', '--objects', branch)).split('\n').map((line) => line.slice(0, 40)),
  );
  const { wrong, commits } = await auditHistory(github, branch);
  for (const path of manifests) {
    const folder = path.slice(0, -MANIFEST.length);
    const { documents, previews = {} }: Layers = JSON.parse((await readText(github, codex, branch, path)) ?? '');
    const overlay = [documents, ...Object.values(previews).map((preview) => preview.documents)];
    for (const [name, id] of overlay.flatMap((layer) => Object.entries(layer))) {
      if (id !== null && !known.has(id)) wrong.push(`${path} names ${id} for ${name}, which is not in the history`);
    }
    for (const name of new Set(overlay.flatMap((layer) => Object.keys(layer)))) {
      const allowed = overlay.flatMap((layer) => (name in layer ? [layer[name] ?? undefined] : []));
      const id = files[folder + name]?.id;
      if (!allowed.includes(id) && !edited.includes(folder + name)) {
        wrong.push(`${folder}${name} stands as ${id}, and ${path} knows only ${allowed.join(', ')}`);
      }
    }
  }
  return { wrong, commits, files };
}

async function auditHistory(github: LocalGitHub, branch: string) {
  const log = await github.git(codex, 'log', '-z', '--name-only', '--format=%x01%H %P', branch);
  const wrong: string[] = [];
  const commits = new Map<string, number>();
  for (const entry of log.split('\x01').slice(1)) {
    const [head = '', ...paths] = entry.split('\0').filter((line) => line !== '');
    const [id, ...parents] = head.split(' ');
    if (parents.filter((parent) => parent !== '').length > 1) wrong.push(`${id} of ${branch} is a merge`);
    const projects = new Set(paths.map((path) => /^\n?projects\/([^/]+)\//.exec(path)?.[1] ?? ''));
    if (projects.size > 1) wrong.push(`${id} of ${branch} touches ${[...projects].join(' and ')}`);
    for (const project of projects) commits.set(project, (commits.get(project) ?? 0) + 1);
  }
  return { wrong, commits };
}

/** What stands in `docs` of a project's main branch, as it is to stand in the codex: path -> blob id. */
export async function documentsOf(github: LocalGitHub, name: string): Promise<Record<string, string>> {
  const files = await readTree(github, `acme/${name}`, 'main', 'docs');
  return Object.fromEntries(Object.entries(files).map(([path, { id }]) => [`projects/${name}/docs/${path}`, id]));
}
