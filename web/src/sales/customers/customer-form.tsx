import { type FormEvent, useState } from 'react';
import type { Customer } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { Field } from '../../shared/components/field.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { type OperationOutcome, perform } from '../../shared/device/operations.ts';
import { commonWords } from '../../words/common.ts';
import { salesWords } from '../../words/sales.ts';
import { toldNotDone } from '../not-done.ts';

const words = salesWords.customers;
const fieldNames = ['first_name', 'last_name', 'email', 'phone'] as const;
type FieldName = (typeof fieldNames)[number];
type Values = Record<FieldName, string>;

const kinds = {
  first_name: { autoComplete: 'off', autoCapitalize: 'words' },
  last_name: { autoComplete: 'off', autoCapitalize: 'words' },
  email: { type: 'email', inputMode: 'email', autoComplete: 'off', autoCapitalize: 'none' },
  phone: { type: 'tel', inputMode: 'tel', autoComplete: 'off' },
} as const;

interface CustomerFormProps {
  /** Null makes a new one. */
  readonly customer: Customer | null;
  readonly onDone: (customerId: string) => void;
  readonly onLeave: () => void;
}

type Facts = { readonly customer_id: string };

export function CustomerForm({ customer, onDone, onLeave }: CustomerFormProps) {
  const [values, setValues] = useState<Values>(() => ({
    first_name: customer?.first_name ?? '',
    last_name: customer?.last_name ?? '',
    email: customer?.email ?? '',
    phone: customer?.phone ?? '',
  }));
  const [wasSent, setSent] = useState(false);
  const [takenBy, setTakenBy] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const faults = faultsOf(values);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    const firstFault = fieldNames.find((name) => faults[name] !== null);
    if (firstFault !== undefined) {
      (event.target as HTMLFormElement).querySelector<HTMLInputElement>(`[name="${firstFault}"]`)?.focus();
      return;
    }
    setBusy(true);
    const outcome: OperationOutcome<Facts> =
      customer === null
        ? await perform<'create_customer', Facts>('create_customer', values)
        : await perform<'edit_customer', Facts>('edit_customer', { customer_id: customer.customer_id, ...values });
    setBusy(false);
    settle(outcome);
  };

  const settle = (outcome: OperationOutcome<Facts>) => {
    if (outcome.outcome === 'done') {
      const name = `${values.first_name.trim()} ${values.last_name.trim()}`;
      showToast({ tone: 'done', text: customer === null ? words.added(name) : words.saved });
      onDone(outcome.facts.customer_id);
    } else if (outcome.outcome === 'not_done' && outcome.what === 'email_taken') {
      setTakenBy(outcome.facts.customer_id);
    } else if (outcome.outcome === 'not_done' && outcome.what === 'unchanged') {
      showToast({ tone: 'done', text: words.nothingChanged });
      onLeave();
    } else {
      showToast(toldNotDone(outcome));
    }
  };

  return (
    <form noValidate onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
      {fieldNames.map((name) => (
        <Field
          key={name}
          {...kinds[name]}
          name={name}
          label={words.fields[name]}
          {...(name === 'phone' ? { hint: words.hints.phone } : {})}
          value={values[name]}
          error={name === 'email' && takenBy !== null ? words.taken : wasSent ? faults[name] : null}
          className={name === 'email' || name === 'phone' ? 'sm:col-span-2' : ''}
          onChange={(event) => {
            setValues({ ...values, [name]: event.target.value });
            if (name === 'email') setTakenBy(null);
          }}
        />
      ))}
      {takenBy !== null && (
        <Button look="quiet" onClick={() => onDone(takenBy)} className="justify-start sm:col-span-2">
          {words.takenShow}
        </Button>
      )}
      <div className="flex gap-3 *:flex-1 sm:col-span-2">
        <Button onClick={onLeave}>{commonWords.cancel}</Button>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {customer === null ? words.create : words.save}
        </Button>
      </div>
    </form>
  );
}

/** In words, by field; the same rules as the device's, told before it is asked. */
function faultsOf(values: Values): Readonly<Record<FieldName, string | null>> {
  const digits = values.phone.replace(/\D/g, '').replace(/^1(?=\d{10}$)/, '');
  return {
    first_name: values.first_name.trim() === '' ? words.faults.first_name : null,
    last_name: values.last_name.trim() === '' ? words.faults.last_name : null,
    email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(values.email.trim()) ? null : words.faults.email,
    phone: digits.length === 10 ? null : words.faults.phone,
  };
}
