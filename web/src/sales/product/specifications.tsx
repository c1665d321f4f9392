import { formatCount } from '../../shared/format.ts';

/** Units at the end of a field's name. */
const UNITS: Readonly<Record<string, string>> = {
  a: 'A',
  ah: 'Ah',
  bar: 'bar',
  cm: 'cm',
  g: 'g',
  h: 'h',
  hz: 'Hz',
  kg: 'kg',
  kw: 'kW',
  l: 'l',
  lm: 'lm',
  m: 'm',
  ml: 'ml',
  m2: 'm²',
  m3: 'm³',
  mm: 'mm',
  mm2: 'mm²',
  nm: 'Nm',
  percent: '%',
  rpm: 'rpm',
  v: 'V',
  w: 'W',
  wh: 'Wh',
};

/** What the catalogue says of a product: `chuck_mm: 13` as "Chuck, 13 mm". */
export function Specifications({ specifications }: { specifications: Readonly<Record<string, unknown>> }) {
  return (
    <dl className="divide-y divide-line">
      {Object.entries(specifications).map(([name, value]) => {
        const { label, text } = inWords(name, value);
        return (
          <div key={name} className="flex justify-between gap-4 py-2 first:pt-0 last:pb-0">
            <dt className="text-quiet">{label}</dt>
            <dd className="tabular text-right font-medium">{text}</dd>
          </div>
        );
      })}
    </dl>
  );
}

function inWords(name: string, value: unknown): { readonly label: string; readonly text: string } {
  const words = name.split('_');
  const unit = words.length > 1 ? UNITS[words.at(-1) as string] : undefined;
  const named = (unit === undefined ? words : words.slice(0, -1)).join(' ');
  return {
    label: named.charAt(0).toUpperCase() + named.slice(1),
    text: unit === undefined ? textOf(value) : `${textOf(value)} ${unit}`,
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (typeof value === 'number') return Number.isInteger(value) ? formatCount(value) : String(value);
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return String(value).replaceAll('_', ' ');
}
