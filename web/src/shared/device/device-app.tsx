import { type ReactNode, useEffect } from 'react';
import { OtherTab } from '../components/other-tab.tsx';
import { useOneTab } from '../one-tab.ts';
import { useTheme } from '../theme.ts';
import { followDevice } from './live-device.ts';

/** What every app of a device stands in: the theme, one tab at a time, one stream of events. */
export function DeviceApp({ name, children }: { name: string; children: ReactNode }) {
  useTheme();
  const { tab, takeOver } = useOneTab(`zava.${name}`);
  useEffect(() => (tab === 'held' ? followDevice() : undefined), [tab]);
  if (tab === 'elsewhere') return <OtherTab onTakeOver={takeOver} />;
  return children;
}
