import { z } from 'zod';
import { customerFields } from './customer-input.ts';
import { create, defineRetailOperation } from './operation.ts';

export const createCustomer = defineRetailOperation({
  name: 'create_customer',
  summary: 'Adds a customer of this store.',
  writes: ['customers'],
  input: z.strictObject(customerFields),
  async plan(fields, { reader, storeId, newId, at }) {
    const other = await reader.customerOfEmail(fields.email);
    // Of other stores' customers this device knows nothing: headquarters has the last word.
    if (other !== undefined) return { outcome: 'email_taken' as const, customer_id: other.customer_id };
    const customer_id = newId();
    const document = { ...fields, primary_store_id: storeId, created_at: at, updated_at: at };
    return { outcome: 'done' as const, drafts: [create('customers', customer_id, document)], facts: { customer_id } };
  },
});
