import type { FloorView } from '../../../../src/device/api.ts';

const AISLE_WIDTH = 34;
const AISLE_HEIGHT = 62;
const GAP = 12;
const ROW_GAP = 24;
const ZONE_GAP = 16;

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
  let [column, row, x] = [0, 0, 0];
  for (const zone of zones.values()) {
    if (column > 0 && column + zone.length > rowMax) [column, row, x] = [0, row + 1, 0];
    if (column > 0) x += ZONE_GAP;
    for (const aisle of zone) {
      if (column >= rowMax) [column, row, x] = [0, row + 1, 0];
      placed.push({ aisle, x, y: row * (AISLE_HEIGHT + ROW_GAP) });
      column += 1;
      x += AISLE_WIDTH + GAP;
    }
  }
  return {
    placed,
    width: Math.max(...placed.map((one) => one.x)) + AISLE_WIDTH,
    height: (row + 1) * (AISLE_HEIGHT + ROW_GAP) - ROW_GAP,
  };
}

/** The store from above, with one aisle lit. */
export function FloorMap({ floor, lit, label }: { floor: FloorView; lit?: string; label: string }) {
  const { placed, width, height } = layOut(floor.aisles);
  return (
    <svg
      viewBox={`-12 -12 ${width + 24} ${height + 24}`}
      role="img"
      aria-label={label}
      className="block w-full select-none"
    >
      <rect x={-11} y={-11} width={width + 22} height={height + 22} rx={12} className="fill-paper stroke-line" />
      {placed.map(({ aisle, x, y }) => (
        <AisleShape key={aisle.aisle} name={aisle.aisle} x={x} y={y} isLit={aisle.aisle === lit} />
      ))}
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
