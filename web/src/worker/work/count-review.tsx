import { CheckCheck } from 'lucide-react';
import { useState } from 'react';
import type { ShelfItem } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { SelectField } from '../../shared/components/field.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { act } from '../../shared/device/act.ts';
import { formatCount } from '../../shared/format.ts';
import { workerWords } from '../../words/worker.ts';
import { differenceText } from '../product/count-one-sheet.tsx';
import { ActionBar } from '../side-by-side.tsx';
import { tellObstacle } from '../undo.ts';
import type { CountDraft } from './count-draft.ts';
import { LineList, LineRow } from './line-row.tsx';

const words = workerWords.countSheet;
/** What one operation of a device may hold. */
const LINES_MAX = 100;

interface CountReviewProps {
  readonly aisle: string;
  readonly items: readonly ShelfItem[];
  readonly counted: CountDraft;
  /** With the product that shall be counted again. */
  readonly onBack: (again?: string) => void;
  readonly onSaved: () => void;
}

/** What the count differs in, each with its reason; what is as expected is only summed up. */
export function CountReview({ aisle, items, counted, onBack, onSaved }: CountReviewProps) {
  const [reasons, setReasons] = useState<Readonly<Record<string, string>>>({});
  const [isSaving, setSaving] = useState(false);
  const found = items.map((item) => {
    const units = counted[item.product_id] as number;
    return { item, units, difference: units - item.believedUnits };
  });
  const differing = found.filter(({ difference }) => difference !== 0);
  const unexplained = differing.filter(({ item }) => reasons[item.product_id] === undefined).length;

  const save = async () => {
    setSaving(true);
    const byReason = new Map<string, { product_id: string; units: number }[]>();
    for (const { item, units, difference } of found) {
      const reason = difference === 0 ? '' : (reasons[item.product_id] ?? '');
      byReason.set(reason, [...(byReason.get(reason) ?? []), { product_id: item.product_id, units }]);
    }
    for (const [reason, lines] of byReason) {
      for (let at = 0; at < lines.length; at += LINES_MAX) {
        const outcome = await act('count', { lines: lines.slice(at, at + LINES_MAX), reason }, () => null);
        if (outcome.outcome === 'done') continue;
        tellObstacle(outcome);
        setSaving(false);
        return;
      }
    }
    showToast({ tone: 'done', text: words.saved(formatCount(found.length), found.length), detail: aisle });
    onSaved();
  };
  return (
    <>
      <PageHeading title={words.review(aisle)}>
        <p className="flex items-center gap-2 text-quiet">
          <CheckCheck aria-hidden className="size-4" />
          {words.asExpected(formatCount(found.length - differing.length), formatCount(found.length))}
        </p>
      </PageHeading>
      {differing.length > 0 && (
        <LineList label={words.differences}>
          {differing.map(({ item, units, difference }) => (
            <LineRow
              key={item.product_id}
              line={item}
              text={words.foundOf(formatCount(units), formatCount(item.believedUnits))}
              sign={<p className="font-medium text-low">{differenceText(difference)}</p>}
            >
              <div className="flex flex-wrap items-end justify-end gap-2">
                <SelectField
                  label={workerWords.count.reason}
                  value={reasons[item.product_id] ?? ''}
                  options={[
                    { value: '', label: words.chooseReason },
                    ...workerWords.count.reasons.map((value) => ({ value, label: value })),
                  ]}
                  onChange={(reason) => setReasons({ ...reasons, [item.product_id]: reason })}
                />
                <Button look="quiet" onClick={() => onBack(item.product_id)}>
                  {words.again}
                </Button>
              </div>
            </LineRow>
          ))}
        </LineList>
      )}
      <ActionBar>
        <Button className="min-h-13" onClick={() => onBack()}>
          {words.back}
        </Button>
        <Button look="primary" className="min-h-13" isBusy={isSaving} disabled={unexplained > 0} onClick={save}>
          {unexplained > 0 ? words.explain(formatCount(unexplained)) : words.save}
        </Button>
      </ActionBar>
    </>
  );
}
