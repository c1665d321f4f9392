import { useState } from 'react';
import type { RejectedChange } from '../../../../../src/device/api.ts';
import { deviceWords } from '../../../words/common.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { changeTitle, fieldText } from './change-words.ts';
import { settle } from './settle.ts';

const words = deviceWords.changes;

type Written = string | number;

/** What a person wrote into refused work: the fields that may be written anew. */
function writtenFields({ changes }: RejectedChange) {
  return changes.flatMap(({ key, fields }) =>
    fields.flatMap(({ path, wanted }) => {
      const label = fieldText(path);
      if (label === null || (typeof wanted !== 'string' && typeof wanted !== 'number')) return [];
      return [{ id: `${key} ${path}`, key, path, label, wanted: wanted as Written }];
    }),
  );
}

export const canBeChanged = (change: RejectedChange): boolean => writtenFields(change).length > 0;

/** Does something else instead: the refused work with other values. */
export function ChangeSheet({ change, onClose }: { change: RejectedChange; onClose: () => void }) {
  const written = writtenFields(change);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const enteredOf = ({ id, wanted }: (typeof written)[number]): Written => {
    const typed = values[id];
    if (typed === undefined) return wanted;
    return typeof wanted === 'number' ? Number(typed) : typed;
  };
  const isWrong = written.some((field) => Number.isNaN(enteredOf(field)));
  const save = async () => {
    const changes = change.operation.changes.map((one) => {
      const own = written.filter(({ key }) => key === `${one.collection}/${one.id}`);
      const changed = Object.fromEntries(own.map((field) => [field.path, enteredOf(field)]));
      return one.kind === 'create'
        ? { ...one, document: withValues(one.document, changed) }
        : { ...one, fields: { ...one.fields, ...changed } };
    });
    if (await settle(`/api/rejected/${change.sequence}/change`, words.settled.change, { changes })) onClose();
  };
  return (
    <Sheet
      title={words.changeTitle}
      description={changeTitle(change.action, change.about)}
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" className="min-h-13 text-lg" disabled={isWrong} onClick={save}>
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

type Json = Readonly<Record<string, unknown>>;

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
