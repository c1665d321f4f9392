import { useMemo } from 'react';
import type { PendingChange } from '../../../../src/device/api.ts';
import { useView } from './use-view.ts';

/** Documents with own work that headquarters does not have yet (`collection/id`), and when the oldest of it was done. */
export function usePendingDocuments(): ReadonlySet<string> {
  const pending = useView<PendingChange[]>('pending');
  const changes = pending.state === 'ready' ? pending.value : undefined;
  return useMemo(
    () =>
      new Set((changes ?? []).filter(({ state }) => state === 'waiting').flatMap(({ documents }) => [...documents])),
    [changes],
  );
}
