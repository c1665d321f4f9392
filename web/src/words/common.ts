/** English that all apps share. */
export const commonWords = {
  unreachable: {
    code: 'UNREACHABLE',
    message: 'The program behind this page does not answer.',
    fix: 'Nothing is lost. It is tried again by itself; if you stopped it, start it with `npm start`.',
  },
  unreadable: (status: number) => ({
    code: 'ANSWER_UNREADABLE',
    message: `The answer could not be read (status ${status}).`,
    fix: 'Load the page anew; if it stays so, start the program again.',
  }),
  loading: 'Loading …',
  tryAgain: 'Try again',
  close: 'Close',
  cancel: 'Cancel',
  save: 'Save',
  back: 'Back',
  undo: 'Undo',
  clear: 'Clear',
  search: 'Search',
  more: 'one more',
  less: 'one less',
  theme: { light: 'Light', dark: 'Dark', switchTo: (theme: string) => `Switch to the ${theme.toLowerCase()} theme` },
  notFound: { title: 'There is no such page', next: 'Go to the first page' },
  missing: { title: 'Not on this device', text: 'This device does not hold it. It may come with the next sync.' },
  stale: (ago: string) => `As of ${ago}: the program behind this page does not answer.`,
  keys: {
    title: 'Keys',
    open: 'Show the keys',
    search: 'Search',
    move: 'Move in a list',
    enter: 'Open',
    leave: 'Leave, close',
    help: 'Show this',
  },
  tabs: {
    title: 'Open in another tab',
    text: 'One tab works at a time, so that two baskets or two counts never mix. Nothing you saved is lost.',
    takeOver: 'Use it here',
  },
  notifications: 'Notifications',
  units: (units: number) => (units === 1 ? 'unit' : 'units'),
} as const;

/** English of what a device says of itself: its link, its own changes. */
export const deviceWords = {
  skip: 'Skip to the page',
  places: 'Places of this app',
  link: {
    online: 'Synced',
    syncing: 'Syncing',
    reconciling: 'Comparing with headquarters',
    connecting: 'Connecting',
    offline: 'Working offline',
    refused: 'Headquarters turned this device away',
    notAnswering: 'This device’s program does not answer',
    replacing: 'The store of this device is being fetched anew',
    waiting: (changes: string, count: number) => `${changes} ${count === 1 ? 'change' : 'changes'} waiting`,
    refusedChanges: (changes: string, count: number) => `${changes} ${count === 1 ? 'change' : 'changes'} refused`,
    lastSync: (ago: string) => `last synced ${ago}`,
    neverSynced: 'never synced yet',
    details: 'Show what is waiting',
  },
  /** The four states of data: told by icon and word. */
  data: { saved: 'Saved here', synced: 'Synced', superseded: 'Superseded', refused: 'Refused' },
  firstSync: {
    title: 'Fetching this store for the first time',
    text: 'Products, stock and customers are on their way. It takes some seconds; after that everything works without a network.',
  },
  firstSyncOffline: {
    title: 'Waiting for the first sync',
    text: 'This device has never met headquarters, so it has nothing to show yet. It needs the network once; after that everything works without.',
  },
} as const;
