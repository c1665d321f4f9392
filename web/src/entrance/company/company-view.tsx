import type { ReactNode } from 'react';
import type {
  CompanyOverview,
  DatabaseDescription,
  StoreSales,
  ValidationSummary,
} from '../../../../src/headquarters/api.ts';
import { CopyLine } from '../../shared/components/copy-line.tsx';
import { Panel } from '../../shared/components/panel.tsx';
import {
  formatClock,
  formatCount,
  formatDay,
  formatDollars,
  formatMonth,
  formatSeconds,
  formatShortDollars,
} from '../../shared/format.ts';
import type { Theme } from '../../shared/theme.ts';
import { companyWords as words } from '../../words/company.ts';
import { SalesChart } from './sales-chart.tsx';

interface CompanyProps {
  readonly company: CompanyOverview;
  readonly database: DatabaseDescription | null;
  readonly validation: ValidationSummary | null;
  readonly theme: Theme;
  /** Stands between the headline and the numbers. */
  readonly children: ReactNode;
}

/** The company at a glance. */
export function CompanyView({ company, database, validation, theme, children }: CompanyProps) {
  const partialMonth = company.newestOrder?.slice(0, 7) ?? null;
  return (
    <div className="space-y-6">
      <Headline company={company} />
      {children}
      <div className="grid grid-cols-1 gap-6 lg:grid-cols-3">
        <Panel
          title={words.sales.title}
          aside={words.overview.asOf(formatClock(new Date(company.computedAt)))}
          className="lg:col-span-2"
        >
          <p className="mb-3 text-sm text-quiet">{words.sales.description}</p>
          <SalesChart months={company.salesByMonth} partialMonth={partialMonth} key={theme} />
          <SalesTable company={company} />
        </Panel>
        <ValidationPanel validation={validation} />
        <StoresPanel stores={company.stores} />
        {database !== null && <ConnectPanel database={database} />}
        <DocumentsPanel company={company} />
      </div>
    </div>
  );
}

function Headline({ company }: { company: CompanyOverview }) {
  if (company.newestOrder === null) {
    return (
      <header>
        <h1 className="text-3xl font-semibold tracking-tight sm:text-4xl">{words.overview.empty}</h1>
        <p className="mt-2 text-lg text-quiet">
          {words.overview.emptyNext} <code className="font-mono text-base">npx zava generate</code>
        </p>
      </header>
    );
  }
  const year = company.newestOrder.slice(0, 4);
  const sales = company.salesByMonth
    .filter(({ month }) => month.startsWith(year))
    .reduce((sum, { sales }) => sum + sales, 0);
  return (
    <header>
      <h1 className="tabular text-3xl font-semibold tracking-tight sm:text-5xl">
        {words.overview.soldIn(formatShortDollars(sales), year)}
      </h1>
      <p className="mt-2 text-lg text-quiet">{words.overview.until(formatDay(company.newestOrder))}</p>
    </header>
  );
}

function SalesTable({ company }: { company: CompanyOverview }) {
  return (
    <details className="mt-3">
      <summary className="min-h-11 cursor-pointer py-2 text-sm font-medium text-brand">{words.sales.table}</summary>
      <div className="max-h-80 overflow-y-auto">
        <table className="tabular w-full text-sm">
          <thead className="sticky top-0 bg-panel text-quiet">
            <tr>
              <th scope="col" className="py-2 text-left font-medium">
                {words.sales.month}
              </th>
              <th scope="col" className="py-2 text-right font-medium">
                {words.sales.orders}
              </th>
              <th scope="col" className="py-2 text-right font-medium">
                {words.sales.sales}
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {company.salesByMonth.toReversed().map(({ month, orders, sales }) => (
              <tr key={month}>
                <th scope="row" className="py-1.5 text-left font-normal">
                  {formatMonth(month)}
                </th>
                <td className="py-1.5 text-right">{formatCount(orders)}</td>
                <td className="py-1.5 text-right">{formatDollars(sales)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function ValidationPanel({ validation }: { validation: ValidationSummary | null }) {
  if (validation === null) {
    return (
      <Panel title={words.validation.title}>
        <p className="text-quiet">
          {words.validation.none} <code className="font-mono">npx zava validate</code>
        </p>
      </Panel>
    );
  }
  const checks = formatCount(validation.checks);
  return (
    <Panel title={words.validation.title}>
      <p
        className={`tabular text-5xl font-semibold tracking-tight ${validation.passed ? 'text-brand' : 'text-failed'}`}
      >
        {validation.score.toFixed(validation.score === 100 ? 0 : 2)}
        <span className="text-2xl text-quiet"> / 100</span>
      </p>
      <p className="mt-1 text-sm text-quiet">{words.validation.score}</p>
      <p className="mt-4">
        {validation.passed
          ? words.validation.passed(checks, formatCount(validation.documents))
          : words.validation.failed(formatCount(validation.failedChecks), checks)}
      </p>
      <p className="tabular mt-1 text-sm text-quiet">
        {words.validation.when(formatClock(new Date(validation.validatedAt)), formatSeconds(validation.seconds))}
      </p>
      <a
        href="/validation"
        className="mt-4 inline-flex min-h-11 items-center rounded-lg bg-brand px-4 font-medium text-on-brand"
      >
        {words.validation.report}
      </a>
    </Panel>
  );
}

function StoresPanel({ stores }: { stores: readonly StoreSales[] }) {
  const most = Math.max(1, ...stores.map((store) => store.sales));
  return (
    <Panel title={words.stores.title}>
      <ul className="space-y-3">
        {stores.map((store) => (
          <li key={store.storeId}>
            <div className="mb-1 flex justify-between gap-3 text-sm">
              <span className="truncate">{store.name}</span>
              <span className="tabular shrink-0">{formatShortDollars(store.sales)}</span>
            </div>
            <div aria-hidden className="h-2 rounded-full bg-sunken">
              <div className="h-full rounded-full bg-brand" style={{ width: `${(100 * store.sales) / most}%` }} />
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function DocumentsPanel({ company }: { company: CompanyOverview }) {
  const total = company.collections.reduce((sum, collection) => sum + collection.documents, 0);
  return (
    <Panel
      title={words.documents.title}
      aside={words.documents.total(formatCount(total), company.collections.length)}
      className="lg:col-span-3"
    >
      <table className="w-full text-sm">
        <thead className="text-quiet">
          <tr>
            <th scope="col" className="py-2 text-left font-medium">
              {words.documents.collection}
            </th>
            <th scope="col" className="py-2 text-right font-medium">
              {words.documents.count}
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {company.collections.map((collection) => (
            <tr key={collection.name}>
              <th scope="row" className="py-2 pr-4 text-left font-normal">
                <span className="font-mono">{collection.name}</span>
                <span className="block text-quiet sm:ml-3 sm:inline">{collection.summary}</span>
              </th>
              <td className="tabular py-2 text-right align-top">{formatCount(collection.documents)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function ConnectPanel({ database }: { database: DatabaseDescription }) {
  return (
    <Panel
      title={words.connect.title}
      aside={words.connect.server[database.kind](database.version ?? '')}
      className="lg:col-span-2"
    >
      <p className="mb-4 text-quiet">{words.connect.explain}</p>
      <div className="space-y-4">
        <CopyLine label={words.connect.connectionString} text={database.connectionString} />
        <CopyLine label={words.connect.shell} text={`npx mongosh "${database.connectionString}"`} />
        <CopyLine label={words.connect.commands} text="npx zava --help" />
      </div>
    </Panel>
  );
}
