import { deviceWords } from '../../../words/common.ts';
import { fieldText, valueText } from './change-words.ts';

const words = deviceWords.changes;

export interface ComparedField {
  readonly path: string;
  readonly seen: unknown;
  readonly wanted: unknown;
  readonly now: unknown;
}

const isNothing = (value: unknown) => value === undefined || value === null || value === '';

/** Field by field: what stood there, what was meant, what is there now. */
export function ComparedFields({
  fields,
  seenLabel = words.before,
}: {
  fields: readonly ComparedField[];
  seenLabel?: string;
}) {
  const shown = fields.filter(
    ({ path, ...values }) => fieldText(path) !== null && Object.values(values).some((value) => !isNothing(value)),
  );
  if (shown.length === 0) return null;
  const cell = 'px-2 py-1.5 text-left align-top first:pl-0 last:pr-0';
  return (
    <table className="mt-3 w-full text-sm">
      <thead className="text-quiet">
        <tr>
          <th scope="col" className={`${cell} font-normal`}>
            <span className="sr-only">{words.field}</span>
          </th>
          <th scope="col" className={`${cell} font-normal`}>
            {seenLabel}
          </th>
          <th scope="col" className={`${cell} font-normal`}>
            {words.mine}
          </th>
          <th scope="col" className={`${cell} font-normal`}>
            {words.now}
          </th>
        </tr>
      </thead>
      <tbody>
        {shown.map(({ path, seen, wanted, now }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two documents may have fields of one name, in a fixed order.
          <tr key={`${path} ${index}`} className="border-t border-line">
            <th scope="row" className={`${cell} font-medium`}>
              {fieldText(path)}
            </th>
            <td className={`${cell} tabular break-words text-quiet`}>{valueText(seen)}</td>
            <td className={`${cell} tabular font-semibold break-words`}>{valueText(wanted)}</td>
            <td className={`${cell} tabular break-words`}>{valueText(now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
