import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findSecrets, pushRefusalSentence } from '../../src/git/porcelain.ts';
import { branchName } from '../../src/text/ids.ts';

const TARGET = {
  codex: 'acme/codex.acme.com',
  url: 'https://github.com/acme/codex.acme.com',
  branch: branchName('test'),
};
const UNBLOCK = 'https://github.com/acme/codex.acme.com/security/secret-scanning/unblock-secret';
const BY_RULES = '[remote rejected] (push declined due to repository rule violations)';

function refusal(text: string, summary = BY_RULES) {
  const lines = text.split('\n');
  const said = lines.map((line) => line.trim()).filter((line) => line !== '');
  return { lines, message: [...said, summary].join(' ') };
}

const sentence = (text: string, summary?: string) => pushRefusalSentence(refusal(text, summary), TARGET);

/** As GitHub prints it. */
const SECRETS = `error: GH013: Repository rule violations found for refs/heads/test.

- GITHUB PUSH PROTECTION
  —————————————————————————————————————————
    Resolve the following violations before pushing again

    - Push cannot contain secrets


     (?) Learn how to resolve a blocked push
     https://docs.github.com/code-security/secret-scanning/working-with-push-protection#resolving-a-blocked-push

      —— GitHub Personal Access Token ——————————————————————
       locations:
         - commit: 5477a7dd26384ed3c8b3814ee677f755ad27a597
           path: projects/widgets/docs/a.md:34
         - commit: 5477a7dd26384ed3c8b3814ee677f755ad27a597
           path: projects/widgets/docs/b: c.md:7

       (?) To push, remove secret from commit(s) or follow this URL to allow the secret.
       ${UNBLOCK}/2gakJrAududURpxlhIZdNlX14ZZ

      —— Stripe API Key ————————————————————————————————————
       locations:
         - commit: 5477a7dd26384ed3c8b3814ee677f755ad27a597
           path: projects/gadgets/README.md:1

       (?) To push, remove secret from commit(s) or follow this URL to allow the secret.
       ${UNBLOCK}/30wrXAdc1banfjSNP45cvVLGdBC
`;

describe('push protection', () => {
  test('names each kind of secret, its documents with their lines, and where to allow it', () => {
    expect(sentence(SECRETS)).toBe(
      "acme/codex.acme.com refused the push to branch test: GitHub's push protection found secrets: " +
        `GitHub Personal Access Token in docs/a.md of widgets line 34, docs/b: c.md of widgets line 7 (allow it at ${UNBLOCK}/2gakJrAududURpxlhIZdNlX14ZZ); ` +
        `Stripe API Key in README.md of gadgets line 1 (allow it at ${UNBLOCK}/30wrXAdc1banfjSNP45cvVLGdBC). ` +
        'Revoke it, remove it from the document in the project, or leave that document out with "exclude". ' +
        'If it is not a secret, open the address to allow it, then run this again.',
    );
  });

  test('is read in its earlier form, too', () => {
    const earlier = `error: GH009: Secrets detected! This push failed.
 GITHUB PUSH PROTECTION
   Resolve the following secrets before pushing again.
  —— Stripe API Key ——
    locations:
      - commit: 1ce1ce
        path: projects/widgets/config/env.txt`;
    const told = sentence(earlier, '[remote rejected] (pre-receive hook declined)');
    expect(told).toContain('found a secret: Stripe API Key in config/env.txt of widgets. Revoke it');
    expect(told).toContain("allow it in the codex's settings");
  });

  test('of another form is told with the words of the remote', () => {
    const told = sentence(
      'error: GH013: Repository rule violations found\n- GITHUB PUSH PROTECTION\n- Push cannot contain secrets',
    );
    expect(told).toContain('- GITHUB PUSH PROTECTION - Push cannot contain secrets');
    expect(told).toContain('Push protection found a secret');
  });

  test.each([
    ['another server', 'https://evil.example/acme/codex/security/secret-scanning/unblock-secret/abc'],
    ['one that only begins alike', 'https://github.com.evil.example/a/b/security/secret-scanning/unblock-secret/abc'],
    [
      'a name in front of the server',
      'https://github.com@evil.example/a/b/security/secret-scanning/unblock-secret/abc',
    ],
    ['a user', 'https://user@github.com/a/b/security/secret-scanning/unblock-secret/abc'],
    ['an open connection', 'http://github.com/a/b/security/secret-scanning/unblock-secret/abc'],
    ['another port', 'https://github.com:8443/a/b/security/secret-scanning/unblock-secret/abc'],
    ['another page', 'https://github.com/logout'],
  ])('an address of %s is not shown', (_, address) => {
    const told = sentence(SECRETS.replaceAll(/https:\/\/github\.com\/acme\S+/g, address));
    expect(told).toContain('docs/a.md of widgets line 34');
    expect(told).not.toContain('://');
  });

  test('what a remote says is one harmless line', () => {
    const told = sentence('push protection\n—— \u001b[31mKey\u202e ——\n path: projects/widgets/docs/\u001b]0;x.md:1\r');
    expect(told).not.toMatch(/\p{Cc}|\p{Cf}/u);
    expect(told).toContain('\\u{1b}');
  });

  test('nothing throws, and no address of another server is shown, whatever a remote says', () => {
    const piece = fc.constantFrom(
      '——',
      ' Key ',
      'path: ',
      'projects/w/a.md',
      ':3',
      '\n',
      UNBLOCK,
      '/x',
      'https://evil.example/',
      '/unblock-secret/y',
    );
    const text = fc
      .array(fc.oneof(piece, fc.string({ unit: 'grapheme' })), { maxLength: 40 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (said) => {
        const urls = findSecrets(said.split('\n'), TARGET.url).flatMap(({ allowUrl }) => allowUrl ?? []);
        for (const url of urls) expect(url.startsWith(`https://github.com/`)).toBe(true);
        sentence(`push protection\n${said}`);
      }),
    );
  });
});

describe('another refusal is told in the words of the remote, with what to do', () => {
  test.each([
    [
      'a file that is too large',
      `error: Trace: 654c8d72f32f9965c4734092a2fb75d3
error: See https://gh.io/lfs for more information.
error: File projects/widgets/docs/big file.pdf is 301.74 MB; this exceeds GitHub's file size limit of 100.00 MB
error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.`,
      '[remote rejected] (pre-receive hook declined)',
      'GitHub accepts no file of that size: docs/big file.pdf of widgets (301.74 MB). Make it smaller, or leave it out with "exclude".',
    ],
    [
      'a protected branch',
      'error: GH006: Protected branch update failed for refs/heads/test.\n- Changes must be made through a pull request.',
      '[remote rejected] (protected branch hook declined)',
      "Allow the token's owner to push to that branch (branch protection, rulesets), or use another token.",
    ],
    [
      'a private address',
      'error: GH007: Your push would publish a private email address.',
      '[remote rejected] (push declined due to email privacy restrictions)',
      'the input "author" keeps it private: use one that ends with @users.noreply.github.com',
    ],
    [
      'a rule',
      'error: GH013: Repository rule violations found for refs/heads/test.\n- Changes must be made through a pull request.',
      BY_RULES,
      "Allow the token's owner to bypass the rulesets of that branch (Settings, Rules)",
    ],
    [
      'a rule about signatures',
      'error: GH013: Repository rule violations found for refs/heads/test.\n- Commits must have verified signatures.',
      BY_RULES,
      'The commits of this tool are not signed',
    ],
    [
      'a workflow file',
      '',
      '[remote rejected] (refusing to allow a GitHub App to create or update workflow `.github/workflows/a.yml` without `workflows` permission)',
      '"Workflows: read and write"',
    ],
    [
      'a workflow file, of a classic token',
      '',
      '[remote rejected] (refusing to allow a Personal Access Token to create or update workflow `.github/workflows/a.yml` without `workflow` scope)',
      '"Workflows: read and write"',
    ],
    [
      'a push that is too large',
      'fatal: pack exceeds maximum allowed size (2.00 GiB)',
      '',
      'publish fewer documents at a time',
    ],
    [
      'a rewritten history',
      '',
      '[remote rejected] (shallow update not allowed)',
      'Was its history rewritten? Run it again.',
    ],
    [
      'an archived codex',
      'This repository was archived so it is read-only.',
      '[remote rejected] (denied)',
      'Unarchive the codex',
    ],
    ['a hook of the server', 'Ask mona.', '[remote rejected] (pre-receive hook declined)', 'ask its administrators'],
    ['anything else', 'No.', '[remote rejected] (permission denied)', "Allow the token's owner to push"],
  ])('%s', (_, text, summary, advice) => {
    const told = sentence(text, summary);
    expect(told).toContain(advice);
    expect(told).toContain('refused the push to branch test: ');
    for (const line of text.split('\n')) expect(told).toContain(line.trim());
    expect(told).toContain(summary);
  });
});

test('a line that no server prints takes no time to read', () => {
  const line = `--a${' '.repeat(300_000)}x`;
  const before = performance.now();
  const sentence = pushRefusalSentence({ message: 'GH009', lines: [line] }, TARGET);
  expect(sentence).toContain('Push protection found a secret');
  expect(performance.now() - before).toBeLessThan(5_000);
});
