import type { Order } from '../../../../src/device/api.ts';
import { formatDay } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';

const DAY_MS = 86_400_000;
const words = salesWords.orders;

/** The reader's day of a moment: `2026-11-22`. */
export function dayOf(time: string | number): string {
  const moment = new Date(time);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}

export function dayLabel(day: string): string {
  if (day === dayOf(Date.now())) return words.today;
  if (day === dayOf(Date.now() - DAY_MS)) return words.yesterday;
  return formatDay(`${day}T00:00:00Z`);
}

/** In the order in which they come. */
export function byDay(orders: readonly Order[]): readonly (readonly [day: string, orders: readonly Order[]])[] {
  const days = new Map<string, Order[]>();
  for (const order of orders) {
    const day = dayOf(order.order_date);
    const ofDay = days.get(day);
    if (ofDay === undefined) days.set(day, [order]);
    else ofDay.push(order);
  }
  return [...days];
}
