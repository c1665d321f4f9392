import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

/** It knows its own place. */
const CATALOGUE = '/';

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
  useEffect(() => {
    if (!cameBack.current && path !== CATALOGUE) window.scrollTo(0, 0);
    cameBack.current = false;
  }, [path]);
}
