import { describe, expect, test } from '@jest/globals';
import { commits } from '../support/codex.ts';
import { openPullRequest } from '../support/pull-request.ts';
import { codex, useStories } from '../support/story.ts';

const bot = 'github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>';
const startStory = useStories();

async function organize(files: Record<string, string> = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' }) {
  const story = await startStory();
  const project = await story.host('widgets', files);
  return { ...story, ...project, head: await project.git('rev-parse', 'HEAD') };
}

describe('the commit', () => {
  test.concurrent('says what, where and from where, in trailers that git reads', async () => {
    const { github, publish, head } = await organize();
    await publish({}, { env: { GITHUB_RUN_ID: '4711' } });
    const [commit] = await commits(github, codex, 'test');
    expect(commit).toMatchObject({ subject: 'sync: Update docs from widgets', author: bot, committer: bot });
    const trailers = [
      `Codex-Source: acme/widgets@${head}`,
      'Codex-Ref: refs/heads/main',
      `Codex-Run: ${github.serverUrl}/acme/widgets/actions/runs/4711`,
    ].join('\n');
    const [environment, ...rest] = commit?.body.split('\n') ?? [];
    expect(environment).toBe('Environment: test (branch: test)');
    expect(rest.join('\n')).toMatch(/^.*2 added.*0 modified.*0 deleted/);
    expect(commit?.body.endsWith(`\n\n${trailers}`)).toBe(true);
    expect(await github.git(codex, 'log', '-1', '--format=%(trailers:only)', 'test')).toBe(trailers);
  });

  test.concurrent('of a pull request names the head that was merged for the run, not the merge', async () => {
    const { github, fullName, publish, write, commit, push, git, checkout, head: base } = await organize();
    await git('checkout', '--quiet', '-b', 'topic');
    await write('docs/a.md', 'topic\n');
    const head = await commit('Topic');
    await push();
    const pull = await openPullRequest(github, fullName, { number: 7, head: 'topic' });
    await checkout(pull.ref);
    const event = { event: 'pull_request', ref: pull.ref, pullRequest: 7 };
    expect((await publish({}, event)).outputs).toMatchObject({ 'files-added': '2' });
    const body = (await commits(github, codex, 'test'))[0]?.body;
    expect(body).toContain(`\nCodex-Source: ${fullName}@${head}\nCodex-Ref: refs/pull/7/merge\n`);
    expect([pull.base, pull.head]).toEqual([base, head]);
  });

  test.concurrent('takes subject and author from the inputs', async () => {
    const { github, publish } = await organize();
    await publish({ 'commit-message': 'docs(<project>): <project> again', author: 'Döcs Bot <docs@acme.com>' });
    const who = 'Döcs Bot <docs@acme.com>';
    const said = { subject: 'docs(widgets): widgets again', author: who, committer: who };
    expect((await commits(github, codex, 'test'))[0]).toMatchObject(said);
  });

  test.concurrent('mentions nobody and closes nothing, whatever branches are called', async () => {
    const { github, publish, write, commit, push, git } = await organize();
    const environments = { branches: { test: '@mona/fixes-#1' } };
    await write('.fractary/plugins/codex/config.json', JSON.stringify({ environments }));
    await commit('Configure');
    await push();
    await git('checkout', '--quiet', '-b', '@hubot/fixes-#2');
    await write('docs/a.md', 'of the branch\n');
    await commit('Draft');
    await push();
    await publish({}, { ref: 'refs/heads/@hubot/fixes-#2' });
    const [published] = await commits(github, codex, '@mona/fixes-#1');
    expect(published?.body).toContain('Environment: test (branch: ');
    expect(published?.body).not.toMatch(/@(mona|hubot)|#\d/);
  });
});

describe('the manifest', () => {
  test.concurrent('has sorted keys, two spaces, a newline at the end, and says where the documents came from', async () => {
    const { github, publish, head, read } = await organize({
      'docs/b.md': 'b\n',
      'README.md': 'r\n',
      'docs/a.md': 'a\n',
    });
    await publish();
    const id = (path: string) => github.git(codex, 'rev-parse', `test:projects/widgets/${path}`);
    const documents = {
      'README.md': await id('README.md'),
      'docs/a.md': await id('docs/a.md'),
      'docs/b.md': await id('docs/b.md'),
    };
    const repository = 'acme/widgets';
    const date = '2026-01-01T00:00:00Z';
    const patterns = [{ digest: expect.stringMatching(/^[0-9a-f]{16}$/), workflow: '.github/workflows/sync.yml' }];
    const about = { directory: '.', line: 'release', patterns, ref: 'refs/heads/main', repository };
    const source = { commit: head, date, ...about };
    const text = (await read('projects/widgets/.codex-sync.json')) ?? '';
    const json = JSON.parse(text);
    expect(json).toEqual({ documents, source, version: 2 });
    expect(text).toBe(`${JSON.stringify(json, null, 2)}\n`);
    expect(Object.keys(json.source)).toEqual(Object.keys(source).sort());
  });
});
