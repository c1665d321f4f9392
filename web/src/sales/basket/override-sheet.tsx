import { useState } from 'react';
import type { BasketQuote } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { formatMoney } from '../../shared/format.ts';
import { commonWords } from '../../words/common.ts';
import { salesWords } from '../../words/sales.ts';
import { ReasonField } from '../reason-field.tsx';

const words = salesWords.short;

interface OverrideSheetProps {
  readonly quote: BasketQuote;
  readonly isOpen: boolean;
  readonly isBusy: boolean;
  readonly onClose: () => void;
  readonly onReason: (reason: string) => void;
}

/** Asks why more is sold than is known to be here. */
export function OverrideSheet({ quote, isOpen, isBusy, onClose, onReason }: OverrideSheetProps) {
  const [reason, setReason] = useState('');
  const [error, setError] = useState<string | null>(null);
  const run = () => {
    if (reason.trim() === '') setError(words.overrideNeeded);
    else onReason(reason.trim());
  };
  return (
    <Sheet
      title={words.overrideTitle}
      description={words.overrideText}
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{commonWords.back}</Button>
          <Button look="primary" isBusy={isBusy} onClick={run} className="tabular">
            {words.override(formatMoney(quote.total))}
          </Button>
        </>
      }
    >
      <ul className="mb-4 space-y-1">
        {quote.lines
          .filter(({ missingUnits }) => missingUnits > 0)
          .map(({ product_id, product, believedUnits, quantity }) => (
            <li key={product_id} className="flex justify-between gap-3">
              <span className="min-w-0 truncate font-medium">{product.product_name}</span>
              <span className="tabular shrink-0 text-low">{words.only(Math.max(0, believedUnits ?? 0), quantity)}</span>
            </li>
          ))}
      </ul>
      <ReasonField
        label={words.overrideReason}
        otherLabel={words.overrideOther}
        choices={words.overrideReasons}
        value={reason}
        error={error}
        onChange={(next) => {
          setReason(next);
          setError(null);
        }}
      />
    </Sheet>
  );
}
