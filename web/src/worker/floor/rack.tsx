import type { FloorView, InventoryItem } from '../../../../src/device/api.ts';
import { workerWords as words } from '../../words/worker.ts';
import { placeText } from '../place-text.ts';

const CELL_WIDTH = 30;
const CELL_HEIGHT = 17;
const GAP = 4;
const LABEL_WIDTH = 20;

/** The aisle from the front, shelf 1 at the bottom, with one bin lit. */
export function Rack({ floor, location }: { floor: FloorView; location: InventoryItem['location'] }) {
  const { shelvesPerAisle, binsPerShelf } = floor;
  const shelves = Array.from({ length: shelvesPerAisle }, (_, index) => shelvesPerAisle - index);
  const bins = Array.from({ length: binsPerShelf }, (_, index) => index + 1);
  const width = LABEL_WIDTH + binsPerShelf * (CELL_WIDTH + GAP);
  const height = shelvesPerAisle * (CELL_HEIGHT + GAP) + 18;
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={words.map.rack(placeText(location))}
      className="block w-full select-none"
    >
      {shelves.map((shelf, row) => {
        const isLitShelf = String(shelf) === location.shelf;
        const y = row * (CELL_HEIGHT + GAP);
        return (
          <g key={shelf}>
            <text
              x={LABEL_WIDTH - 7}
              y={y + CELL_HEIGHT - 4}
              textAnchor="end"
              className={`text-[11px] ${isLitShelf ? 'fill-brand font-bold' : 'fill-quiet'}`}
            >
              {shelf}
            </text>
            {bins.map((bin) => {
              const isLit = isLitShelf && String(bin) === location.bin;
              return (
                <rect
                  key={bin}
                  x={LABEL_WIDTH + (bin - 1) * (CELL_WIDTH + GAP)}
                  y={y}
                  width={CELL_WIDTH}
                  height={CELL_HEIGHT}
                  rx={3.5}
                  className={isLit ? 'fill-brand' : isLitShelf ? 'fill-brand-soft' : 'fill-sunken'}
                />
              );
            })}
          </g>
        );
      })}
      {bins.map((bin) => (
        <text
          key={bin}
          x={LABEL_WIDTH + (bin - 1) * (CELL_WIDTH + GAP) + CELL_WIDTH / 2}
          y={height - 3}
          textAnchor="middle"
          className={`text-[11px] ${String(bin) === location.bin ? 'fill-brand font-bold' : 'fill-quiet'}`}
        >
          {bin}
        </text>
      ))}
    </svg>
  );
}
