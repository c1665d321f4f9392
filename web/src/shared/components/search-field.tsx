import { Search, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { commonWords as words } from '../../words/common.ts';

interface SearchFieldProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onEnter?: () => void;
  readonly onDown?: () => void;
}

/** The field that `/` goes to from anywhere; Escape empties it, then leaves it. */
export function SearchField({ label, placeholder, value, onChange, onEnter, onDown }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      if (event.key !== '/' || target?.closest('input, textarea, select')) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <div className="relative">
      <Search
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-3.5 size-5 -translate-y-1/2 text-quiet"
      />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={value}
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onEnter?.();
          if (event.key === 'ArrowDown' && onDown !== undefined) {
            event.preventDefault();
            onDown();
          }
          if (event.key !== 'Escape') return;
          if (value === '') {
            input.current?.blur();
          } else {
            // The page would take it for "leave".
            event.preventDefault();
            onChange('');
          }
        }}
        className="min-h-13 w-full [&::-webkit-search-cancel-button]:hidden rounded-2xl border border-line bg-panel pr-12 pl-11 text-lg placeholder:text-quiet"
      />
      {value !== '' && (
        <button
          type="button"
          aria-label={words.clear}
          onClick={() => {
            onChange('');
            input.current?.focus();
          }}
          className="absolute top-1/2 right-1 flex size-11 -translate-y-1/2 cursor-pointer items-center justify-center text-quiet"
        >
          <X aria-hidden className="size-5" />
        </button>
      )}
    </div>
  );
}
