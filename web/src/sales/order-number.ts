const DATA_SET_ORDER = /^order_(\d+)$/;
const SHOWN_DIGITS = 8;
const SCANNED_DIGITS = 12;

/** As people say it: `order_3000` → "3000", a UUID → its first eight digits. The search finds it by that. */
export function orderNumber(orderId: string): string {
  return DATA_SET_ORDER.exec(orderId)?.[1] ?? orderId.slice(0, SHOWN_DIGITS).toUpperCase();
}

/** As a scanner reads it: longer, so that no two orders of a company share it. */
export function scannedNumber(orderId: string): string {
  return DATA_SET_ORDER.exec(orderId)?.[1] ?? orderId.replaceAll('-', '').slice(0, SCANNED_DIGITS).toUpperCase();
}
