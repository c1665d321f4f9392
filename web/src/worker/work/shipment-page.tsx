import { Ban, CheckCheck, Truck } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { ShipmentView } from '../../../../src/device/api.ts';
import { Badge } from '../../shared/components/badge.tsx';
import { Button } from '../../shared/components/button.tsx';
import { Choice } from '../../shared/components/choice.tsx';
import { NumberStepper } from '../../shared/components/number-stepper.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { act } from '../../shared/device/act.ts';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatAgo, formatCount } from '../../shared/format.ts';
import { useNow } from '../../shared/use-now.ts';
import { workerWords } from '../../words/worker.ts';
import { ActionBar } from '../side-by-side.tsx';
import { tellObstacle } from '../undo.ts';
import { LineList, LineRow, unitsIn } from './line-row.tsx';
import { Steps } from './steps.tsx';
import { isShipmentOpen } from './work-to-do.ts';

const words = workerWords.shipment;

/** An order from the warehouse: what came of it, and taking in what comes now. */
export function ShipmentPage({ replenishmentId }: { replenishmentId: string }) {
  const view = useView<ShipmentView>('shipment', { id: replenishmentId });
  return (
    <ShowView view={view} failedTitle={workerWords.failed}>
      {(shipment) =>
        isShipmentOpen(shipment) ? (
          // Anew after each delivery: what is left to come is entered from the start.
          <Receiving key={unitsIn(shipment.lines.map((line) => line.receivedUnits))} shipment={shipment} />
        ) : (
          <Settled shipment={shipment} />
        )
      }
    </ShowView>
  );
}

function Heading({ shipment }: { shipment: ShipmentView }) {
  const nowMs = useNow();
  return (
    <PageHeading title={words.title} backHref="/work" isBackForPhones>
      <p className="text-quiet">{words.orderedAgo(formatAgo(shipment.placed_at, nowMs))}</p>
    </PageHeading>
  );
}

function Settled({ shipment }: { shipment: ShipmentView }) {
  const isCancelled = shipment.status === 'cancelled';
  return (
    <>
      <Heading shipment={shipment} />
      <div className="mb-4">
        <Badge icon={isCancelled ? Ban : CheckCheck} tone={isCancelled ? 'plain' : 'good'}>
          {workerWords.work.states[isCancelled ? 'cancelled' : 'received']}
        </Badge>
      </div>
      <LineList label={words.lines}>
        {shipment.lines.map((line) => (
          <LineRow
            key={line.product_id}
            line={line}
            text={words.came(formatCount(line.receivedUnits), formatCount(line.orderedUnits))}
          />
        ))}
      </LineList>
      <Steps steps={shipment.steps} />
    </>
  );
}

function Receiving({ shipment }: { shipment: ShipmentView }) {
  const { replenishment_id, lines } = shipment;
  const [, navigate] = useLocation();
  const leftOf = (line: ShipmentView['lines'][number]) => Math.max(0, line.orderedUnits - line.receivedUnits);
  const [entered, setEntered] = useState<Readonly<Record<string, number | null>>>(() =>
    Object.fromEntries(lines.map((line) => [line.product_id, leftOf(line)])),
  );
  const [reason, setReason] = useState<string | null>(null);
  const [isLast, setLast] = useState(false);
  const surplus = lines.filter((line) => (entered[line.product_id] ?? 0) > leftOf(line));
  const missing = unitsIn(lines.map((line) => Math.max(0, leftOf(line) - (entered[line.product_id] ?? 0))));
  const units = unitsIn(Object.values(entered));
  const save = async () => {
    const coming = lines
      .map(({ product_id }) => ({ product_id, quantity: entered[product_id] ?? 0 }))
      .filter(({ quantity }) => quantity > 0);
    const input = {
      replenishment_id,
      lines: coming,
      isLast,
      ...(surplus.length > 0 && reason !== null ? { surplus: { reason } } : {}),
    };
    const outcome = await act<'receive', { isComplete: boolean }>('receive', input, ({ isComplete }) => ({
      text: words.done(formatCount(units), units),
      ...(isComplete ? {} : { detail: words.partly }),
    }));
    tellObstacle(outcome);
    if (outcome.outcome === 'done' && outcome.facts.isComplete) navigate('/work');
  };
  return (
    <>
      <Heading shipment={shipment} />
      <p className="mb-3 flex items-center gap-2 text-quiet">
        <Truck aria-hidden className="size-5 shrink-0" /> {words.howto}
      </p>
      <LineList label={words.lines}>
        {lines.map((line) => {
          const now = entered[line.product_id] ?? null;
          const over = (now ?? 0) - leftOf(line);
          return (
            <LineRow
              key={line.product_id}
              line={line}
              text={
                line.receivedUnits > 0
                  ? words.came(formatCount(line.receivedUnits), formatCount(line.orderedUnits))
                  : words.ordered(formatCount(line.orderedUnits))
              }
              sign={
                over > 0 ? (
                  <p className="text-sm font-medium text-low">{words.over(formatCount(over))}</p>
                ) : over < 0 ? (
                  <p className="text-sm font-medium text-transit">{words.stillToCome(formatCount(-over))}</p>
                ) : null
              }
            >
              <NumberStepper
                label={words.unitsNow(line.product_name)}
                isLabelHidden
                value={now}
                onChange={(next) => setEntered({ ...entered, [line.product_id]: next })}
              />
            </LineRow>
          );
        })}
      </LineList>
      {surplus.length > 0 && (
        <div className="mt-5">
          <Choice
            label={words.surplusWhy}
            options={words.surplusReasons.map((value) => ({ value, label: value }))}
            value={reason}
            onChange={setReason}
          />
        </div>
      )}
      {missing > 0 && (
        <label className="mt-4 flex min-h-11 cursor-pointer items-center gap-3">
          <input
            type="checkbox"
            checked={isLast}
            onChange={(event) => setLast(event.target.checked)}
            className="size-6 accent-brand"
          />
          <span>{words.isLast(formatCount(missing), missing)}</span>
        </label>
      )}
      <CallOff shipment={shipment} />
      <ActionBar>
        <Button
          look="primary"
          className="min-h-13 text-lg"
          disabled={units === 0 || (surplus.length > 0 && reason === null)}
          onClick={save}
        >
          {words.save(formatCount(units), units)}
        </Button>
      </ActionBar>
    </>
  );
}

function CallOff({ shipment: { replenishment_id, status } }: { shipment: ShipmentView }) {
  const [, navigate] = useLocation();
  if (status !== 'placed') return null;
  const callOff = async () => {
    const input = { replenishment_id, reason: words.callOffReason };
    const outcome = await act('cancel_warehouse_order', input, () => ({ text: words.calledOff }));
    tellObstacle(outcome);
    if (outcome.outcome === 'done') navigate('/work');
  };
  return (
    <Button look="quiet" className="mt-4 mb-4 -ml-4 self-start" onClick={callOff}>
      {words.callOff}
    </Button>
  );
}
