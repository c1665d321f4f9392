import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumArguments, findChromium } from './chromium.js';

export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught errors, and requests that failed or left this machine. */
  readonly complaints: string[];
}

/** The machine's own Chromium. `npm test` installs it where it is missing. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('Chromium is missing: run `npm test`, or `apt-get install chromium`.');
  return await chromium.launch({ executablePath, args: [...chromiumArguments] });
}

/** A new page that notes everything that a careful reader of the console would object to. */
export async function openPage(
  browser: Browser,
  view: { readonly width: number; readonly height?: number; readonly colorScheme?: 'light' | 'dark' },
): Promise<WatchedPage> {
  const page = await browser.newPage({
    viewport: { width: view.width, height: view.height ?? 900 },
    colorScheme: view.colorScheme ?? 'light',
  });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    const { hostname } = new URL(request.url());
    if (!['127.0.0.1', 'localhost', ''].includes(hostname)) complaints.push(`left this machine: ${request.url()}`);
  });
  return { page, complaints };
}
