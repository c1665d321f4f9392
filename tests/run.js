#!/usr/bin/env node
/**
 * `npm test`: installs what the tests need and the machine lacks, builds, checks form and types, and runs every test.
 * Words after `npm test --` go to vitest: `npm test -- src/domain` runs one room.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findChromium } from './support/chromium.js';

const CHROMIUM_PACKAGES = ['chromium', 'fonts-liberation'];

const only = process.argv.slice(2);
installChromium();
if (only.length === 0) step('form and types', 'npm', ['run', '--silent', 'check']);
step('build', 'npm', ['run', '--silent', 'build']);
// The tests that start the program start the one that was just built, as a user does.
process.env.ZAVA_TESTS_USE_BUILD = '1';
step('tests', 'npx', ['vitest', 'run', ...only]);

function step(title, command, words) {
  const startedAt = performance.now();
  process.stdout.write(`\n▸ ${title}\n`);
  const { status, error } = spawnSync(command, words, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) {
    process.stderr.write(`\n${title}: failed.\n`);
    process.exit(status ?? 1);
  }
  process.stdout.write(`  ${title}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

/** The browser tests drive a real Chromium. Where it is missing it is installed if that is allowed. */
function installChromium() {
  if (findChromium() !== null) return;
  const line = `apt-get update && apt-get install -y ${CHROMIUM_PACKAGES.join(' ')}`;
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!mayInstall) {
    process.stderr.write(`The browser tests need Chromium. Install it with:\n  sudo ${line}\n`);
    process.stderr.write('or set CHROMIUM_PATH to a Chromium or Chrome that is already there.\n');
    process.exit(1);
  }
  process.stdout.write('Chromium is missing; installing it.\n');
  step('install Chromium', 'sh', ['-c', `(${line}) >/dev/null`]);
  if (findChromium() === null) {
    process.stderr.write('Chromium was installed but cannot be found. Set CHROMIUM_PATH to it.\n');
    process.exit(1);
  }
}
