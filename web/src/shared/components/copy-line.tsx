import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { companyWords as words } from '../../words/company.ts';

/** A line of text to copy: selectable by hand too, where the clipboard is closed to pages. */
export function CopyLine(props: { label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(props.text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div>
      <p className="mb-1 text-sm text-quiet">{props.label}</p>
      <div className="flex items-stretch overflow-hidden rounded-lg border border-line bg-sunken">
        <code className="min-w-0 flex-1 break-all px-3 py-3 font-mono text-sm">{props.text}</code>
        <button
          type="button"
          onClick={copy}
          aria-label={`${words.connect.copy}: ${props.label}`}
          className="flex min-h-11 w-14 shrink-0 sm:w-28 cursor-pointer items-center justify-center gap-2 border-l border-line bg-panel text-sm font-medium"
        >
          {copied ? <Check aria-hidden className="size-4 text-brand" /> : <Copy aria-hidden className="size-4" />}
          <span aria-live="polite" className="sr-only sm:not-sr-only">
            {copied ? words.connect.copied : words.connect.copy}
          </span>
        </button>
      </div>
    </div>
  );
}
