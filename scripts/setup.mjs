// Installs what the lockfile names, if what is installed is not that. Plain JavaScript on purpose: it runs before
// anything is installed, on whatever Node the machine has. `npm ci` writes node_modules/.package-lock.json last.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';

const wanted = 'package-lock.json';
const installed = 'node_modules/.codex-sync-lock.json';

const current = existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(wanted, 'utf8');
if (!current) {
  console.log('Installing the packages that package-lock.json names…');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
  copyFileSync(wanted, installed);
}
