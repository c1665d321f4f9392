import { ClipboardList } from 'lucide-react';
import { Route, Switch, useLocation } from 'wouter';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { workerWords } from '../../words/worker.ts';
import { SideBySide } from '../side-by-side.tsx';
import { CountAislesView } from './count-aisles-view.tsx';
import { CountSheetView } from './count-sheet-view.tsx';
import { OrderView } from './order-view.tsx';
import { ShipmentPage } from './shipment-page.tsx';
import { TransferPage } from './transfer-page.tsx';
import { WorkList } from './work-list.tsx';

/** Stock that comes, goes, and is counted. */
export function WorkView() {
  const [path] = useLocation();
  return (
    <SideBySide
      isDetailOpen={path !== '/work'}
      list={<WorkList path={path} />}
      detail={
        <Switch>
          <Route path="/work/shipment/:id">{({ id }) => <ShipmentPage key={id} replenishmentId={id} />}</Route>
          <Route path="/work/transfer/:id">{({ id }) => <TransferPage key={id} transferId={id} />}</Route>
          <Route path="/work/count">
            <CountAislesView />
          </Route>
          <Route path="/work/count/:aisle">
            {({ aisle }) => <CountSheetView key={aisle} aisle={decodeURIComponent(aisle)} />}
          </Route>
          <Route path="/work/order">
            <OrderView />
          </Route>
          <Route>
            <div className="my-auto">
              <EmptyState
                icon={ClipboardList}
                title={workerWords.work.choose.title}
                text={workerWords.work.choose.text}
              />
            </div>
          </Route>
        </Switch>
      }
    />
  );
}
