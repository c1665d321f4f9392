/**
 * Puts `zava` where npx looks first. Without it npx installs the checkout as a package at its first call, which builds it
 * anew, under the feet of programs that run from it. Windows needs more than a link: there npx does as it does.
 */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';

if (process.platform !== 'win32') {
  const folder = new URL('../node_modules/.bin/', import.meta.url);
  const link = new URL('zava', folder);
  mkdirSync(folder, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync('../../bin/zava.js', link);
}
