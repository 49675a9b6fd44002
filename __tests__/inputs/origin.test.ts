import { expect, test } from '@jest/globals';
import { apiOf, isKnownServer, parseOrigin } from '../../src/inputs/trigger.ts';

test.each([
  ['https://github.com/acme/widgets.git', 'github.com', 'https://github.com', false],
  ['https://github.com/acme/widgets/', 'github.com', 'https://github.com', false],
  ['https://x-access-token:secret@github.com/acme/widgets', 'github.com', 'https://github.com', false],
  ['http://127.0.0.1:8080/acme/widgets', '127.0.0.1', 'http://127.0.0.1:8080', false],
  // In the clear only on this machine.
  ['http://github.com/acme/widgets', 'github.com', 'https://github.com', false],
  ['http://ghe.acme.com:8080/acme/widgets', 'ghe.acme.com', 'https://ghe.acme.com', false],
  ['https://ghe.acme.com:8443/acme/widgets', 'ghe.acme.com', 'https://ghe.acme.com:8443', false],
  ['https://www.GitHub.com/acme/widgets', 'github.com', 'https://github.com', false],
  ['git@github.com:acme/widgets.git', 'github.com', 'https://github.com', true],
  ['ssh://git@github.com/acme/widgets.git', 'github.com', 'https://github.com', true],
  ['ssh://git@ssh.github.com:443/acme/widgets.git', 'github.com', 'https://github.com', true],
  ['github-work:acme/widgets', 'github-work', 'https://github-work', true],
  ['org-1234@ghe.acme.com:acme/widgets.git', 'ghe.acme.com', 'https://ghe.acme.com', true],
  ['ssh://git@ghe.acme.com:2222/acme/widgets', 'ghe.acme.com', 'https://ghe.acme.com', true],
  ['HTTPS://github.com/acme/widgets.git/', 'github.com', 'https://github.com', false],
  ['ssh://git@SSH.GitHub.com:443/acme/widgets.git', 'github.com', 'https://github.com', true],
  ['git@ssh.github.company.com:acme/widgets', 'ssh.github.company.com', 'https://ssh.github.company.com', true],
  ['git@my.ssh.github.com:acme/widgets', 'my.ssh.github.com', 'https://my.ssh.github.com', true],
  ['git://github.com/acme/widgets', 'github.com', 'https://github.com', false],
])('%s', (url, host, serverUrl, ssh) => {
  expect(parseOrigin(url)).toEqual({ repository: 'acme/widgets', host, serverUrl, ssh });
});

test.each([
  '/srv/git/widgets.git',
  '../widgets',
  'C:\\git\\widgets',
  'file:///srv/acme/widgets',
  'https://gitlab.com/group/sub/widgets',
  'git@-oProxyCommand=touch:acme/widgets',
  'ssh://-oProxyCommand=touch/acme/widgets',
  'git@github.com:acme/../widgets',
  'https://github.com/acme',
  'x https://github.com/acme/widgets',
  'https://github.com/acme/widgets\nx',
  'git@github.com:acme/widgets\nx',
  'x y@z git@github.com:acme/widgets',
  'acme/widgets',
  '',
])('no repository of a GitHub: "%s"', (url) => {
  expect(parseOrigin(url)).toBeUndefined();
});

test('where the API answers', () => {
  expect(apiOf('https://github.com')).toBe('https://api.github.com');
  expect(apiOf('https://acme.ghe.com')).toBe('https://api.acme.ghe.com');
  expect(apiOf('https://ghe.acme.com')).toBe('https://ghe.acme.com/api/v3');
  expect(apiOf('http://127.0.0.1:8080')).toBe('http://127.0.0.1:8080/api/v3');
});

test('what stands behind ".git" is part of a name', () => {
  expect(parseOrigin('https://github.com/acme/widgets.github')?.repository).toBe('acme/widgets.github');
});

test.each([
  ['https://github.com', [], true],
  ['https://acme.ghe.com', [], true],
  ['http://github.com', [], false],
  ['https://github.com:8443', [], false],
  ['https://github.com.evil.example', [], false],
  ['https://evil-ghe.com', [], false],
  ['https://gitlab.com', ['github.com'], false],
  ['https://ghe.acme.com', [undefined, 'GHE.acme.com'], true],
  ['https://ghe.acme.com', ['https://ghe.acme.com'], true],
])('whether a token may be sent to %s, where the user names %j', (server, named, known) => {
  expect(isKnownServer(server, named)).toBe(known);
});
