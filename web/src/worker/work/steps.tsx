import { formatAgo, formatMoment } from '../../shared/format.ts';
import { useNow } from '../../shared/use-now.ts';
import { workerWords } from '../../words/worker.ts';

const words = workerWords.steps;

type StepMap = Readonly<Record<string, { readonly at: string; readonly by: string; readonly [more: string]: unknown }>>;

/** What has been done with it so far: step, when, by whom, and why where a reason was given. */
export function Steps({ steps }: { steps: StepMap }) {
  const nowMs = useNow();
  const names: Readonly<Record<string, string>> = words.names;
  const done = Object.entries(steps).sort(([, one], [, other]) => (one.at < other.at ? -1 : 1));
  return (
    <section className="mt-6 mb-6">
      <h2 className="mb-2 text-base font-semibold">{words.title}</h2>
      <ol className="space-y-2">
        {done.map(([name, { at, by, reason }]) => (
          <li key={name} className="flex justify-between gap-3">
            <span>
              {names[name] ?? name} <span className="text-quiet">· {by}</span>
              {typeof reason === 'string' && reason !== '' && <span className="block text-quiet">{reason}</span>}
            </span>
            <time dateTime={at} title={formatMoment(at)} className="tabular shrink-0 text-quiet">
              {formatAgo(at, nowMs)}
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}
