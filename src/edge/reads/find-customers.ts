/** Finds customers by what people say: a name, the beginning of an e-mail address, a telephone number. */
import type { Customer } from '../../domain/index.ts';
import type { StoreReader } from './store-reader.ts';

const DIGITS_MIN = 3;
/** Of a common last name so many are looked through for the first name. */
const NAMESAKES_MAX = 500;

/** Best first: by last name, then by first name, then by e-mail address. */
export async function findCustomers(reader: StoreReader, text: string, limit = 20): Promise<Customer[]> {
  const wanted = text.trim();
  const digits = wanted.replace(/\D/g, '');
  if (wanted === '') return [];
  if (wanted.includes('@')) return await reader.customersByEmailStart(wanted.toLowerCase(), limit);
  if (digits.length >= DIGITS_MIN && !/\p{L}/u.test(wanted)) {
    return await reader.customersByPhoneStart(phoneBeginning(digits), limit);
  }
  const [one = '', other] = wanted.split(/[\s,]+/).filter((word) => word !== '');
  const found = other === undefined ? await ofOneWord(reader, one, limit) : await ofTwoWords(reader, one, other);
  return [...new Map(found.map((customer) => [customer.customer_id, customer])).values()].slice(0, limit);
}

async function ofOneWord(reader: StoreReader, word: string, limit: number): Promise<Customer[]> {
  const found: Customer[] = [];
  for (const name of spellings(word)) found.push(...(await reader.customersByLastName(name, limit)));
  for (const name of spellings(word)) found.push(...(await reader.customersByFirstName(name, limit)));
  return [...found, ...(await reader.customersByEmailStart(word.toLowerCase(), limit))];
}

/** "Ada Byron" and "Byron, Ada", begun or whole. */
async function ofTwoWords(reader: StoreReader, one: string, other: string): Promise<Customer[]> {
  const found: Customer[] = [];
  for (const [last, first] of [
    [other, one],
    [one, other],
  ] as const) {
    const firstNames = spellings(first);
    for (const name of spellings(last)) {
      const namesakes = await reader.customersByLastName(name, NAMESAKES_MAX);
      found.push(...namesakes.filter(({ first_name }) => firstNames.some((begun) => first_name.startsWith(begun))));
    }
  }
  return found;
}

/** As names are written, of what is typed: `mcdonald` → McDonald, Mcdonald; `O'BRIEN` → O'Brien. An index knows no case. */
function spellings(word: string): readonly string[] {
  const asTyped = word.charAt(0).toUpperCase() + word.slice(1);
  const plain = asTyped.charAt(0) + asTyped.slice(1).toLowerCase();
  const joined = plain.replace(
    /(^Mc|^Mac|['’-])(\p{Ll})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
  return [...new Set([asTyped, plain, joined])];
}

/** `20655` → "(206) 55", as numbers are kept. */
function phoneBeginning(typed: string): string {
  const digits = typed.length > 10 && typed.startsWith('1') ? typed.slice(1) : typed;
  if (digits.length < 3) return `(${digits}`;
  if (digits.length < 7) return digits.length === 3 ? `(${digits})` : `(${digits.slice(0, 3)}) ${digits.slice(3)}`;
  return `(${digits.slice(0, 3)}) ${digits.slice(3, 6)}-${digits.slice(6, 10)}`;
}
