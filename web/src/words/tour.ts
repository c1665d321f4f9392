/** English of the guided tour: sixteen chapters, each a minute on the company's own devices. */

export type DeviceId = 'seattle-worker' | 'seattle-sales' | 'bellevue-worker' | 'online-sales';

export interface TourStep {
  readonly text: string;
  /** Its app's link and the switch of its network stand beside the step. */
  readonly device?: DeviceId;
  /** With the button that turns the device away, or lets it in again. */
  readonly withAccess?: true;
  /** Of the dashboard, where the step leads there. */
  readonly dashboard?: string;
  /** Ticks itself when the device is seen so; what can't be seen from here a person ticks. */
  readonly until?: 'cut' | 'online' | 'waiting' | 'nothing waiting' | 'turned away';
}

export interface TourChapter {
  readonly id: string;
  readonly title: string;
  /** Why a store chain needs it. */
  readonly why: string;
  readonly steps: readonly TourStep[];
}

const SEATTLE = 'seattle-worker';
const SALES = 'seattle-sales';
const BELLEVUE = 'bellevue-worker';
const ONLINE = 'online-sales';

const chapters: readonly TourChapter[] = [
  {
    id: 'offline-work',
    title: 'Offline work that syncs back',
    why: 'A store goes on selling and counting when its line is down, and nothing that was done is lost.',
    steps: [
      { text: 'Cut the network of the Seattle worker.', device: SEATTLE, until: 'cut' },
      {
        text: 'In its app, find “hammer”, open one, and count it: enter any number of units.',
        device: SEATTLE,
        until: 'waiting',
      },
      { text: 'The count stands in the app at once, marked “Saved here”; the bar says how old the last sync is.' },
      { text: 'Give it the network back.', device: SEATTLE, until: 'online' },
      {
        text: 'The waiting change goes out by itself, and the mark turns to “Synced”.',
        until: 'nothing waiting',
        device: SEATTLE,
      },
    ],
  },
  {
    id: 'product-location',
    title: 'Product location',
    why: '“Where do I find this?” is the question a shop is asked most. The answer takes five seconds, without a network.',
    steps: [
      {
        text: 'Open the Seattle worker app and type part of a product’s name; a typing error does no harm.',
        device: SEATTLE,
      },
      { text: 'Open a product: the first line says how many there are, in which aisle, on which shelf, in which bin.' },
      { text: 'The floor plan shows the aisle and the shelf lit up.' },
    ],
  },
  {
    id: 'live-stock',
    title: 'Live stock',
    why: 'Two people in one store see the same number, moments apart.',
    steps: [
      { text: 'Open the same product in the Seattle worker app …', device: SEATTLE },
      { text: '… and in the Seattle sales app, side by side.', device: SALES },
      { text: 'Count it in the worker app. The sales app shows the new number without being asked.' },
    ],
  },
  {
    id: 'low-stock',
    title: 'Low-stock alert',
    why: 'A shelf that runs empty tells somebody before a customer does.',
    steps: [
      { text: 'In the worker app, count a product at fewer units than its reorder point.', device: SEATTLE },
      { text: 'Open Alerts: it is there, with what to do next one tap away.', device: SEATTLE },
      { text: 'Order it from the warehouse from the alert itself.' },
    ],
  },
  {
    id: 'transfer',
    title: 'Transfer between stores',
    why: 'What one store lacks another may have too much of; the units are never in two places.',
    steps: [
      { text: 'In the Bellevue worker app, ask Seattle for some units of a product.', device: BELLEVUE },
      { text: 'In the Seattle worker app the request is waiting: send it. Seattle’s stock falls.', device: SEATTLE },
      { text: 'In Bellevue, receive it. Bellevue’s stock rises by what came.', device: BELLEVUE },
    ],
  },
  {
    id: 'warehouse',
    title: 'Warehouse order and receipt',
    why: 'Deliveries come in parts, and sometimes with too much. The order knows what is still owed.',
    steps: [
      { text: 'In the worker app, order from the warehouse: it suggests what is low, and how much.', device: SEATTLE },
      { text: 'Receive a part of it. The rest stays open.' },
      { text: 'Receive the rest, and one unit too many: the surplus is asked about, then counted.' },
    ],
  },
  {
    id: 'count',
    title: 'Physical count',
    why: 'Counting is blind, so that nobody writes down what the screen says.',
    steps: [
      { text: 'In the worker app, open a count sheet for one aisle.', device: SEATTLE },
      { text: 'Enter what you find. Only then are the differences shown, and asked about.' },
    ],
  },
  {
    id: 'order',
    title: 'An order takes its units from the stock of all devices',
    why: 'A sale at one till is gone from the shelf on every screen.',
    steps: [
      { text: 'In the Seattle sales app, sell two units of a product.', device: SALES },
      { text: 'In the Seattle worker app the shelf has two fewer, and the sale is in its timeline.', device: SEATTLE },
      { text: 'The dashboard’s newest orders have it too.', dashboard: '/dashboard' },
    ],
  },
  {
    id: 'two-products',
    title: 'Two workers on different products',
    why: 'People who work on different things never wait for each other.',
    steps: [
      { text: 'Cut both Seattle devices.', device: SEATTLE, until: 'cut' },
      { text: 'The second one.', device: SALES, until: 'cut' },
      { text: 'Count one product on the first, sell another on the second.' },
      { text: 'Give both the network back: both are kept.', device: SEATTLE, until: 'online' },
      { text: 'The second one.', device: SALES, until: 'online' },
    ],
  },
  {
    id: 'two-counts',
    title: 'Two counts of one item',
    why: 'Two people count the same shelf. The later count stands, and the other is not forgotten.',
    steps: [
      { text: 'Cut the Seattle worker, and count a product at 12.', device: SEATTLE, until: 'cut' },
      { text: 'A little later, count the same product at 9 on another device of the store, online.' },
      {
        text: 'Give the first one the network back: 9 stands, for it was counted later.',
        device: SEATTLE,
        until: 'online',
      },
      { text: 'The product’s timeline shows both counts, with who and when.' },
    ],
  },
  {
    id: 'move-count',
    title: 'Moving while counting',
    why: 'Units that leave while a colleague counts are neither lost nor counted twice.',
    steps: [
      { text: 'Cut the Seattle worker and count a product there.', device: SEATTLE, until: 'cut' },
      { text: 'Meanwhile sell two units of it in the sales app.', device: SALES },
      {
        text: 'Give the network back. The count is the base, and what left after it is taken off.',
        device: SEATTLE,
        until: 'online',
      },
    ],
  },
  {
    id: 'last-unit',
    title: 'Two offline sales of the last unit',
    why: 'It will happen. What matters is that a person hears of it and has ways out.',
    steps: [
      { text: 'In the worker app, count a product of Seattle at 1.', device: SEATTLE },
      { text: 'Cut both Seattle devices.', device: SALES, until: 'cut' },
      { text: 'Sell that unit on the one, and take it off the shelf on the other.', device: SEATTLE },
      { text: 'Give both the network back.', device: SALES, until: 'online' },
      {
        text: 'An alert says “oversold”, names the orders, and offers: back-order, transfer, cancel.',
        device: SEATTLE,
      },
    ],
  },
  {
    id: 'revoked',
    title: 'A revoked device',
    why: 'A tablet is stolen. It must not get another byte, and what it had not sent must not be lost.',
    steps: [
      {
        text: 'Turn the Online sales device away, as `npx zava token revoke` does.',
        device: ONLINE,
        withAccess: true,
        until: 'turned away',
      },
      { text: 'Its app says so in words, and keeps what was not sent.', device: ONLINE },
      { text: 'Let it in again: it goes on where it was.', device: ONLINE, withAccess: true, until: 'online' },
    ],
  },
  {
    id: 'history',
    title: 'History',
    why: 'Who did what to this shelf, and when, is a list that anybody can read.',
    steps: [{ text: 'Open any product in the worker app and read its timeline.', device: SEATTLE }],
  },
  {
    id: 'customers',
    title: 'Customer look-up',
    why: 'A customer at the counter is known by name or e-mail, with what was bought before, offline too.',
    steps: [
      { text: 'In the sales app, look a customer up by the beginning of the last name.', device: SALES },
      { text: 'Open the page: orders, newest first, and what was spent.' },
    ],
  },
  {
    id: 'price-change',
    title: 'A price change reaches an offline device',
    why: 'Headquarters decides, the store hears of it when it can, and receipts never change afterwards.',
    steps: [
      { text: 'Cut the Seattle sales device.', device: SALES, until: 'cut' },
      { text: 'On the dashboard, change the price of a product.', dashboard: '/dashboard/products' },
      { text: 'The device still sells at the old price: it cannot know. Its bar says how old it is.', device: SALES },
      { text: 'Give it the network back: the new price is there.', device: SALES, until: 'online' },
    ],
  },
];

export const tourWords = {
  title: 'The tour: sixteen things, a minute each',
  explain:
    'Each chapter uses the devices of this company: open their apps in tabs beside this page. Some steps tick themselves when they are seen to be done.',
  progress: (done: number, all: number) => `${done} of ${all} chapters done`,
  chapterOf: (number: number, all: number) => `Chapter ${number} of ${all}`,
  why: 'Why',
  next: 'Next chapter',
  previous: 'Previous chapter',
  startOver: 'Start over',
  done: 'Done',
  tick: (step: string) => `Done: ${step}`,
  openDashboard: 'Open the dashboard',
  chapters,
} as const;
