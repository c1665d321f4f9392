import { Link } from 'wouter';
import type { SavedQuery } from '../../../../src/headquarters/api.ts';
import { dashboardWords } from '../../words/dashboard.ts';

const { explorer: words } = dashboardWords;

interface QueryListProps {
  readonly queries: readonly SavedQuery[];
  /** Null: a question of one's own. */
  readonly chosen: string | null;
}

export function QueryList({ queries, chosen }: QueryListProps) {
  return (
    <ul className="-mx-2 max-h-[40rem] divide-y divide-line overflow-y-auto">
      <Choice to="/dashboard/explorer" name={words.own} summary={words.ownSummary} isChosen={chosen === null} />
      {queries.map(({ name, summary }) => (
        <Choice
          key={name}
          to={`/dashboard/explorer?query=${name}`}
          name={titleOf(name)}
          summary={summary}
          isChosen={chosen === name}
        />
      ))}
    </ul>
  );
}

/** `sales-by-month` → `Sales by month` */
export const titleOf = (query: string): string => query.charAt(0).toUpperCase() + query.slice(1).replaceAll('-', ' ');

function Choice(props: { to: string; name: string; summary: string; isChosen: boolean }) {
  return (
    <li>
      <Link
        href={props.to}
        aria-current={props.isChosen ? 'true' : undefined}
        className="block rounded-xl px-2 py-2.5 aria-[current=true]:bg-brand-soft"
      >
        <span className="font-medium text-brand">{props.name}</span>
        <span className="block text-sm text-quiet">{props.summary}</span>
      </Link>
    </li>
  );
}
