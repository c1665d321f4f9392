import { Link } from 'wouter';
import type { FloorView } from '../../../../src/device/api.ts';
import { formatCount } from '../../shared/format.ts';
import { workerWords as words } from '../../words/worker.ts';

const AISLE_WIDTH = 34;
const AISLE_HEIGHT = 62;
const GAP = 12;
const ROW_GAP = 22;

interface PlacedAisle {
  readonly aisle: FloorView['aisles'][number];
  readonly x: number;
  readonly y: number;
}

/** Aisles of one letter stand together; zones share a row while there is room. */
function layOut(aisles: FloorView['aisles']): { placed: PlacedAisle[]; width: number; height: number } {
  const zones = new Map<string, FloorView['aisles'][number][]>();
  for (const aisle of aisles) {
    const zone = aisle.aisle.replace(/\d.*$/, '');
    zones.set(zone, [...(zones.get(zone) ?? []), aisle]);
  }
  const rowMax = Math.min(8, Math.max(...[...zones.values()].map(({ length }) => length)));
  const placed: PlacedAisle[] = [];
  let [column, row] = [0, 0];
  for (const zone of zones.values()) {
    if (column > 0 && column + zone.length > rowMax) [column, row] = [0, row + 1];
    for (const aisle of zone) {
      if (column >= rowMax) [column, row] = [0, row + 1];
      placed.push({ aisle, x: column * (AISLE_WIDTH + GAP), y: row * (AISLE_HEIGHT + ROW_GAP) });
      column += 1;
    }
  }
  return {
    placed,
    width: rowMax * (AISLE_WIDTH + GAP) - GAP,
    height: (row + 1) * (AISLE_HEIGHT + ROW_GAP) - ROW_GAP,
  };
}

/** The store from above, with one aisle lit. Where `hrefOf` is given, each aisle leads to what lies there. */
export function FloorMap(props: { floor: FloorView; lit?: string; label: string; hrefOf?: (aisle: string) => string }) {
  const { floor, lit, label, hrefOf } = props;
  const { placed, width, height } = layOut(floor.aisles);
  return (
    <svg
      viewBox={`-10 -10 ${width + 20} ${height + 20}`}
      role={hrefOf === undefined ? 'img' : 'group'}
      aria-label={label}
      className="block w-full select-none"
    >
      <rect x={-9} y={-9} width={width + 18} height={height + 18} rx={12} className="fill-paper stroke-line" />
      {placed.map(({ aisle, x, y }) => {
        const shape = <AisleShape key={aisle.aisle} name={aisle.aisle} x={x} y={y} isLit={aisle.aisle === lit} />;
        if (hrefOf === undefined) return shape;
        const items = words.productsOf(formatCount(aisle.items), aisle.items);
        return (
          <Link
            key={aisle.aisle}
            href={hrefOf(aisle.aisle)}
            aria-label={words.map.aisleLabel(aisle.aisle, aisle.holds, items)}
            {...(aisle.aisle === lit ? { 'aria-current': 'page' as const } : {})}
          >
            {shape}
          </Link>
        );
      })}
    </svg>
  );
}

function AisleShape({ name, x, y, isLit }: { name: string; x: number; y: number; isLit: boolean }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      {isLit && (
        <rect x={-4} y={-4} width={AISLE_WIDTH + 8} height={AISLE_HEIGHT + 8} rx={9} className="fill-brand-soft" />
      )}
      <rect
        width={AISLE_WIDTH}
        height={AISLE_HEIGHT}
        rx={6}
        className={isLit ? 'fill-brand' : 'fill-sunken stroke-line'}
      />
      {/* The two sides of the rack. */}
      <line
        x1={AISLE_WIDTH / 2}
        x2={AISLE_WIDTH / 2}
        y1={7}
        y2={AISLE_HEIGHT - 24}
        strokeWidth={1.5}
        className={isLit ? 'stroke-on-brand/50' : 'stroke-line'}
      />
      <text
        x={AISLE_WIDTH / 2}
        y={AISLE_HEIGHT - 9}
        textAnchor="middle"
        className={`text-[13px] font-semibold ${isLit ? 'fill-on-brand' : 'fill-quiet'}`}
      >
        {name}
      </text>
    </g>
  );
}
