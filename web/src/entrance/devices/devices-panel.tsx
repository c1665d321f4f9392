import { TabletSmartphone } from 'lucide-react';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { entranceWords } from '../../words/entrance.ts';
import { DeviceCard } from './device-card.tsx';
import { useDevices } from './devices-api.ts';

const words = entranceWords.devices;

/** A card for each device of the company. */
export function DevicesPanel() {
  const devices = useDevices();
  return (
    <section aria-labelledby="devices-title">
      <header className="mb-4">
        <h2 id="devices-title" className="tabular text-xl font-semibold tracking-tight">
          {devices === null || devices.length === 0
            ? words.title
            : words.answer(devices.filter(({ state }) => state === 'online').length, devices.length)}
        </h2>
        <p className="mt-1 max-w-3xl text-quiet">{words.explain}</p>
      </header>
      {devices === null ? (
        <div className="grid animate-pulse grid-cols-1 gap-4 sm:grid-cols-2 xl:grid-cols-4">
          {['one', 'two', 'three', 'four'].map((card) => (
            <div key={card} className="h-64 rounded-2xl bg-sunken" />
          ))}
        </div>
      ) : devices.length === 0 ? (
        <EmptyState icon={TabletSmartphone} title={words.none} text={words.noneText} />
      ) : (
        <div className="grid grid-cols-1 gap-4 sm:grid-cols-2 xl:grid-cols-4">
          {devices.map((device) => (
            <DeviceCard key={device.id} device={device} />
          ))}
        </div>
      )}
    </section>
  );
}
