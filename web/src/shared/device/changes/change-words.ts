/** Own changes in the words of a shop. */
import { deviceWords } from '../../../words/common.ts';
import { formatList } from '../../format.ts';

const words = deviceWords.changes;
const NAMES_SHOWN_MAX = 2;

/** "Count · Claw Hammer and 3 more" */
export function changeTitle(action: string, about: readonly string[]): string {
  const what = actionText(action);
  if (about.length === 0) return what;
  const more = about.length - NAMES_SHOWN_MAX;
  const names = about.length <= NAMES_SHOWN_MAX ? about : [...about.slice(0, NAMES_SHOWN_MAX), words.others(more)];
  return `${what} · ${formatList(names)}`;
}

export function actionText(action: string): string {
  const known: Readonly<Record<string, string>> = words.actions;
  return known[action] ?? sentence(action);
}

/** Null for what no person has written: ids and stamps. */
export function fieldText(path: string): string | null {
  const known: Readonly<Record<string, string>> = words.fields;
  if (path.startsWith('lines.')) return words.fields.lines;
  return known[path] ?? null;
}

/** Why headquarters refused it, in a sentence for who did it. */
export function refusalText(reason: string): string {
  const known: Readonly<Record<string, string>> = words.refusals;
  return known[reason] ?? words.refusals.other;
}

export function valueText(value: unknown): string {
  if (value === undefined || value === null || value === '') return words.nothing;
  if (typeof value === 'object') return JSON.stringify(value);
  const known: Readonly<Record<string, string>> = words.values;
  return known[String(value)] ?? String(value);
}

const sentence = (name: string) => {
  const text = name.replaceAll('_', ' ');
  return text.slice(0, 1).toUpperCase() + text.slice(1);
};
