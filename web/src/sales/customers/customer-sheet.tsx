import { UserRoundPlus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../../shared/components/button.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { salesWords } from '../../words/sales.ts';
import { stop } from '../arrow-keys.ts';
import { CustomerFinder, CustomerRowText } from './customer-finder.tsx';
import { CustomerForm } from './customer-form.tsx';

const words = salesWords.customers;

interface CustomerSheetProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onChoose: (customerId: string) => void;
}

/** Finds the customer of a basket, or writes a new one down. */
export function CustomerSheet({ isOpen, onClose, onChoose }: CustomerSheetProps) {
  const [isNew, setNew] = useState(false);
  useEffect(() => {
    if (!isOpen) setNew(false);
  }, [isOpen]);
  const choose = (customerId: string) => {
    onChoose(customerId);
    onClose();
  };
  return (
    <Sheet title={isNew ? words.add : salesWords.basket.choose} isOpen={isOpen} onClose={onClose}>
      {isNew ? (
        <CustomerForm customer={null} onDone={choose} onLeave={() => setNew(false)} />
      ) : (
        <div className="min-h-[60dvh]">
          <Button icon={UserRoundPlus} onClick={() => setNew(true)} className="mb-3 w-full">
            {words.add}
          </Button>
          <CustomerFinder
            onFirst={choose}
            row={(row) => (
              <button
                {...stop}
                type="button"
                onClick={() => choose(row.customerId)}
                className="flex min-h-16 w-full cursor-pointer items-center gap-3 py-2 text-left"
              >
                <CustomerRowText row={row} />
              </button>
            )}
          />
        </div>
      )}
    </Sheet>
  );
}
