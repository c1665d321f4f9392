import {
  ArrowDownLeft,
  ArrowUpRight,
  Ban,
  CheckCheck,
  ClipboardCheck,
  Clock,
  type LucideIcon,
  PackagePlus,
  Truck,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { ShipmentView, StockWork, TransferView } from '../../../../src/device/api.ts';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatAgo, formatCount } from '../../shared/format.ts';
import { useNow } from '../../shared/use-now.ts';
import { workerWords } from '../../words/worker.ts';
import { shortStoreName } from '../place-text.ts';
import { isOurTurn, isShipmentOpen, isTransferOpen } from './work-to-do.ts';

const words = workerWords.work;
const DONE_SHOWN_MAX = 8;

/** What waits for this store first, then what waits for others, then what is done. */
export function WorkList({ path }: { path: string }) {
  const work = useView<StockWork>('stock-work');
  return (
    <div className="pb-6">
      <PageHeading title={words.title} />
      <div className="mb-6 grid grid-cols-2 gap-3">
        <StartLink
          href="/work/count"
          icon={ClipboardCheck}
          label={words.count}
          isHere={path.startsWith('/work/count')}
        />
        <StartLink href="/work/order" icon={PackagePlus} label={words.order} isHere={path === '/work/order'} />
      </div>
      <ShowView view={work} failedTitle={workerWords.failed}>
        {({ shipments, transfers }) => <Lists shipments={shipments} transfers={transfers} path={path} />}
      </ShowView>
    </div>
  );
}

function Lists({ shipments, transfers, path }: StockWork & { path: string }) {
  const open = shipments.filter(isShipmentOpen);
  const send = transfers.filter((one) => one.direction === 'leaving' && isOurTurn(one));
  const receive = transfers.filter((one) => one.direction === 'coming' && isOurTurn(one));
  const waiting = transfers.filter((one) => isTransferOpen(one) && !isOurTurn(one));
  const done = [
    ...shipments
      .filter((one) => !isShipmentOpen(one))
      .map((one) => ({ at: one.placed_at, row: shipmentRow(one, path) })),
    ...transfers
      .filter((one) => !isTransferOpen(one))
      .map((one) => ({ at: one.requested_at, row: transferRow(one, path) })),
  ]
    .sort((one, other) => (one.at < other.at ? 1 : -1))
    .slice(0, DONE_SHOWN_MAX)
    .map(({ row }) => row);
  const isQuiet = open.length + send.length + receive.length + waiting.length === 0;
  return (
    <div className="space-y-6">
      {isQuiet && <p className="text-quiet">{words.quiet}</p>}
      <Group title={words.receive}>
        {[...receive.map((one) => transferRow(one, path)), ...open.map((one) => shipmentRow(one, path))]}
      </Group>
      <Group title={words.send}>{send.map((one) => transferRow(one, path))}</Group>
      <Group title={words.waiting}>{waiting.map((one) => transferRow(one, path))}</Group>
      <Group title={words.done}>{done}</Group>
    </div>
  );
}

function Group({ title, children }: { title: string; children: readonly ReactNode[] }) {
  if (children.length === 0) return null;
  return (
    <section>
      <h2 className="mb-2 text-sm font-medium text-quiet">
        {title} <span className="tabular">{formatCount(children.length)}</span>
      </h2>
      <ul aria-label={title} className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-panel">
        {children}
      </ul>
    </section>
  );
}

interface RowProps {
  readonly href: string;
  readonly icon: LucideIcon;
  readonly title: string;
  readonly text: string;
  readonly at: string;
  readonly isHere: boolean;
}

function shipmentRow({ replenishment_id, lines, status, placed_at }: ShipmentView, path: string): ReactNode {
  const missing = lines.reduce((sum, line) => sum + Math.max(0, line.orderedUnits - line.receivedUnits), 0);
  const href = `/work/shipment/${replenishment_id}`;
  const icon = status === 'received' ? CheckCheck : status === 'cancelled' ? Ban : Truck;
  const what =
    lines.length === 1
      ? (lines[0]?.product_name ?? '')
      : workerWords.productsOf(formatCount(lines.length), lines.length);
  const text =
    status === 'placed' || status === 'shipped' || status === 'partly_received'
      ? words.unitsToCome(formatCount(missing))
      : words.states[status];
  return (
    <WorkRow
      key={href}
      href={href}
      icon={icon}
      title={words.fromWarehouse}
      text={`${what} · ${text}`}
      at={placed_at}
      isHere={path === href}
    />
  );
}

function transferRow(transfer: TransferView, path: string): ReactNode {
  const { transfer_id, direction, status, lines, from_store_name, to_store_name, requested_at } = transfer;
  const units = lines.reduce((sum, line) => sum + line.units, 0);
  const href = `/work/transfer/${transfer_id}`;
  const icon =
    status === 'received'
      ? CheckCheck
      : status === 'cancelled'
        ? Ban
        : isOurTurn(transfer)
          ? direction === 'leaving'
            ? ArrowUpRight
            : ArrowDownLeft
          : Clock;
  const title =
    direction === 'leaving'
      ? words.toStore(shortStoreName(to_store_name))
      : words.fromStore(shortStoreName(from_store_name));
  const what =
    lines.length === 1
      ? (lines[0]?.product_name ?? '')
      : workerWords.productsOf(formatCount(lines.length), lines.length);
  const text = `${what} · ${workerWords.unitsOf(formatCount(units), units)}${isOurTurn(transfer) ? '' : ` · ${words.states[status]}`}`;
  return (
    <WorkRow key={href} href={href} icon={icon} title={title} text={text} at={requested_at} isHere={path === href} />
  );
}

function WorkRow({ href, icon: Icon, title, text, at, isHere }: RowProps) {
  const nowMs = useNow();
  return (
    <li>
      <Link
        href={href}
        {...(isHere ? { 'aria-current': 'page' as const } : {})}
        className={`flex min-h-16 items-center gap-3 px-4 py-2.5 ${isHere ? 'bg-brand-soft' : ''}`}
      >
        <Icon aria-hidden className="size-5 shrink-0 text-quiet" />
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline justify-between gap-3">
            <span className="truncate font-medium">{title}</span>
            <span className="tabular shrink-0 text-sm text-quiet">{formatAgo(at, nowMs)}</span>
          </span>
          <span className="tabular block truncate text-sm text-quiet">{text}</span>
        </span>
      </Link>
    </li>
  );
}

function StartLink(props: { href: string; icon: LucideIcon; label: string; isHere: boolean }) {
  const Icon = props.icon;
  return (
    <Link
      href={props.href}
      {...(props.isHere ? { 'aria-current': 'page' as const } : {})}
      className={`flex min-h-20 flex-col justify-between gap-2 rounded-2xl border p-3.5 font-medium ${props.isHere ? 'border-brand bg-brand-soft' : 'border-line bg-panel'}`}
    >
      <Icon aria-hidden className="size-6 text-brand" />
      {props.label}
    </Link>
  );
}
