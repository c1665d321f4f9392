import { type InputHTMLAttributes, type ReactNode, useId } from 'react';

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id'> {
  readonly label: string;
  readonly hint?: string;
  /** What is wrong, and what to do. */
  readonly error?: string | null;
}

/** A labelled field of text with its hint and its fault. */
export function Field({ label, hint, error = null, className = '', ...input }: FieldProps) {
  const id = useId();
  return (
    <FieldFrame id={id} label={label} {...(hint === undefined ? {} : { hint })} error={error} className={className}>
      <input
        {...input}
        id={id}
        aria-invalid={error !== null || undefined}
        aria-describedby={hint !== undefined || error !== null ? `${id}-note` : undefined}
        className="min-h-11 w-full rounded-xl border border-line bg-panel px-3 text-ink placeholder:text-quiet aria-invalid:border-failed"
      />
    </FieldFrame>
  );
}

interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly className?: string;
}

export function SelectField({ label, value, options, onChange, hint, className = '' }: SelectFieldProps) {
  const id = useId();
  return (
    <FieldFrame id={id} label={label} {...(hint === undefined ? {} : { hint })} error={null} className={className}>
      <select
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="min-h-11 w-full rounded-xl border border-line bg-panel px-3 text-ink"
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}

function FieldFrame(props: {
  id: string;
  label: string;
  hint?: string;
  error: string | null;
  className: string;
  children: ReactNode;
}) {
  const note = props.error ?? props.hint;
  return (
    <div className={props.className}>
      <label htmlFor={props.id} className="mb-1 block text-sm font-medium">
        {props.label}
      </label>
      {props.children}
      {note !== undefined && (
        <p id={`${props.id}-note`} className={`mt-1 text-sm ${props.error === null ? 'text-quiet' : 'text-failed'}`}>
          {note}
        </p>
      )}
    </div>
  );
}
