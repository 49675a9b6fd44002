import { describe, expect, test } from '@jest/globals';
import {
  CONTENT_START,
  NEVER_PUBLISHED,
  neverPublished,
  unpublishableContent,
} from '../../src/documents/never-published.ts';

describe('names that are always left out', () => {
  test.each([
    ['.git/config', "a name of git's own"],
    ['docs/.GIT/x.md', "a name of git's own"],
    ['docs/.git', "a name of git's own"],
    ['git~1/x.md', "a name of git's own"],
    ['GIT~1', "a name of git's own"],
    ['.git ./x.md', "a name of git's own"],
    ['.git::$INDEX_ALLOCATION/x', "a name of git's own"],
    ['docs/.g\u200cit/x.md', "a name of git's own"],
    ['.gitattributes', 'a file that configures git'],
    ['docs/.gitattributes', 'a file that configures git'],
    ['.GitModules', 'a file that configures git'],
    ['.codex-sync.json', "the codex's own manifest"],
    ['.Codex-Sync.json', "the codex's own manifest"],
    ['.codex-sync.json/guide.md', "the codex's own manifest"],
    ['docs/.codex-sync-0123abcd', 'left by a run that was killed while it wrote'],
    ['.env', 'an environment file, which usually holds secrets'],
    ['docs/.env', 'an environment file, which usually holds secrets'],
    ['.ENV.production', 'an environment file, which usually holds secrets'],
    ['.env.', 'an environment file, which usually holds secrets'],
    ['.env.example.local', 'an environment file, which usually holds secrets'],
    ['.env.examples', 'an environment file, which usually holds secrets'],
    ['.env.local.example', 'an environment file, which usually holds secrets'],
    ['docs/id_rsa', 'named like a private key'],
    ['id_ed25519', 'named like a private key'],
    ['id_ecdsa_sk', 'named like a private key'],
    ['certs/server.pfx', 'named like a private key'],
    ['certs/server.P12', 'named like a private key'],
    ['putty.ppk', 'named like a private key'],
  ])('%j: %s', (path, reason) => {
    expect(neverPublished(path)).toBe(reason);
  });

  test.each(NEVER_PUBLISHED.flatMap(({ examples, reason }) => examples.map((name) => [name, reason] as const)))(
    'the example %j of the rules: %s',
    (name, reason) => {
      expect(neverPublished(name)).toBe(reason);
    },
  );

  test.each([
    'README.md',
    'docs/git.md',
    'docs/.github/x.md',
    '.gitignore',
    'docs/.gitattributes.md',
    'docs/.codex-sync.json',
    'docs/.codex-sync-0123abcd.md',
    '.environment',
    '.env.example',
    'docs/.env.Sample',
    '.ENV.template',
    'env',
    'docs/env.md',
    'id_rsa.pub',
    'docs/id_rsa.md',
    'git~/x.md',
    '.claude/settings.json',
  ])('%j is harmless', (path) => {
    expect(neverPublished(path)).toBeUndefined();
  });
});

describe('contents that are left out', () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n';

  test.each([
    ['a key', '-----BEGIN PRIVATE KEY-----\n', 200, 'holds a private key'],
    ['an RSA key', '-----BEGIN RSA PRIVATE KEY-----\r\n', 200, 'holds a private key'],
    ['an OpenSSH key', '-----BEGIN OPENSSH PRIVATE KEY-----\n', 9000, 'holds a private key'],
    [
      'an encrypted key behind a byte order mark',
      '\ufeff-----BEGIN ENCRYPTED PRIVATE KEY-----\n',
      200,
      'holds a private key',
    ],
    ['a key behind blank lines', '\n \n  -----BEGIN PRIVATE KEY-----\n', 200, 'holds a private key'],
    ['a Git LFS pointer', pointer, pointer.length, 'a Git LFS pointer'],
    ['a Git LFS pointer with Windows line ends', pointer.replaceAll('\n', '\r\n'), 140, 'a Git LFS pointer'],
  ])('%s', (_, start, size, reason) => {
    expect(unpublishableContent(start, size)).toBe(reason);
    expect(unpublishableContent(start.slice(0, CONTENT_START), size)).toBe(reason);
  });

  test.each([
    ['a certificate', '-----BEGIN CERTIFICATE-----\n', 200],
    ['a public key', '-----BEGIN PUBLIC KEY-----\n', 200],
    ['a guide that shows a key further down', '# Keys\n-----BEGIN PRIVATE KEY-----\n', 200],
    ['a guide about keys', '-----BEGIN of the story of a PRIVATE KEY-----', 200],
    ['a guide about Git LFS', `${pointer}${'x'.repeat(1000)}`, pointer.length + 1000],
    ['nothing', '', 0],
  ])('%s may be published', (_, start, size) => {
    expect(unpublishableContent(start, size)).toBeUndefined();
  });
});
