import { CircleAlert, CloudCheck, CloudUpload } from 'lucide-react';
import type { PendingChange, RejectedChange } from '../../../src/device/api.ts';
import { Badge } from '../shared/components/badge.tsx';
import { useView } from '../shared/device/use-view.ts';
import { deviceWords } from '../words/common.ts';

export type DataState = 'saved' | 'synced' | 'refused';

/** Whether headquarters has what was done here to a document. */
export function useDataState(collection: string, id: string): DataState {
  const pending = useView<readonly PendingChange[]>('pending');
  const rejected = useView<readonly RejectedChange[]>('rejected');
  const names = ({ operation }: PendingChange | RejectedChange) =>
    operation.changes.some((change) => change.collection === collection && change.id === id);
  if (rejected.state === 'ready' && rejected.value.some(names)) return 'refused';
  if (pending.state === 'ready' && pending.value.some(names)) return 'saved';
  return 'synced';
}

export function DataSign({ state }: { state: DataState }) {
  if (state === 'refused') {
    return (
      <Badge icon={CircleAlert} tone="failed">
        {deviceWords.data.refused}
      </Badge>
    );
  }
  return state === 'saved' ? (
    <Badge icon={CloudUpload} tone="plain">
      {deviceWords.data.saved}
    </Badge>
  ) : (
    <Badge icon={CloudCheck} tone="good">
      {deviceWords.data.synced}
    </Badge>
  );
}
