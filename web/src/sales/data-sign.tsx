import { CircleAlert, CloudCheck, CloudUpload } from 'lucide-react';
import type { RejectedChange } from '../../../src/device/api.ts';
import { Badge } from '../shared/components/badge.tsx';
import { usePendingDocuments } from '../shared/device/pending-documents.ts';
import { useView } from '../shared/device/use-view.ts';
import { deviceWords } from '../words/common.ts';

export type DataState = 'saved' | 'synced' | 'refused';

/** Whether headquarters has what was done here to a document. */
export function useDataState(collection: string, id: string): DataState {
  const key = `${collection}/${id}`;
  const pending = usePendingDocuments();
  const rejected = useView<readonly RejectedChange[]>('rejected');
  const isRefused = rejected.state === 'ready' && rejected.value.some(({ documents }) => documents.includes(key));
  return isRefused ? 'refused' : pending.has(key) ? 'saved' : 'synced';
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
