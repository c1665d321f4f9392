import { ShieldCheck, ShieldX } from 'lucide-react';
import type { CompanyDevice } from '../../../../src/headquarters/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { problemOf } from '../../shared/problem.ts';
import { entranceWords } from '../../words/entrance.ts';
import { setAllowed } from './devices-api.ts';

const words = entranceWords.devices;

/** Revokes a device's access, or gives it back: the one undoes the other. */
export function AccessButton({ device }: { device: CompanyDevice }) {
  const change = async () => {
    try {
      await setAllowed(device.id, !device.isAllowed);
    } catch (error) {
      const { message, fix } = problemOf(error);
      showToast({ tone: 'failed', text: `${words.failed}: ${message}`, detail: fix });
    }
  };
  return (
    <Button icon={device.isAllowed ? ShieldX : ShieldCheck} onClick={() => void change()}>
      {device.isAllowed ? words.turnAway : words.allow}
    </Button>
  );
}
