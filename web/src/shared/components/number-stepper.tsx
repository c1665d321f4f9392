import { Minus, Plus } from 'lucide-react';
import { useId } from 'react';
import { commonWords as words } from '../../words/common.ts';

interface NumberStepperProps {
  readonly label: string;
  /** Null while nothing was entered. */
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
  readonly min?: number;
  readonly max?: number;
  /** The label is for screen readers alone, where the row says it already. */
  readonly isLabelHidden?: boolean;
}

/** A number of units for a thumb: a field between two large buttons. */
export function NumberStepper(props: NumberStepperProps) {
  const { label, value, onChange, min = 0, max = 99_999, isLabelHidden = false } = props;
  const id = useId();
  const within = (units: number) => Math.min(max, Math.max(min, units));
  const button = 'flex size-12 shrink-0 cursor-pointer items-center justify-center disabled:opacity-40';
  return (
    <div>
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'mb-1 block text-sm font-medium'}>
        {label}
      </label>
      <div className="inline-flex items-center overflow-hidden rounded-xl border border-line bg-panel">
        <button
          type="button"
          aria-label={`${label}: ${words.less}`}
          disabled={value !== null && value <= min}
          onClick={() => onChange(within((value ?? min) - 1))}
          className={button}
        >
          <Minus aria-hidden className="size-5" />
        </button>
        <input
          id={id}
          inputMode="numeric"
          pattern="[0-9]*"
          autoComplete="off"
          value={value ?? ''}
          onFocus={(event) => event.target.select()}
          onChange={(event) => {
            const digits = event.target.value.replace(/\D/g, '');
            onChange(digits === '' ? null : within(Number(digits)));
          }}
          className="tabular h-12 w-16 border-x border-line bg-transparent text-center text-xl font-semibold"
        />
        <button
          type="button"
          aria-label={`${label}: ${words.more}`}
          disabled={value !== null && value >= max}
          onClick={() => onChange(within((value ?? min) + 1))}
          className={button}
        >
          <Plus aria-hidden className="size-5" />
        </button>
      </div>
    </div>
  );
}
