import { Sheet } from '../../shared/components/sheet.tsx';
import { salesWords } from '../../words/sales.ts';

const words = salesWords.basket;
const PERCENTS = [0, 5, 10, 15, 20, 25, 30, 40, 50] as const;

interface DiscountSheetProps {
  readonly name: string;
  readonly percent: number;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onChoose: (percent: number) => void;
}

export function DiscountSheet({ name, percent, isOpen, onClose, onChoose }: DiscountSheetProps) {
  return (
    <Sheet title={words.discount} description={name} isOpen={isOpen} onClose={onClose}>
      <div className="grid grid-cols-3 gap-2">
        {PERCENTS.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === percent}
            onClick={() => {
              onChoose(each);
              onClose();
            }}
            className="tabular min-h-14 cursor-pointer rounded-xl border border-line bg-panel px-2 text-lg font-semibold aria-pressed:border-brand aria-pressed:bg-brand-soft"
          >
            {each === 0 ? words.noDiscount : `${each} %`}
          </button>
        ))}
      </div>
    </Sheet>
  );
}
