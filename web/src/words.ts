/** Every English text of the pages, in one place, so that it can be translated. */

const whole = new Intl.NumberFormat('en-US');
const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });
const shortDollars = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  notation: 'compact',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

const axisDollars = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  notation: 'compact',
  maximumFractionDigits: 1,
});

export const formatCount = (count: number): string => whole.format(count);
export const formatDollars = (amount: number): string => dollars.format(amount);
export const formatShortDollars = (amount: number): string => shortDollars.format(amount);
/** Without a zero after the point, which ticks would repeat. */
export const formatAxisDollars = (amount: number): string => axisDollars.format(amount);
export const formatSeconds = (seconds: number): string =>
  seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
export const formatClock = (time: Date): string =>
  time.toLocaleTimeString('en-US', { hour: '2-digit', minute: '2-digit', hour12: false });
/** `2026-11` → "November 2026" */
export const formatMonth = (month: string): string =>
  new Date(`${month}-01T00:00:00Z`).toLocaleDateString('en-US', { month: 'long', year: 'numeric', timeZone: 'UTC' });
/** `2026-11-22T08:14:00Z` → "November 22, 2026" */
export const formatDay = (time: string): string =>
  new Date(time).toLocaleDateString('en-US', { month: 'long', day: 'numeric', year: 'numeric', timeZone: 'UTC' });

export const words = {
  company: 'Zava Retail',
  place: 'Headquarters',
  theme: { light: 'Light', dark: 'Dark', switchTo: (theme: string) => `Switch to the ${theme.toLowerCase()} theme` },
  loading: 'Asking headquarters …',
  connection: {
    live: 'Live',
    lost: (at: string) => `Headquarters does not answer. What you see is from ${at}.`,
    retrying: 'Trying again by itself. If you stopped it, start it with',
  },
  opening: {
    title: 'Opening the company',
    steps: 'Step by step',
    answer: (done: string, total: string) => `${done} of ${total} documents are in the database.`,
    starting: 'Starting the database.',
    explain:
      'Made, loaded, indexed and checked once; the next start takes a second. You can close this page and come back.',
    states: { waiting: 'Waiting', running: 'Running', done: 'Done', skipped: 'Not needed', failed: 'Failed' },
    of: (done: string, total: string, unit: string) => `${done} of ${total} ${unit}`,
    failed: 'The company could not be opened',
  },
  overview: {
    soldIn: (amount: string, year: string) => `${amount} sold in ${year} so far`,
    until: (day: string) => `Up to the newest order, on ${day}. Without tax and cancelled orders.`,
    empty: 'No orders yet',
    emptyNext: 'Load the data set with',
    asOf: (clock: string) => `As of ${clock}`,
    failed: 'The numbers could not be read',
    retry: 'Try again',
  },
  sales: {
    title: 'Sales by month',
    description:
      'Dollars per month, without tax and cancelled orders. The last, lighter bar is the month that is not over yet.',
    full: 'Whole month',
    partial: 'Month so far',
    table: 'Show the numbers as a table',
    month: 'Month',
    orders: 'Orders',
    sales: 'Sales',
  },
  stores: { title: 'Sales by store, all years' },
  documents: {
    title: 'What is in the database',
    total: (documents: string, collections: number) => `${documents} documents in ${collections} collections`,
    collection: 'Collection',
    count: 'Documents',
  },
  validation: {
    title: 'Is the data right?',
    passed: (checks: string, documents: string) =>
      `All ${checks} checks passed, over every one of ${documents} documents.`,
    failed: (failed: string, checks: string) => `${failed} of ${checks} checks failed.`,
    score: 'Data quality',
    report: 'Read the full report',
    none: 'Not checked yet. Run',
    when: (clock: string, seconds: string) => `Checked at ${clock} in ${seconds}`,
  },
  connect: {
    title: 'Look inside',
    explain: 'It speaks MongoDB’s protocol: use the tools you know.',
    connectionString: 'Connection string, for Compass or your code',
    shell: 'MongoDB shell, in this checkout',
    commands: 'Every command',
    copy: 'Copy',
    copied: 'Copied',
    server: {
      embedded: (version: string) => `Embedded server, compatible with MongoDB ${version}`,
      mongodb: (version: string) => `MongoDB ${version}`,
    },
  },
} as const;
