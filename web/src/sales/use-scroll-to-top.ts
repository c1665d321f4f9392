import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

/** A new page begins at its top; going back finds the place where one was, as the browser remembers it. */
export function useScrollToTop(): void {
  const [path] = useLocation();
  const cameBack = useRef(false);
  useEffect(() => {
    const onPopState = () => {
      cameBack.current = true;
    };
    window.addEventListener('popstate', onPopState);
    return () => window.removeEventListener('popstate', onPopState);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it runs because the path has changed.
  useEffect(() => {
    if (!cameBack.current) window.scrollTo(0, 0);
    cameBack.current = false;
  }, [path]);
}
