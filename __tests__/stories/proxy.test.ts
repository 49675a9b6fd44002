import { expect, test } from '@jest/globals';
import { startProxy } from '../support/proxy.ts';
import { useStories } from '../support/story.ts';

const startStory = useStories();

test('API and git both go by way of the proxy that the runner names', async () => {
  const { github, host, read } = await startStory();
  const proxy = await startProxy(() => Number(new URL(github.serverUrl).port));
  const { publish } = await host('widgets', { 'docs/a.md': 'A\n' });
  const run = await publish(
    {},
    {
      env: {
        // Nobody but the proxy knows the name.
        GITHUB_SERVER_URL: 'http://github.internal',
        GITHUB_API_URL: 'http://github.internal/api/v3',
        http_proxy: proxy.url,
      },
    },
  );
  await proxy.close();
  expect(run.log).toContain('Published to test');
  expect(await read('projects/widgets/docs/a.md')).toBe('A\n');
  const asked = (kind: string) => run.requests.filter((request) => request.kind === kind).map(({ method }) => method);
  // A tunnel for whatever the API is asked, and for a push; git, over plain HTTP, has its requests passed on.
  const isPush = ({ service }: (typeof run.requests)[number]) => service === 'receive-pack';
  const tunnels = [...asked('api'), ...run.requests.filter(isPush)].map(() => 'CONNECT');
  const byGit = run.requests.filter((request) => request.kind === 'git' && !isPush(request));
  expect([...proxy.passed].sort()).toEqual([...tunnels, ...byGit.map(({ method }) => method)].sort());
  expect(tunnels).not.toEqual([]);
});
