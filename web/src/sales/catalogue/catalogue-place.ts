import { useLayoutEffect } from 'react';
import { useSearch } from 'wouter';

/** Where the catalogue was left: what was asked, and how far down. */
let left = { address: '/', scrollY: 0 };

export const leftCatalogueAddress = (): string => left.address;

/** Coming back to what was asked before finds the same place on the page; anything else begins at its top. */
export function useCataloguePlace(): void {
  const search = useSearch();
  const address = search === '' ? '/' : `/?${search}`;
  useLayoutEffect(() => {
    window.scrollTo(0, left.address === address ? left.scrollY : 0);
    return () => {
      left = { address, scrollY: window.scrollY };
    };
  }, [address]);
}
