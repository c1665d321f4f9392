import { ChevronRight } from 'lucide-react';
import { Link } from 'wouter';
import type { FloorView } from '../../../../src/device/api.ts';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatAge, formatCount } from '../../shared/format.ts';
import { useNow } from '../../shared/use-now.ts';
import { workerWords } from '../../words/worker.ts';
import { countDraft } from './count-draft.ts';

const words = workerWords.countSheet;

/** Which aisle to count: all in order, each with how long its longest-waiting product was not counted. */
export function CountAislesView() {
  const floor = useView<FloorView>('floor');
  const nowMs = useNow();
  return (
    <>
      <PageHeading title={words.choose} backHref="/work" isBackForPhones>
        <p className="text-quiet">{words.chooseText}</p>
      </PageHeading>
      <ShowView view={floor} failedTitle={workerWords.failed}>
        {({ aisles }) => {
          const waiting = aisles.flatMap(({ oldestCount }) => (oldestCount === null ? [] : [oldestCount])).sort();
          return (
            <ul className="mb-6 divide-y divide-line overflow-hidden rounded-2xl border border-line bg-panel">
              {aisles.map(({ aisle, holds, items, oldestCount }) => {
                const begun = Object.keys(countDraft.of(aisle)).length;
                return (
                  <li key={aisle}>
                    <Link
                      href={`/work/count/${encodeURIComponent(aisle)}`}
                      className="flex min-h-16 items-center gap-3 px-4 py-2"
                    >
                      <span className="tabular w-11 shrink-0 text-xl font-semibold">{aisle}</span>
                      <span className="min-w-0 flex-1">
                        <span className="block truncate font-medium">{holds}</span>
                        <span className="tabular block text-sm text-quiet">
                          {workerWords.productsOf(formatCount(items), items)}
                          {oldestCount !== null &&
                            ` · ${words.oldest(formatAge(nowMs - new Date(oldestCount).getTime()))}`}
                          {begun > 0 && ` · ${words.begun(formatCount(begun))}`}
                        </span>
                      </span>
                      {oldestCount !== null && oldestCount === waiting[0] && (
                        <span className="shrink-0 rounded-full bg-brand-soft px-2.5 py-0.5 text-sm font-medium">
                          {words.next}
                        </span>
                      )}
                      <ChevronRight aria-hidden className="size-5 shrink-0 text-quiet" />
                    </Link>
                  </li>
                );
              })}
            </ul>
          );
        }}
      </ShowView>
    </>
  );
}
