/** One of a few words, each a target for a thumb; `value` is null while nothing was chosen. */
export function Choice(props: {
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string; readonly note?: string }[];
  readonly value: string | null;
  readonly onChange: (value: string) => void;
  /** One below the other, where each says more than a word. */
  readonly isList?: boolean;
}) {
  const { label, options, value, onChange, isList = false } = props;
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">{label}</legend>
      <div className={isList ? 'space-y-2' : 'flex flex-wrap gap-2'}>
        {options.map((option) => (
          <label
            key={option.value}
            className={`flex min-h-11 cursor-pointer items-center justify-between gap-3 rounded-xl border px-3.5 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-brand ${option.value === value ? 'border-brand bg-brand-soft' : 'border-line bg-panel'}`}
          >
            <input
              type="radio"
              name={label}
              className="sr-only"
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span className="font-medium">{option.label}</span>
            {option.note !== undefined && <span className="tabular text-sm text-quiet">{option.note}</span>}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
