import { Switch } from 'radix-ui';
import { useState } from 'react';
import type { CompanyDevice } from '../../../../src/headquarters/api.ts';
import { showToast } from '../../shared/components/toasts.tsx';
import { problemOf } from '../../shared/problem.ts';
import { entranceWords } from '../../words/entrance.ts';
import { setOnline } from './devices-api.ts';

const words = entranceWords.devices;

/** Cuts a device's network and lets it be again; shows the wish at once, and the truth as soon as it is heard. */
export function NetworkSwitch({ device }: { device: CompanyDevice }) {
  const [wish, setWish] = useState<boolean | null>(null);
  const isOnline = wish ?? device.state !== 'cut';
  const change = async (online: boolean) => {
    setWish(online);
    try {
      await setOnline(device.id, online);
    } catch (error) {
      const { message, fix } = problemOf(error);
      showToast({ tone: 'failed', text: `${words.failed}: ${message}`, detail: fix });
    } finally {
      setWish(null);
    }
  };
  return (
    <div className="flex min-h-11 items-center gap-2.5 text-sm font-medium">
      <Switch.Root
        checked={isOnline}
        disabled={device.url === null}
        onCheckedChange={(online) => void change(online)}
        aria-label={words.cutOf(device.name)}
        className="group relative h-7 w-12 shrink-0 cursor-pointer rounded-full border border-line bg-quiet transition-colors duration-100 data-[state=checked]:bg-brand disabled:opacity-50"
      >
        <Switch.Thumb className="block size-5 translate-x-0.5 rounded-full bg-panel shadow transition-transform duration-100 data-[state=checked]:translate-x-5.5" />
      </Switch.Root>
      <span aria-hidden className="w-24 whitespace-nowrap">
        {words.network} {(isOnline ? words.on : words.off).toLowerCase()}
      </span>
    </div>
  );
}
