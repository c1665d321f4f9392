import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes } from 'react';

const looks = {
  /** The one thing to do here. */
  primary: 'bg-brand text-on-brand border-transparent',
  secondary: 'bg-panel text-ink border-line',
  quiet: 'bg-transparent text-brand border-transparent',
  danger: 'bg-panel text-failed border-failed',
} as const;

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: keyof typeof looks;
  icon?: LucideIcon;
  /** While what it started is under way: it can't be pressed again. */
  isBusy?: boolean;
}

export function Button({ look = 'secondary', icon: Icon, isBusy = false, className = '', ...button }: ButtonProps) {
  return (
    <button
      type="button"
      aria-busy={isBusy || undefined}
      {...button}
      disabled={button.disabled === true || isBusy}
      className={`inline-flex min-h-11 cursor-pointer items-center justify-center gap-2 rounded-xl border px-4 font-medium transition-transform duration-100 active:scale-[0.98] disabled:cursor-not-allowed disabled:opacity-55 ${looks[look]} ${className}`}
    >
      {Icon !== undefined && <Icon aria-hidden className="size-5 shrink-0" />}
      {button.children}
    </button>
  );
}

/** A picture alone: `label` is its name for everybody who can't see it. */
export function IconButton({
  icon: Icon,
  label,
  className = '',
  ...button
}: ButtonHTMLAttributes<HTMLButtonElement> & { icon: LucideIcon; label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...button}
      className={`inline-flex size-11 shrink-0 cursor-pointer items-center justify-center rounded-xl border border-line bg-panel disabled:cursor-not-allowed disabled:opacity-55 ${className}`}
    >
      <Icon aria-hidden className="size-5" />
    </button>
  );
}
