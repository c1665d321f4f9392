import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { ShipmentLine } from '../../../../src/device/api.ts';
import { ProductPicture } from '../../shared/components/product-picture.tsx';
import { placeText, shortPlaceText } from '../place-text.ts';

type Line = Pick<ShipmentLine, 'product_id' | 'product_name' | 'image_url' | 'location'>;

/** A product of a list of work: what and where it is, what is said of it, and at the right or below what to enter. */
export function LineRow(props: { line: Line; text: string; sign?: ReactNode; children?: ReactNode }) {
  const { line, text, sign, children } = props;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
      <ProductPicture
        address={line.image_url}
        className={`size-12 ${children === undefined ? '' : 'hidden sm:block'}`}
      />
      <div className="min-w-0 flex-1 basis-36">
        <Link href={`/product/${line.product_id}`} className="line-clamp-3 leading-snug font-medium">
          {line.product_name}
        </Link>
        {line.location !== null && (
          <p className="tabular text-sm font-medium">
            <span aria-hidden>{shortPlaceText(line.location)}</span>
            <span className="sr-only">{placeText(line.location)}</span>
          </p>
        )}
        <p className="tabular text-sm text-quiet">{text}</p>
        {sign}
      </div>
      {children !== undefined && <div className="ml-auto">{children}</div>}
    </li>
  );
}

export const LineList = ({ label, children }: { label: string; children: ReactNode }) => (
  <ul aria-label={label} className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-panel">
    {children}
  </ul>
);

export const unitsIn = (lines: Iterable<number | null>): number => {
  let sum = 0;
  for (const units of lines) sum += units ?? 0;
  return sum;
};
