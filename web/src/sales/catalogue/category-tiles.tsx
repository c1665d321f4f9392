import { Link } from 'wouter';
import { formatCount } from '../../shared/format.ts';

export interface CategoryTile {
  readonly categoryId: string;
  readonly name: string;
  readonly count: number;
}

const GRID = 'mb-4 grid grid-cols-3 gap-2';
const CATEGORIES = 9;

/** Of the same shape, so that nothing jumps when the tiles come. */
export function CategoryTilesSkeleton() {
  return (
    <div className={`${GRID} animate-pulse`}>
      {Array.from({ length: CATEGORIES }, (_, tile) => `tile-${tile}`).map((tile) => (
        <div key={tile} className="h-28 rounded-2xl bg-sunken xl:h-16" />
      ))}
    </div>
  );
}

/** The way in while nothing is asked for: each category with its picture. */
export function CategoryTiles({ label, tiles }: { label: string; tiles: readonly CategoryTile[] }) {
  return (
    <nav aria-label={label}>
      <ul className={GRID}>
        {tiles.map(({ categoryId, name, count }) => (
          <li key={categoryId}>
            <Link
              href={`/?category=${categoryId}`}
              className="flex h-28 flex-col items-center justify-center gap-1 xl:justify-start rounded-2xl bg-sunken px-2 py-2 text-center xl:h-16 xl:flex-row xl:gap-3 xl:px-4 xl:text-left"
            >
              {/* Without the frame that such a picture has around it. */}
              <span className="size-10 shrink-0 overflow-hidden">
                <img
                  src={`/pictures/${categoryId.replace(/^cat_/, 'category_')}.svg`}
                  alt=""
                  width={40}
                  height={40}
                  className="size-10 scale-135"
                />
              </span>
              <span className="text-sm leading-4.25 font-medium xl:text-base xl:leading-5">{name}</span>
              <span className="tabular ml-auto hidden text-sm text-quiet xl:block">{formatCount(count)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
