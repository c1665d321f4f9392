import { useState } from 'react';
import { Field } from '../shared/components/field.tsx';

interface ReasonFieldProps {
  readonly label: string;
  readonly otherLabel: string;
  readonly choices: readonly string[];
  readonly value: string;
  readonly onChange: (reason: string) => void;
  readonly error: string | null;
}

/** One of the usual reasons with a tap, or another in words. */
export function ReasonField({ label, otherLabel, choices, value, onChange, error }: ReasonFieldProps) {
  const [isOther, setOther] = useState(false);
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-medium">{label}</legend>
      <div className="mb-2 flex flex-wrap gap-2">
        {choices.map((choice) => (
          <Choice
            key={choice}
            text={choice}
            isChosen={!isOther && value === choice}
            onChoose={() => {
              setOther(false);
              onChange(choice);
            }}
          />
        ))}
        <Choice
          text={otherLabel}
          isChosen={isOther}
          onChoose={() => {
            setOther(true);
            onChange('');
          }}
        />
      </div>
      {isOther && (
        <Field
          label={otherLabel}
          value={value}
          maxLength={500}
          autoFocus
          error={error}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {!isOther && error !== null && (
        <p role="alert" className="text-sm text-failed">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function Choice({ text, isChosen, onChoose }: { text: string; isChosen: boolean; onChoose: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onChoose}
      className="min-h-11 cursor-pointer rounded-full border border-line bg-panel px-4 font-medium aria-pressed:border-brand aria-pressed:bg-brand-soft"
    >
      {text}
    </button>
  );
}
