/** What is written down of a customer. */
import { z } from 'zod';

const name = z.string().trim().min(1).max(100);

export const customerFields = {
  first_name: name,
  last_name: name,
  email: z
    .string()
    .trim()
    .toLowerCase()
    .max(200)
    .regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'expected an e-mail address'),
  /** Any way of writing ten digits; kept as (206) 555-0123. */
  phone: z.string().transform((text, context) => {
    const digits = text.replace(/\D/g, '').replace(/^1(?=\d{10}$)/, '');
    if (digits.length === 10) return `(${digits.slice(0, 3)}) ${digits.slice(3, 6)}-${digits.slice(6)}`;
    context.addIssue({ code: 'custom', message: 'expected a telephone number such as (206) 555-0123' });
    return z.NEVER;
  }),
};
