import { ReceiptText, SearchX } from 'lucide-react';
import { useRef, useState } from 'react';
import { useLocation } from 'wouter';
import type { Order } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { SearchField } from '../../shared/components/search-field.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { useDebounced } from '../../shared/use-debounced.ts';
import { salesWords } from '../../words/sales.ts';
import { focusFirstStop, moveByArrows } from '../arrow-keys.ts';
import { byDay, dayLabel } from './days.ts';
import { OrderRow } from './order-row.tsx';

const words = salesWords.orders;
const PAGE = 50;
const ORDERS_MAX = 500;
type Status = Order['status'];
const statuses = Object.keys(words.statuses) as Status[];

/** The newest orders by day; what is typed looks through all that the device holds. */
export function OrderList({ chosenId }: { chosenId: string | null }) {
  const [question, setQuestion] = useState('');
  const [status, setStatus] = useState<Status | null>(null);
  const [limit, setLimit] = useState(PAGE);
  const [, go] = useLocation();
  const list = useRef<HTMLDivElement>(null);
  const asked = useDebounced(question.trim());
  const newest = useView<readonly Order[]>('orders', { limit: status === null ? limit : ORDERS_MAX });
  const found = useView<readonly Order[]>('orders-found', asked === '' ? null : { q: asked, limit: PAGE });
  const view = asked === '' ? newest : found;
  const fitting = (orders: readonly Order[]) =>
    status === null ? orders : orders.filter((order) => order.status === status).slice(0, limit);
  const first = view.state === 'ready' ? fitting(view.value)[0] : undefined;
  const mayBeMore = asked === '' && view.state === 'ready' && view.value.length >= limit && limit < ORDERS_MAX;
  return (
    <>
      <SearchField
        label={words.search}
        placeholder={words.placeholder}
        value={question}
        onChange={setQuestion}
        onEnter={() => first !== undefined && asked !== '' && go(`/orders/${first.order_id}`)}
        onDown={() => focusFirstStop(list.current)}
      />
      <StatusChips status={status} onChoose={setStatus} />
      <ShowView
        view={view}
        failedTitle={salesWords.failed}
        empty={(orders) =>
          fitting(orders).length > 0 ? null : asked === '' && status === null ? (
            <EmptyState icon={ReceiptText} title={words.noneTitle} text={words.noneText} />
          ) : (
            <EmptyState icon={SearchX} title={words.noneFound} text={words.noneFoundText} />
          )
        }
      >
        {(orders) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys move among the links inside.
          <div ref={list} onKeyDown={moveByArrows}>
            {byDay(fitting(orders)).map(([day, ofDay]) => (
              <section key={day}>
                <h3 className="pt-3 pb-1 text-sm font-semibold text-quiet">{dayLabel(day)}</h3>
                <ul className="divide-y divide-line">
                  {ofDay.map((order) => (
                    <OrderRow key={order.order_id} order={order} isChosen={order.order_id === chosenId} />
                  ))}
                </ul>
              </section>
            ))}
            {mayBeMore && (
              <Button onClick={() => setLimit(Math.min(ORDERS_MAX, limit + PAGE))} className="mt-4 w-full">
                {words.more}
              </Button>
            )}
          </div>
        )}
      </ShowView>
    </>
  );
}

function StatusChips({ status, onChoose }: { status: Status | null; onChoose: (status: Status | null) => void }) {
  return (
    <div className="-mx-4 mt-3 mb-2 flex gap-2 overflow-x-auto px-4 py-0.5 [scrollbar-width:none]">
      {[null, ...statuses].map((each) => (
        <button
          key={each ?? 'all'}
          type="button"
          aria-pressed={status === each}
          onClick={() => onChoose(each)}
          className="min-h-11 shrink-0 cursor-pointer rounded-full border border-line bg-panel px-4 text-sm font-medium whitespace-nowrap aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-paper"
        >
          {each === null ? words.all : words.statuses[each]}
        </button>
      ))}
    </div>
  );
}
