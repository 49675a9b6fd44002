import { appendFile, chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gitText } from './git.ts';
import type { LocalGitHub } from './github.ts';
import type { HostedProject, Story } from './stage.ts';

/** Programs that leave a file with their name when anything runs them, and fail. */
export async function createTraps(github: LocalGitHub) {
  const [folder, sprung] = [await github.scratch('traps'), await github.scratch('sprung')];
  return {
    async set(name: string): Promise<string> {
      const program = join(folder, name);
      await writeFile(program, `#!/bin/sh\ntouch '${sprung}/${name}'\nexit 1\n`);
      await chmod(program, 0o755);
      return program;
    },
    sprung: () => readdir(sprung),
  };
}

export type Traps = Awaited<ReturnType<typeof createTraps>>;

const hooks = ['post-checkout', 'post-index-change', 'pre-commit', 'pre-push', 'reference-transaction', 'update'];
const programs = [
  'core.alternateRefsCommand',
  'core.askPass',
  'core.editor',
  'core.fsmonitor',
  'core.gitProxy',
  'core.pager',
  'core.sshCommand',
  'diff.evil.command',
  'diff.evil.textconv',
  'diff.external',
  'gpg.program',
  'gpg.ssh.program',
  'merge.evil.driver',
  'remote.origin.receivepack',
  'remote.origin.uploadpack',
  'sequence.editor',
  'uploadpack.packObjectsHook',
];
const commands = [
  'cat-file',
  'commit-tree',
  'config',
  'fetch',
  'hash-object',
  'ls-files',
  'merge-base',
  'push',
  'rev-parse',
];

/** A checkout that configures whatever makes git run a program, and asks other servers; returns what springs its traps. */
export async function createHostile({ github, host }: Story, name: string, traps: Traps): Promise<HostedProject> {
  const project = await host(name, {
    '.gitattributes': '*.md diff=evil merge=evil\n',
    '.gitmodules': `[submodule "x"]\n\tpath = vendor/x\n\turl = ext::${await traps.set('module-url')}\n\tupdate = checkout\n`,
    'docs/a.md': 'A\n',
    'docs/b.md': 'B\n',
  });
  const { directory, git } = project;
  const inGit = (file: string) => join(directory, '.git', file);
  // The index first: git would run into what is configured behind it.
  await git('config', 'submodule.recurse', 'true');
  await git('config', 'submodule.x.update', `!${await traps.set('module-update')}`);
  const module = join(directory, 'vendor/x');
  await mkdir(module, { recursive: true });
  await gitText(module, ['init', '--quiet']);
  await gitText(module, ['-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '--quiet', '--allow-empty', '-m', 'X']);
  const commit = await gitText(module, ['rev-parse', 'HEAD']);
  await git('update-index', '--add', '--cacheinfo', `160000,${commit},vendor/x`);
  await git('config', 'submodule.x.url', module);
  await gitText(module, ['config', 'core.fsmonitor', await traps.set('module-fsmonitor')]);

  for (const key of programs) await git('config', key, await traps.set(key));
  const hookFolders = [await github.scratch('hooks'), inGit('hooks')];
  for (const hook of hooks) {
    const trap = await traps.set(`hook-${hook}`);
    for (const folder of hookFolders) await writeFile(join(folder, hook), await readFile(trap), { mode: 0o755 });
  }
  await git('config', 'core.hooksPath', hookFolders[0] ?? '');
  for (const command of commands) await git('config', `alias.${command}`, `!${await traps.set(`alias-${command}`)}`);
  await git('config', 'credential.helper', `!${await traps.set('credential.helper')}`);
  await git('config', 'commit.gpgSign', 'true');
  await git('config', 'log.showSignature', 'true');
  for (const kind of ['insteadOf', 'pushInsteadOf']) {
    await git('config', '--add', `url.http://127.0.0.1:9/.${kind}`, `${github.serverUrl}/`);
  }

  const clean = async (name: string) => `[filter "${name}"]\n\tclean = ${await traps.set(`filter-${name}`)}\n`;
  const outside = join(await github.scratch('attributes'), 'attributes');
  await writeFile(outside, 'docs/new.md filter=worktree\n');
  await git('config', 'core.attributesFile', outside);
  await git('config', 'extensions.worktreeConfig', 'true');
  await mkdir(inGit('info'), { recursive: true });
  await writeFile(inGit('info/attributes'), 'docs/a.md filter=conditional\n');
  await writeFile(inGit('config.worktree'), await clean('worktree'));
  await writeFile(inGit('conditional'), await clean('conditional'));
  await writeFile(inGit('included'), `[core]\n\tfsmonitor = ${await traps.set('included')}\n`);
  const includes = '[include]\n\tpath = included\n[includeIf "gitdir:/**"]\n\tpath = conditional\n';
  await appendFile(inGit('config'), includes);
  return project;
}
