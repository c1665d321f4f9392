import { CloudDownload, CloudOff } from 'lucide-react';
import { deviceWords } from '../../words/common.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { ProgressBar } from '../components/progress-bar.tsx';
import { useLiveDevice } from './live-device.ts';

/** While the catalogue has not come for the first time there is nothing to work with. */
export function FirstSync() {
  const { state } = useLiveDevice();
  const isFetching = state?.phase === 'syncing' || state?.phase === 'online';
  const words = isFetching ? deviceWords.firstSync : deviceWords.firstSyncOffline;
  return (
    <div role="status" className="mx-auto max-w-lg pt-[12dvh]">
      <EmptyState icon={isFetching ? CloudDownload : CloudOff} title={words.title} text={words.text}>
        {isFetching && (
          <div className="w-64">
            <ProgressBar label={words.title} fraction={null} />
          </div>
        )}
      </EmptyState>
    </div>
  );
}
