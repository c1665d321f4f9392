import { Check } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useLocation } from 'wouter';
import type { TransferView } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { Choice } from '../../shared/components/choice.tsx';
import { NumberStepper } from '../../shared/components/number-stepper.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { act } from '../../shared/device/act.ts';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatCount } from '../../shared/format.ts';
import { workerWords } from '../../words/worker.ts';
import { shortStoreName } from '../place-text.ts';
import { ActionBar } from '../side-by-side.tsx';
import { tellObstacle } from '../undo.ts';
import { LineList, LineRow, unitsIn } from './line-row.tsx';
import { Steps } from './steps.tsx';
import { TransferPath } from './transfer-path.tsx';
import { isTransferOpen } from './work-to-do.ts';

const words = workerWords.transfer;

type Entered = Readonly<Record<string, number | null>>;

/** A transfer as this store sees it: to be picked and sent, to be received, or to be waited for. */
export function TransferPage({ transferId }: { transferId: string }) {
  const view = useView<TransferView>('transfer', { id: transferId });
  return (
    <ShowView view={view} failedTitle={workerWords.failed}>
      {(transfer) => <Transfer key={transfer.status} transfer={transfer} />}
    </ShowView>
  );
}

function Transfer({ transfer }: { transfer: TransferView }) {
  const { direction, status, steps, notes, from_store_name, to_store_name } = transfer;
  const title =
    direction === 'leaving'
      ? workerWords.work.toStore(shortStoreName(to_store_name))
      : workerWords.work.fromStore(shortStoreName(from_store_name));
  const mayCallOff = isTransferOpen(transfer) && (direction === 'leaving' || status === 'requested');
  const below = (
    <>
      <Steps steps={steps} />
      {mayCallOff && <CallOff transfer={transfer} />}
    </>
  );
  return (
    <>
      <PageHeading title={title} backHref="/work" isBackForPhones>
        {notes !== '' && <p className="text-quiet">{notes}</p>}
      </PageHeading>
      <TransferPath transfer={transfer} />
      {direction === 'leaving' && status === 'requested' ? (
        <Picking transfer={transfer}>{below}</Picking>
      ) : direction === 'coming' && status === 'in_transit' ? (
        <Receiving transfer={transfer}>{below}</Receiving>
      ) : (
        <>
          <LineList label={words.lines}>
            {transfer.lines.map((line) => (
              <LineRow
                key={line.product_id}
                line={line}
                text={workerWords.unitsOf(formatCount(line.units), line.units)}
              />
            ))}
          </LineList>
          {below}
        </>
      )}
    </>
  );
}

/** A pick list in the order in which one walks; what is picked is ticked off. */
function Picking({ transfer, children }: { transfer: TransferView; children: ReactNode }) {
  const { transfer_id, lines, to_store_name } = transfer;
  const [entered, setEntered] = useState<Entered>(() =>
    Object.fromEntries(lines.map((line) => [line.product_id, line.units])),
  );
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [isShort, setShort] = useState(false);
  const units = unitsIn(Object.values(entered));
  const pick = (id: string) => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    setPicked(next);
  };
  const send = async () => {
    const differing = lines.filter((line) => (entered[line.product_id] ?? 0) !== line.units);
    const input = {
      transfer_id,
      lines: Object.fromEntries(differing.map(({ product_id }) => [product_id, entered[product_id] ?? 0])),
      ...(isShort ? { override: { reason: words.sure } } : {}),
    };
    const outcome = await act('send_transfer', input, () => ({
      text: words.sent(shortStoreName(to_store_name)),
      detail: workerWords.unitsOf(formatCount(units), units),
    }));
    if (outcome.outcome === 'not_done' && outcome.what === 'short') setShort(true);
    else tellObstacle(outcome);
  };
  return (
    <>
      <p className="mb-3 text-quiet">{words.pick(formatCount(picked.size), formatCount(lines.length))}</p>
      <LineList label={words.lines}>
        {lines.map((line) => {
          const { product_id, product_name, believedUnits } = line;
          const isPicked = picked.has(product_id);
          return (
            <LineRow
              key={product_id}
              line={line}
              text={words.asked(formatCount(line.units), formatCount(believedUnits ?? 0))}
            >
              <span className="flex items-center gap-2">
                <NumberStepper
                  label={words.unitsToSend(product_name)}
                  isLabelHidden
                  value={entered[product_id] ?? null}
                  onChange={(next) => setEntered({ ...entered, [product_id]: next })}
                />
                <button
                  type="button"
                  aria-pressed={isPicked}
                  aria-label={words.picked(product_name)}
                  onClick={() => pick(product_id)}
                  className={`flex size-12 cursor-pointer items-center justify-center rounded-xl border ${isPicked ? 'border-brand bg-brand text-on-brand' : 'border-line bg-panel text-quiet'}`}
                >
                  <Check aria-hidden className="size-6" />
                </button>
              </span>
            </LineRow>
          );
        })}
      </LineList>
      {isShort && (
        <p role="alert" className="mt-4 rounded-xl bg-failed-soft p-3">
          {words.short}
        </p>
      )}
      {children}
      <ActionBar>
        <Button
          look={isShort ? 'danger' : 'primary'}
          className="min-h-13 text-lg"
          disabled={units === 0}
          onClick={send}
        >
          {isShort ? words.sendAnyway : words.send(formatCount(units), units)}
        </Button>
      </ActionBar>
    </>
  );
}

function Receiving({ transfer, children }: { transfer: TransferView; children: ReactNode }) {
  const { transfer_id, lines, from_store_name } = transfer;
  const [entered, setEntered] = useState<Entered>(() =>
    Object.fromEntries(lines.map((line) => [line.product_id, line.units])),
  );
  const [reason, setReason] = useState<string | null>(null);
  const differing = lines.filter((line) => (entered[line.product_id] ?? 0) !== line.units);
  const units = unitsIn(Object.values(entered));
  const isComplete = Object.values(entered).every((one) => one !== null);
  const receive = async () => {
    const input = {
      transfer_id,
      lines: Object.fromEntries(differing.map(({ product_id }) => [product_id, entered[product_id] ?? 0])),
      ...(differing.length > 0 && reason !== null ? { difference: { reason } } : {}),
    };
    const outcome = await act('receive_transfer', input, () => ({
      text: words.received(shortStoreName(from_store_name)),
      detail: workerWords.unitsOf(formatCount(units), units),
    }));
    tellObstacle(outcome);
  };
  return (
    <>
      <LineList label={words.lines}>
        {lines.map((line) => {
          const { product_id, product_name } = line;
          const over = (entered[product_id] ?? 0) - line.units;
          return (
            <LineRow
              key={product_id}
              line={line}
              text={words.sentUnits(formatCount(line.units))}
              sign={over === 0 ? null : <p className="text-sm font-medium text-low">{words.differs(over)}</p>}
            >
              <NumberStepper
                label={words.unitsCame(product_name)}
                isLabelHidden
                value={entered[product_id] ?? null}
                onChange={(next) => setEntered({ ...entered, [product_id]: next })}
              />
            </LineRow>
          );
        })}
      </LineList>
      {differing.length > 0 && (
        <div className="mt-5">
          <Choice
            label={words.differsWhy}
            options={words.differsReasons.map((value) => ({ value, label: value }))}
            value={reason}
            onChange={setReason}
          />
        </div>
      )}
      {children}
      <ActionBar>
        <Button
          look="primary"
          className="min-h-13 text-lg"
          disabled={!isComplete || (differing.length > 0 && reason === null)}
          onClick={receive}
        >
          {words.receive(formatCount(units), units)}
        </Button>
      </ActionBar>
    </>
  );
}

function CallOff({ transfer: { transfer_id, status } }: { transfer: TransferView }) {
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState<string | null>(null);
  const [, navigate] = useLocation();
  const callOff = async () => {
    if (reason === null) return;
    setAsking(false);
    const outcome = await act('cancel_transfer', { transfer_id, reason }, () => ({ text: words.calledOff }));
    tellObstacle(outcome);
    if (outcome.outcome === 'done') navigate('/work');
  };
  return (
    <>
      <Button look="quiet" className="-ml-4 mb-4 self-start" onClick={() => setAsking(true)}>
        {words.callOff}
      </Button>
      <Sheet
        title={words.callOff}
        {...(status === 'in_transit' ? { description: words.comesBack } : {})}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        actions={
          <Button look="danger" className="min-h-13 text-lg" disabled={reason === null} onClick={callOff}>
            {words.callOff}
          </Button>
        }
      >
        <Choice
          label={words.callOffWhy}
          options={words.callOffReasons.map((value) => ({ value, label: value }))}
          value={reason}
          onChange={setReason}
        />
      </Sheet>
    </>
  );
}
