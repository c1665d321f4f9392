import { salesWords } from '../../words/sales.ts';
import type { Filters } from './filters.ts';
import type { Kinds } from './use-catalogue.ts';

const words = salesWords.catalogue;

interface CategoryRowProps {
  readonly kinds: Kinds;
  readonly filters: Filters;
  readonly change: (change: Partial<Filters>) => void;
}

/** The categories, and under the chosen one its kinds of product. */
export function CategoryRow({ kinds, filters: { category, type }, change }: CategoryRowProps) {
  const types = kinds.types.filter(({ category_id }) => category_id === category);
  return (
    <div className="space-y-2">
      <Chips
        label={words.categories}
        chosen={category}
        chips={kinds.categories.map(({ category_id, category_name }) => ({ value: category_id, name: category_name }))}
        onChoose={(value) => change({ category: value, type: null })}
      />
      {category !== null && (
        <Chips
          label={words.types}
          chosen={type}
          chips={types.map(({ type_id, type_name }) => ({ value: type_id, name: type_name }))}
          onChoose={(value) => change({ type: value })}
        />
      )}
    </div>
  );
}

interface ChipsProps {
  readonly label: string;
  readonly chosen: string | null;
  readonly chips: readonly { readonly value: string; readonly name: string }[];
  readonly onChoose: (value: string | null) => void;
}

function Chips({ label, chosen, chips, onChoose }: ChipsProps) {
  const all = { value: null, name: words.all };
  return (
    <fieldset className="-mx-4 flex min-w-0 gap-2 overflow-x-auto px-4 py-0.5 [scrollbar-width:none] md:-mx-6 md:px-6">
      <legend className="sr-only">{label}</legend>
      {[all, ...chips].map(({ value, name }) => (
        <button
          key={name}
          type="button"
          aria-pressed={chosen === value}
          onClick={() => onChoose(value)}
          className="min-h-11 shrink-0 cursor-pointer rounded-full border border-line bg-panel px-4 font-medium whitespace-nowrap aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-paper"
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
