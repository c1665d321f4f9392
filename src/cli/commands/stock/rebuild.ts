import type { StockComparison, StockDifference } from '../../../database/index.ts';
import { confirm } from '../../confirm.ts';
import { defineCliCommand } from '../../frame.ts';
import { databaseOptions, flag } from '../../options.ts';

/** Differences that a person is shown; `--json` has all. */
const SHOWN_MAX = 20;

export const rebuild = defineCliCommand({
  summary: 'Folds every stock level once more from its movements, and repairs what differs, after asking.',
  description:
    'Reads in slices and repairs item by item, so gateways may go on working. A level that somebody wrote in MongoDB a moment ago differs until the gateway has made a count of it.',
  examples: [
    ['zava stock rebuild --dry-run', 'shows which levels differ, and why'],
    ['zava stock rebuild', 'shows them, asks, and repairs them'],
    ['zava stock rebuild --yes --json', 'for a program'],
  ],
  options: { ...databaseOptions, yes: flag('Do not ask.'), dryRun: flag('Only show what differs.') },
  async run({ yes, dryRun }, context) {
    const { compareStock, DatabaseError, repairStock } = await import('../../../database/index.ts');
    context.ifInterrupted('Nothing was changed.');
    await using opened = await context.openDatabase();
    const { client, db } = opened;
    const found = await compareStock(client, db, context);
    if (found.items === 0) {
      throw new DatabaseError('COLLECTIONS_MISSING', `The database ${db.databaseName} holds no inventory.`);
    }
    const { items, differences, unfounded } = found;
    const result = { database: db.databaseName, items, dryRun, differences, unfounded };
    if (differences.length === 0) return { result: { ...result, repaired: [] }, text: soundText(found) };
    const list = listOf(differences);
    if (dryRun) return { result: { ...result, repaired: [] }, text: [...list, unfoundedText(found)].join('\n') };
    for (const line of list) context.note(line);
    await confirm(context, `Bring these ${differences.length} levels of ${db.databaseName} to their movements?`, yes);
    context.ifInterrupted('The levels that were repaired are right; run the command again for the rest.');
    const ids = differences.map(({ inventory_id }) => inventory_id);
    const repaired = await repairStock(client, db, ids, context);
    return {
      result: { ...result, repaired },
      text: `Repaired ${repaired.length} of ${items} stock levels.${gone(differences, repaired)} ${unfoundedText(found)}`.trimEnd(),
    };
  },
});

const soundText = (found: StockComparison): string =>
  `All ${found.items} stock levels are what their movements say. ${unfoundedText(found)}`.trimEnd();

function unfoundedText({ unfounded }: StockComparison): string {
  if (unfounded.length === 0) return '';
  return `${unfounded.length} items have a level and no movements: there is nothing to fold it from, and it stays.`;
}

function listOf(differences: readonly StockDifference[]): string[] {
  const shown = differences.slice(0, SHOWN_MAX);
  const rest = differences.length - shown.length;
  return [
    `${differences.length} stock levels differ from their movements:`,
    ...shown.map(
      ({ inventory_id, store_id, product_id, stock_level, folded, why }) =>
        `  ${inventory_id}  ${store_id} ${product_id}: level ${stock_level}, movements ${folded} (${why})`,
    ),
    ...(rest > 0 ? [`  … and ${rest} more (\`--json\` lists all)`] : []),
  ];
}

/** A gateway may have been faster. */
function gone(differences: readonly StockDifference[], repaired: readonly StockDifference[]): string {
  const others = differences.length - repaired.length;
  return others === 0 ? '' : ` ${others} were right by then.`;
}
