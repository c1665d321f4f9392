import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { CatalogueHit, Category, ListedProduct, MeaningAnswer, ProductType } from '../../../../src/device/api.ts';
import { useLiveDevice } from '../../shared/device/live-device.ts';
import { type Loaded, useView } from '../../shared/device/use-view.ts';
import { requestJson } from '../../shared/http.ts';
import { useDebounced } from '../../shared/use-debounced.ts';

const HITS_MAX = 100;
/** What answers so much worse than the best answer is not what was meant. */
const SCORE_OF_BEST_MIN = 0.2;
const MEANT_MAX = 12;
/** Fewer letters mean nothing yet. */
const MEANT_LETTERS_MIN = 3;
/** So many words are no name of a product any more. */
const QUESTION_WORDS_MIN = 4;
/** How long an answer of headquarters is kept, in milliseconds. */
const MEANT_FRESH_MS = 60_000;

export interface Kinds {
  readonly categories: readonly Category[];
  readonly types: readonly ProductType[];
}

export const useProducts = (): Loaded<readonly ListedProduct[]> => useView('catalogue');
export const useKinds = (): Loaded<Kinds> => useView('categories');

/** Believed units here by product; what this store does not keep is not in it. */
export const useUnitsHere = (): Loaded<Readonly<Record<string, number>>> => useView('units-here');

/** Ids of products, the best first; no product is in both. */
export interface Hits {
  /** What the device's own index finds, which needs no network. */
  readonly found: readonly string[];
  /** What means the like: from headquarters, and none where it cannot be asked. */
  readonly alike: readonly string[];
  /** A whole question says more by its meaning than by its words: `alike` stands first. */
  readonly isQuestion: boolean;
}

/**
 * The products that answer a question; null without one. What the device finds itself is there at once. Of a name or a kind it
 * stays where it is, and what headquarters finds comes under it; of a whole question that comes first. Whatever else can find a
 * product is asked here too, and nowhere else.
 */
export function useProductSearch(question: string): Loaded<Hits | null> {
  const asked = useDebounced(question.trim());
  const hits = useView<readonly CatalogueHit[]>('search', asked === '' ? null : { q: asked, limit: HITS_MAX });
  const meant = useMeaning(asked);
  return useMemo(() => {
    if (question.trim() === '' || asked === '') return NO_QUESTION;
    if (hits.state !== 'ready') return hits;
    const scoreMin = (hits.value[0]?.score ?? 0) * SCORE_OF_BEST_MIN;
    const close = hits.value.filter(({ score }) => score >= scoreMin);
    const found = close.map(({ product }) => product.product_id);
    const isQuestion = meant.length > 0 && asked.split(/\s+/).length >= QUESTION_WORDS_MIN;
    const value = isQuestion
      ? { isQuestion, alike: meant, found: found.filter((id) => !meant.includes(id)) }
      : { isQuestion, found, alike: meant.filter((id) => !found.includes(id)) };
    return { ...hits, value };
  }, [question, asked, hits, meant]);
}

/** Asked only while the device is connected; without an answer there is simply nothing more. */
function useMeaning(asked: string): readonly string[] {
  const { state, isAnswering } = useLiveDevice();
  const isOnline = isAnswering && (state?.phase === 'online' || state?.phase === 'syncing');
  const { data } = useQuery({
    queryKey: ['meaning', asked],
    queryFn: ({ signal }) =>
      requestJson<MeaningAnswer>(
        `/api/search-by-meaning?${new URLSearchParams({ q: asked, limit: String(MEANT_MAX) })}`,
        { signal },
      ),
    enabled: isOnline && asked.length >= MEANT_LETTERS_MIN,
    retry: false,
    staleTime: MEANT_FRESH_MS,
  });
  return isOnline && data !== undefined ? data.productIds : NOTHING_MORE;
}

const NO_QUESTION = { state: 'ready', value: null, isStale: false, readAtMs: 0 } as const;
const NOTHING_MORE: readonly string[] = [];
