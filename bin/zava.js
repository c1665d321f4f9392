#!/usr/bin/env node
// The compiled program; `npm ci` builds it. In a checkout whose build is missing, say what to do.
import { existsSync } from 'node:fs';

const entry = new URL('../dist/src/cli/main.js', import.meta.url);
if (existsSync(entry)) {
  await import(entry.href);
} else {
  process.stderr.write('zava is not built yet. Run `npm ci` (or `npm run build`) in the checkout first.\n');
  process.exitCode = 1;
}
