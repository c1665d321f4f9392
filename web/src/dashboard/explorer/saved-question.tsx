import { Play } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { SavedQuery } from '../../../../src/headquarters/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { Field, SelectField } from '../../shared/components/field.tsx';
import { Panel } from '../../shared/components/panel.tsx';
import { dashboardWords } from '../../words/dashboard.ts';
import { type Filters, useLibrary } from '../ask.ts';
import { AskedPanel } from '../asked-panel.tsx';
import { StoreFilter } from '../filters.tsx';
import { AnswerTables } from './answer-tables.tsx';
import { titleOf } from './query-list.tsx';

const { explorer: words } = dashboardWords;

type Schema = Readonly<Record<string, unknown>>;

/** A query of the library with its parameters. What was asked stands in the address, so that a link asks it again. */
export function SavedQuestion({ query }: { query: SavedQuery }) {
  const { properties = {}, required = [] } = query.parameters;
  const names = Object.keys(properties);
  const [search, setSearch] = useSearchParams();
  const asked: Filters = Object.fromEntries(names.map((name) => [name, search.get(name) ?? undefined]));
  const [entered, setEntered] = useState(asked);
  const isWhole = (values: Filters) => required.every((name) => (values[name] ?? '') !== '');
  const ask = (event: FormEvent) => {
    event.preventDefault();
    const next = new URLSearchParams({ query: query.name });
    for (const name of names) if ((entered[name] ?? '') !== '') next.set(name, entered[name] as string);
    setSearch(next);
  };
  return (
    <div className="space-y-6">
      <Panel title={titleOf(query.name)}>
        <p className="mb-4 text-quiet">{query.summary}</p>
        <form onSubmit={ask} className="flex flex-wrap items-start gap-4">
          {names.map((name) => (
            <Parameter
              key={name}
              name={name}
              schema={properties[name] ?? {}}
              isRequired={required.includes(name)}
              value={entered[name]}
              onChange={(value) => setEntered({ ...entered, [name]: value })}
            />
          ))}
          <Button type="submit" look="primary" icon={Play} disabled={!isWhole(entered)} className="mt-6">
            {words.run}
          </Button>
        </form>
        {!isWhole(asked) && <p className="mt-4 text-sm text-quiet">{words.fillIn}</p>}
      </Panel>
      {isWhole(asked) && <SavedAnswer query={query} asked={asked} />}
    </div>
  );
}

function SavedAnswer({ query: { name }, asked }: { query: SavedQuery; asked: Filters }) {
  const answer = useLibrary<unknown>(name, asked);
  return (
    <AskedPanel title={words.table} asked={answer} csv={{ path: `queries/${name}`, filters: asked }}>
      {(value) => <AnswerTables value={value} />}
    </AskedPanel>
  );
}

interface ParameterProps {
  readonly name: string;
  /** JSON schema. */
  readonly schema: Schema;
  readonly isRequired: boolean;
  readonly value: string | undefined;
  readonly onChange: (value: string) => void;
}

function Parameter({ name, schema, isRequired, value, onChange }: ParameterProps) {
  const label = words.parameters[name] ?? name;
  if (name === 'store') return <StoreFilter value={value} onChange={onChange} />;
  if (Array.isArray(schema['enum'])) {
    const options = (schema['enum'] as string[]).map((one) => ({ value: one, label: one }));
    const chosen = value ?? String(schema['default'] ?? '');
    return <SelectField label={label} value={chosen} onChange={onChange} options={options} className="w-44" />;
  }
  const isDay = String(schema['pattern'] ?? '').includes('\\d{4}-\\d{2}-\\d{2}');
  const isNumber = schema['type'] === 'integer';
  const hint = words.hints[name];
  return (
    <Field
      label={isRequired ? `${label} (${words.needed})` : label}
      {...(hint === undefined ? {} : { hint })}
      type={isDay ? 'date' : isNumber ? 'number' : 'text'}
      {...(isNumber ? { min: Number(schema['minimum']), max: Number(schema['maximum']) } : {})}
      placeholder={schema['default'] === undefined ? '' : String(schema['default'])}
      required={isRequired}
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value)}
      className={isDay || isNumber ? 'w-44' : 'w-64'}
    />
  );
}
