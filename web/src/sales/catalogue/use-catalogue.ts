import { useMemo } from 'react';
import type { CatalogueHit, Category, ListedProduct, ProductType } from '../../../../src/device/api.ts';
import { type Loaded, useView } from '../../shared/device/use-view.ts';
import { useDebounced } from '../../shared/use-debounced.ts';

const HITS_MAX = 100;
/** What answers so much worse than the best answer is not what was meant. */
const SCORE_OF_BEST_MIN = 0.2;

export interface Kinds {
  readonly categories: readonly Category[];
  readonly types: readonly ProductType[];
}

export const useProducts = (): Loaded<readonly ListedProduct[]> => useView('catalogue');
export const useKinds = (): Loaded<Kinds> => useView('categories');

/** Believed units here by product; what this store does not keep is not in it. */
export const useUnitsHere = (): Loaded<Readonly<Record<string, number>>> => useView('units-here');

/**
 * The ids of the products that answer a question, best first; null without one. The device's own index is asked, which
 * needs no network. Whatever else can find a product is asked here too, and nowhere else.
 */
export function useProductSearch(question: string): Loaded<readonly string[] | null> {
  const asked = useDebounced(question.trim());
  const hits = useView<readonly CatalogueHit[]>('search', asked === '' ? null : { q: asked, limit: HITS_MAX });
  return useMemo(() => {
    if (question.trim() === '' || asked === '') return NO_QUESTION;
    if (hits.state !== 'ready') return hits;
    const scoreMin = (hits.value[0]?.score ?? 0) * SCORE_OF_BEST_MIN;
    const close = hits.value.filter(({ score }) => score >= scoreMin);
    return { ...hits, value: close.map(({ product }) => product.product_id) };
  }, [question, asked, hits]);
}

const NO_QUESTION = { state: 'ready', value: null, isStale: false, readAtMs: 0 } as const;
