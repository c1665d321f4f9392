import type { SavedQuery } from '../../../../src/headquarters/api.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { useAsk } from '../ask.ts';
import { Answer, AskedPanel } from '../asked-panel.tsx';
import { OwnQuestion } from '../explorer/own-question.tsx';
import { QueryList } from '../explorer/query-list.tsx';
import { SavedQuestion } from '../explorer/saved-question.tsx';
import { useFilters } from '../filters.tsx';

const { explorer: words } = dashboardWords;

/** The queries of the library with their parameters, and questions of one's own; each has an address. */
export function ExplorerView() {
  const { filters } = useFilters('query');
  const library = useAsk<{ queries: readonly SavedQuery[]; stages: readonly string[] }>('queries');
  const chosen =
    library.state === 'ready' ? library.value.queries.find(({ name }) => name === filters.query) : undefined;
  return (
    <>
      <Answer detail={words.explain}>{words.title}</Answer>
      <div className="grid grid-cols-1 gap-6 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="min-w-0">
          {chosen === undefined ? (
            <OwnQuestion stages={library.state === 'ready' ? library.value.stages : []} />
          ) : (
            <SavedQuestion key={chosen.name} query={chosen} />
          )}
        </div>
        <AskedPanel title={words.saved} asked={library}>
          {({ queries }) => <QueryList queries={queries} chosen={chosen?.name ?? null} />}
        </AskedPanel>
      </div>
    </>
  );
}
