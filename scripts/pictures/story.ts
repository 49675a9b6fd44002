import { createHash } from 'node:crypto';
import { keepBeginnings } from '../../__tests__/support/beginnings.ts';
import { type LocalGitHub, startGitHub } from '../../__tests__/support/github.ts';
import { openPullRequest } from '../../__tests__/support/pull-request.ts';
import { codex, type HostedProject, type Story, startStory, token } from '../../__tests__/support/stage.ts';
import { typeCommand } from '../../__tests__/support/terminal.ts';

/** What the pictures show, as it was said. */
export interface Said {
  readonly typed: string;
  /** What a terminal got, colours included. */
  readonly terminal: string;
  /** What the runner read: its commands are in it. */
  readonly log: string;
  readonly summary: string;
  readonly comment: string;
}

/**
 * At the end of a pipe the command believes that it is at a terminal, where both outputs are one: its colours are its own,
 * and they come in the order in which a person sees them.
 */
const AT_A_TERMINAL = `
  Object.assign(process.stdout, { isTTY: true, columns: 100, hasColors: () => true });
  Object.defineProperty(process, 'stderr', { value: process.stdout });
`;

/**
 * Lets the bundle tell one story: a project that was published, documents that people edited in the codex, a look from a
 * terminal at what would be published, the push that publishes it, and a pull request.
 */
export async function tellPictures(): Promise<Said> {
  const github = await startGitHub();
  try {
    return await tellOf(await startStory(github, { files: { 'README.md': '# Codex\n' } }, keepBeginnings()));
  } finally {
    await github.close();
  }
}

async function tellOf(story: Story): Promise<Said> {
  const { github } = story;
  const widgets = await story.host('widgets', {
    '.fractary/codex.yaml': 'organization: acme\ncodex_repo: codex.acme.com\n',
    'README.md': '# Widgets\n',
    'docs/errors.md': '# Errors\n',
    'docs/faq.md': '# Questions\n',
    'docs/guide.md': '# Guide\n\nHow to use widgets 1.0.\n',
    'docs/install.md': '# Install\n',
  });
  // A person's token sees the project too.
  github.addToken(token, { [codex]: 'write', [widgets.fullName]: 'read' });
  // As a clone has it.
  await widgets.git('remote', 'set-head', 'origin', 'main');
  expectSuccess(await widgets.publish());
  await story.edit({ 'projects/widgets/docs/faq.md': '# Questions\n\nAnd an answer.\n' });
  await story.edit({ 'projects/widgets/docs/install.md': '# Install\n\nWith a package manager.\n' });

  await widgets.write('docs/colours.md', '# Colours\n\nWidgets 1.1 come in colours.\n');
  await widgets.write('docs/errors.md', null);
  await widgets.write('docs/guide.md', '# Guide\n\nHow to use widgets 1.1.\n');
  await widgets.write('docs/install.md', '# Install\n\nWith an installer.\n');
  await widgets.commit('Document widgets 1.1');
  await widgets.push();
  const words = ['sync-project', '--env', 'test', '--dry-run'];
  const env = {
    GITHUB_TOKEN: token,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(AT_A_TERMINAL)}`,
  };
  const looked = expectSuccess(await typeCommand(words, { github, directory: widgets.directory, env }));
  const pushed = expectSuccess(await widgets.publish());
  const comment = await commentOnShapes(story, widgets);

  const settle = await fixNames(github);
  return {
    typed: ['codex-sync', ...words].join(' '),
    terminal: settle(looked.stdout),
    log: settle(pushed.stdout),
    summary: settle(pushed.summary),
    comment: settle(comment),
  };
}

async function commentOnShapes({ github }: Story, widgets: HostedProject): Promise<string> {
  await widgets.git('checkout', '--quiet', '-b', 'shapes');
  await widgets.write('docs/shapes.md', '# Shapes\n\nWidgets 1.2 come in shapes.\n');
  await widgets.write('docs/guide.md', '# Guide\n\nHow to use widgets 1.2.\n');
  await widgets.write('docs/faq.md', '# Questions\n\nWhat shapes are there?\n');
  await widgets.commit('Document shapes');
  await widgets.push();
  const { ref, number } = await openPullRequest(github, widgets.fullName, { number: 7, head: 'shapes' });
  await widgets.checkout(ref, { depth: 2 });
  expectSuccess(await widgets.publish({ comment: true }, { event: 'pull_request', ref, pullRequest: number }));
  return github.repository(widgets.fullName).comments.at(-1)?.body ?? '';
}

/**
 * What varies from run to run gets a name that does not: the address of the local GitHub, and the commits of the codex, which
 * are made now and say which run made them. The project's commits have fixed dates, so their ids are what they are.
 */
async function fixNames(github: LocalGitHub): Promise<(text: string) => string> {
  const commits = (await github.git(codex, 'log', '--all', '--reverse', '--topo-order', '--format=%H')).split('\n');
  const names = commits.map((id, index) => [id, createHash('sha1').update(`Commit ${index}`).digest('hex')] as const);
  return (text) => {
    const settled = text.replaceAll(github.serverUrl, 'https://github.com').replace(/\b[0-9a-f]{7,40}\b/g, (word) => {
      const [, name] = names.find(([id]) => id.startsWith(word)) ?? [];
      return name?.slice(0, word.length) ?? word;
    });
    if (settled.includes('127.0.0.1')) throw new Error(`The address of the local GitHub is still in:\n${settled}`);
    return settled;
  };
}

function expectSuccess<Run extends { exitCode: number | null; stdout: string; stderr: string }>(run: Run): Run {
  if (run.exitCode === 0) return run;
  throw new Error(`A run for the pictures failed:\n${run.stdout}${run.stderr}`);
}
