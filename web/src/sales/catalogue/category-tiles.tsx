import { Link } from 'wouter';
import { formatCount } from '../../shared/format.ts';

export interface CategoryTile {
  readonly categoryId: string;
  readonly name: string;
  readonly count: number;
}

/** The way in while nothing is asked for: each category with its picture. */
export function CategoryTiles({ label, tiles }: { label: string; tiles: readonly CategoryTile[] }) {
  return (
    <nav aria-label={label} className="mb-4">
      <ul className="grid grid-cols-3 gap-2">
        {tiles.map(({ categoryId, name, count }) => (
          <li key={categoryId}>
            <Link
              href={`/?category=${categoryId}`}
              className="flex h-full flex-col items-center gap-1 rounded-2xl bg-sunken px-2 py-2.5 text-center xl:flex-row xl:gap-3 xl:px-4 xl:text-left"
            >
              {/* Without the frame that such a picture has around it. */}
              <span className="size-11 shrink-0 overflow-hidden">
                <img
                  src={`/pictures/${categoryId.replace(/^cat_/, 'category_')}.svg`}
                  alt=""
                  width={44}
                  height={44}
                  className="size-11 scale-135"
                />
              </span>
              <span className="text-sm leading-4.5 font-medium xl:text-base xl:leading-5">{name}</span>
              <span className="tabular ml-auto hidden text-sm text-quiet xl:block">{formatCount(count)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
