import { CheckCircle2, CircleAlert } from 'lucide-react';
import { Toast } from 'radix-ui';
import { useSyncExternalStore } from 'react';
import { commonWords as words } from '../../words/common.ts';

export interface ToastMessage {
  readonly tone: 'done' | 'failed';
  readonly text: string;
  readonly detail?: string;
  /** Offered for some seconds: undo beats confirm. */
  readonly action?: { readonly label: string; readonly run: () => void };
}

interface ShownToast extends ToastMessage {
  readonly id: number;
}

const SHOWN_MS = 7_000;
let toasts: readonly ShownToast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: readonly ShownToast[]): void {
  toasts = next;
  for (const hear of listeners) hear();
}

/** Says what was done, at the bottom of the page; a newer one takes the place of an older one. */
export function showToast(message: ToastMessage): void {
  set([{ ...message, id: nextId }]);
  nextId += 1;
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <Toast.Provider duration={SHOWN_MS} label={words.notifications}>
      {shown.map((toast) => (
        <Toast.Root
          key={toast.id}
          type={toast.tone === 'failed' ? 'foreground' : 'background'}
          onOpenChange={(open) => !open && set(toasts.filter(({ id }) => id !== toast.id))}
          className="flex items-center gap-3 rounded-2xl border border-line bg-ink px-4 py-3 text-paper shadow-xl"
        >
          {toast.tone === 'failed' ? (
            <CircleAlert aria-hidden className="size-5 shrink-0" />
          ) : (
            <CheckCircle2 aria-hidden className="size-5 shrink-0" />
          )}
          <div className="min-w-0 flex-1">
            <Toast.Title className="font-medium">{toast.text}</Toast.Title>
            {toast.detail !== undefined && (
              <Toast.Description className="text-sm opacity-80">{toast.detail}</Toast.Description>
            )}
          </div>
          {toast.action !== undefined && (
            <Toast.Action
              altText={toast.action.label}
              onClick={toast.action.run}
              className="min-h-11 shrink-0 cursor-pointer rounded-xl px-3 font-semibold underline underline-offset-4"
            >
              {toast.action.label}
            </Toast.Action>
          )}
        </Toast.Root>
      ))}
      <Toast.Viewport className="fixed inset-x-4 bottom-24 z-60 mx-auto flex max-w-md flex-col gap-2 sm:bottom-6 in-[body:has([data-action-bar])]:bottom-42! md:in-[body:has([data-action-bar])]:bottom-26!" />
    </Toast.Provider>
  );
}
