/** English of the company at a glance and of its opening. */

export const companyWords = {
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
  signIn: {
    title: 'Sign in',
    text: 'The company’s numbers are for headquarters and the managers of its stores. Paste the token that you were given.',
    token: 'Token',
    submit: 'Sign in',
    how: 'Whoever runs headquarters makes one there:',
    command: 'npx zava token issue --role headquarters',
  },
} as const;
