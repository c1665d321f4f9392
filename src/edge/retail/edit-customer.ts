import { z } from 'zod';
import { customerFields } from './customer-input.ts';
import * as inputs from './inputs.ts';
import { defineRetailOperation, set } from './operation.ts';

export const editCustomer = defineRetailOperation({
  name: 'edit_customer',
  summary: 'Changes what is written down of a customer.',
  writes: ['customers'],
  input: z.strictObject({ customer_id: inputs.id, ...z.object(customerFields).partial().shape }),
  async plan({ customer_id, ...wanted }, { reader, at }) {
    const customer = await reader.customer(customer_id);
    if (customer === undefined) return { outcome: 'unknown_customer' as const, customer_id };
    // Only what differs: an edit of the name must not undo a colleague's edit of the telephone number.
    const fields = Object.fromEntries(
      Object.entries(wanted).filter(([field, value]) => value !== undefined && customer[field] !== value),
    );
    if (Object.keys(fields).length === 0) return { outcome: 'unchanged' as const, customer_id };
    const other = fields['email'] === undefined ? undefined : await reader.customerOfEmail(fields['email']);
    if (other !== undefined && other.customer_id !== customer_id) {
      return { outcome: 'email_taken' as const, customer_id: other.customer_id };
    }
    return {
      outcome: 'done' as const,
      drafts: [set('customers', customer, { ...fields, updated_at: at })],
      facts: { customer_id, changed: Object.keys(fields) },
    };
  },
});
