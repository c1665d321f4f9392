import { useState } from 'react';
import type { InboxEntryDetails } from '../../../../src/headquarters/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { Field } from '../../shared/components/field.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { actionText, fieldText } from '../../shared/device/changes/change-words.ts';
import { dashboardWords } from '../../words/dashboard.ts';

const { inbox: words } = dashboardWords;

type Written = string | number;
type Json = Readonly<Record<string, unknown>>;

/** What a person wrote into it: the fields that may be written anew. */
const writtenFields = ({ documents }: InboxEntryDetails) =>
  documents.flatMap(({ collection, id, fields }) =>
    fields.flatMap(({ path, wanted }) => {
      const label = fieldText(path);
      if (label === null || (typeof wanted !== 'string' && typeof wanted !== 'number')) return [];
      const key = `${collection}/${id}`;
      return [{ id: `${key} ${path}`, key, path, label, wanted: wanted as Written }];
    }),
  );

export const canBeChanged = (entry: InboxEntryDetails): boolean =>
  entry.changes.length > 0 && writtenFields(entry).length > 0;

/** The refused work with other values. */
export function ChangeSheet(props: {
  entry: InboxEntryDetails;
  onClose: () => void;
  onSave: (changes: readonly Json[]) => Promise<void>;
}) {
  const { entry, onClose, onSave } = props;
  const written = writtenFields(entry);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const enteredOf = ({ id, wanted }: (typeof written)[number]): Written => {
    const typed = values[id];
    if (typed === undefined) return wanted;
    return typeof wanted === 'number' ? Number(typed.trim() === '' ? Number.NaN : typed) : typed;
  };
  const isWrong = written.some((field) => Number.isNaN(enteredOf(field)));
  const changed = () =>
    entry.changes.map((change) => {
      const own = written.filter(({ key }) => key === `${change.collection}/${change.id}`);
      const entered = Object.fromEntries(own.map((field) => [field.path, enteredOf(field)]));
      return change.kind === 'create'
        ? { ...change, document: withValues(change.document ?? {}, entered) }
        : { ...change, fields: { ...change.fields, ...entered } };
    });
  return (
    <Sheet
      title={words.changeTitle}
      description={actionText(entry.action)}
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" disabled={isWrong} onClick={() => void onSave(changed())}>
          {words.changeSave}
        </Button>
      }
    >
      <div className="space-y-4">
        {written.map((field) => (
          <Field
            key={field.id}
            label={field.label}
            value={values[field.id] ?? String(field.wanted)}
            inputMode={typeof field.wanted === 'number' ? 'numeric' : 'text'}
            error={Number.isNaN(enteredOf(field)) ? words.notANumber : null}
            onChange={(event) => setValues({ ...values, [field.id]: event.target.value })}
          />
        ))}
      </div>
    </Sheet>
  );
}

function withValues(document: Json, values: Json): Json {
  const copy = structuredClone(document) as Record<string, unknown>;
  for (const [path, value] of Object.entries(values)) {
    const names = path.split('.');
    const last = names.pop() as string;
    const parent = names.reduce<Record<string, unknown>>((one, name) => one[name] as Record<string, unknown>, copy);
    parent[last] = value;
  }
  return copy;
}
